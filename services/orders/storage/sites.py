"""SQL of settings and actions of merchants, and of suppressed recipients."""

from datetime import datetime
from uuid import UUID

from services.orders.rules.granting import CONTROL_ARM_HOLDS_FOR
from shared.events.settings import SiteConfigured
from shared.runtime.kafka.holds import active_hold
from shared.runtime.postgres.pauses import is_paused, put_pause
from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Tables

TABLES = Tables("orders")


class SqlSites:
    """Settings, pauses, holds, sources, suppressions, arms."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def put(self, settings: SiteConfigured) -> None:
        """Keep the highest revision, without what only others may open."""
        await self._tx.execute(
            """
            INSERT INTO orders.sites AS s (site_id, account_id, revision, settings)
            VALUES ($1, $2, $3, $4)
                ON CONFLICT (site_id) DO UPDATE
               SET account_id = excluded.account_id, revision = excluded.revision, settings = excluded.settings
             WHERE s.revision < excluded.revision
            """,
            settings.site_id,
            settings.account_id,
            settings.revision,
            settings.model_dump_json(by_alias=True, exclude={"secrets", "api_keys"}),
        )

    async def get(self, site_id: UUID) -> SiteConfigured | None:
        """The settings of a site, None while none were read."""
        settings = await self._tx.fetchval("SELECT settings FROM orders.sites WHERE site_id = $1", site_id)
        return None if settings is None else SiteConfigured.model_validate_json(settings)

    async def put_pause(self, site_id: UUID, *, paused: bool, cause: UUID, now: datetime) -> None:
        """Apply a pause or its end in the order of the log. A repeat changes nothing: a global stop is in every partition."""
        await put_pause(self._tx, TABLES, site_id, paused=paused, cause=cause, now=now)

    async def is_paused(self, site_id: UUID) -> bool:
        """Whether a site is paused, by its merchant or by a global stop."""
        return await is_paused(self._tx, TABLES, site_id)

    async def is_held(self, site_id: UUID) -> bool:
        """Whether a site is held: a record of it could not be applied."""
        return await active_hold(self._tx, TABLES, site_id) is not None

    async def put_source_sync(self, site_id: UUID, source: str, synced_through: datetime) -> None:
        """Record up to when a polled source has reported all orders; it never goes back."""
        await self._tx.execute(
            """
            INSERT INTO orders.source_syncs AS s (site_id, source, synced_through)
            VALUES ($1, $2, $3)
                ON CONFLICT (site_id, source) DO UPDATE
               SET synced_through = greatest(s.synced_through, excluded.synced_through)
            """,
            site_id,
            source,
            synced_through,
        )

    async def source_fresh_through(self, site_id: UUID) -> datetime | None:
        """The moment up to which every polled source has reported all orders."""
        moment: datetime | None = await self._tx.fetchval(
            "SELECT min(synced_through) FROM orders.source_syncs WHERE site_id = $1", site_id
        )
        return moment

    async def suppress(self, account_id: UUID, recipient_index: str) -> None:
        """Suppress a recipient for an account."""
        await self._tx.execute(
            """
            INSERT INTO orders.suppressions (account_id, recipient_index)
            VALUES ($1, $2)
                ON CONFLICT (account_id, recipient_index) DO NOTHING
            """,
            account_id,
            recipient_index,
        )

    async def is_suppressed(self, account_id: UUID, recipient_index: str) -> bool:
        """Whether a recipient is suppressed for an account."""
        found: bool = await self._tx.fetchval(
            "SELECT EXISTS (SELECT FROM orders.suppressions WHERE account_id = $1 AND recipient_index = $2)",
            account_id,
            recipient_index,
        )
        return found

    async def control_arm(self, account_id: UUID, recipient_index: str, *, drawn: bool, now: datetime) -> bool:
        """The arm that was drawn for this recipient within 30 days; ``drawn`` is stored where none was."""
        arm: bool = await self._tx.fetchval(
            """
            INSERT INTO orders.control_arms AS c (account_id, recipient_index, control, drawn_at)
            VALUES ($1, $2, $3, $4)
                ON CONFLICT (account_id, recipient_index) DO UPDATE
               SET control = CASE WHEN c.drawn_at > $5 THEN c.control ELSE excluded.control END,
                   drawn_at = CASE WHEN c.drawn_at > $5 THEN c.drawn_at ELSE excluded.drawn_at END
            RETURNING c.control
            """,
            account_id,
            recipient_index,
            drawn,
            now,
            now - CONTROL_ARM_HOLDS_FOR,
        )
        return arm
