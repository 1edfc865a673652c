"""SQL of an erasure: timelines go, and of carts no more is left than that there were some."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.runtime.postgres.erasures import is_first_time
from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Tables

TABLES = Tables("onboarding")


class ErasureStore:
    """It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def first_time(self, site_id: UUID, event_id: UUID, now: datetime) -> bool:
        """Record that an event of an erasure is applied. False for one that was applied before."""
        return await is_first_time(self._tx, TABLES, site_id, event_id, now)

    async def erase_timeline(
        self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str], types: Sequence[str] | None = None
    ) -> None:
        """Remove timeline events of these browsers and contacts: all of them, or those of these types."""
        await self._tx.execute(
            """
            DELETE FROM onboarding.timeline
             WHERE site_id = $1
               AND (event::jsonb #>> '{recipient,index}' = ANY($2::text[]) OR visitor_id = ANY($3::text[])
                    OR cart_id IN (SELECT c.cart_id FROM onboarding.carts AS c
                                    WHERE c.site_id = $1 AND c.visitor_id = ANY($3::text[])))
               AND ($4::text[] IS NULL OR event::jsonb ->> 'type' = ANY($4::text[]))
            """,
            site_id,
            list(indexes),
            list(visitor_ids),
            None if types is None else list(types),
        )

    async def erase_carts(self, site_id: UUID, visitor_ids: Sequence[str]) -> None:
        """Remove from the carts of these browsers who they were of, and what was in them."""
        await self._tx.execute(
            """
            UPDATE onboarding.carts SET visitor_id = '', items = '[]', unread_lines = 0, state = 'erased'
             WHERE site_id = $1 AND visitor_id = ANY($2::text[])
            """,
            site_id,
            list(visitor_ids),
        )

    async def erase_test_phones(self, site_id: UUID, indexes: Sequence[str]) -> None:
        """Remove test phones with these contacts: a merchant's own phone is somebody's too."""
        await self._tx.execute(
            "DELETE FROM onboarding.test_phones WHERE site_id = $1 AND recipient_index = ANY($2::text[])",
            site_id,
            list(indexes),
        )

    async def sever(self, site_id: UUID, cart_id: UUID) -> None:
        """Erase a cart once more: its shopper was erased, and another of its events has arrived since."""
        await self._tx.execute(
            """
            UPDATE onboarding.carts SET visitor_id = '', items = '[]', unread_lines = 0, state = 'erased'
             WHERE site_id = $1 AND cart_id = $2
            """,
            site_id,
            cart_id,
        )
        await self._tx.execute(
            """
            UPDATE onboarding.timeline
               SET visitor_id = NULL, event = (event::jsonb - '{visitor_id,items,recipient,cart}'::text[])::text
             WHERE site_id = $1 AND cart_id = $2
            """,
            site_id,
            cart_id,
        )
