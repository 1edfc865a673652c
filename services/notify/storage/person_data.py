"""SQL of what notify has of a person, by browsers and contacts that are theirs alone: bounded lists, the newest first.

A row of the person's number and of somebody else's browser is theirs, and whose browser it was is not: ``own`` marks which.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.notify.storage.recipient_protocols import Row
from shared.runtime.postgres.pool import Transaction
from shared.runtime.security.sealed_answers import MOST_ROWS

ONE_MORE = MOST_ROWS + 1


class SqlPersonData:
    """Reads of a person's rows; nothing is written."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def _rows(self, statement: str, *values: Any) -> list[Row]:
        return [dict(row) for row in await self._tx.fetch(statement, *values)]

    async def opt_ins(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> list[Row]:
        """Bindings of browsers and contacts, with their boxes."""
        return await self._rows(
            """
            SELECT visitor_id = ANY($2::text[]) AS own, visitor_id, channel, recipient_kind, recipient_index, box, state,
                   refused_reason, given_at, asked_at, confirmed_at, withdrawn_at, box_state, time_zone
              FROM notify.bindings
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
             ORDER BY given_at DESC LIMIT $4
            """,
            site_id,
            visitors,
            indexes,
            ONE_MORE,
        )

    async def consents(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> list[Row]:
        """The evidence of each consent, with the wording that its hash stands for."""
        return await self._rows(
            """
            SELECT c.visitor_id = ANY($2::text[]) AS own, c.evidence::jsonb AS evidence, t.wording
              FROM notify.consents AS c
              LEFT JOIN notify.consent_texts AS t ON t.site_id = c.site_id AND t.text_hash = c.evidence::jsonb ->> 'text_hash'
             WHERE c.site_id = $1 AND (c.visitor_id = ANY($2::text[]) OR c.recipient_index = ANY($3::text[]))
             ORDER BY c.given_at DESC LIMIT $4
            """,
            site_id,
            visitors,
            indexes,
            ONE_MORE,
        )

    async def receipts(self, site_id: UUID, indexes: Sequence[str]) -> list[Row]:
        """What an erasure left of consents."""
        return await self._rows(
            """
            SELECT channel, purpose, text_hash, text_version, box_state, source, given_at, erased_at
              FROM notify.consent_receipts WHERE site_id = $1 AND recipient_index = ANY($2::text[])
             ORDER BY given_at DESC LIMIT $3
            """,
            site_id,
            indexes,
            ONE_MORE,
        )

    async def messages(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> list[Row]:
        """Every message, with its text."""
        return await self._rows(
            """
            SELECT CASE WHEN visitor_id = ANY($2::text[]) THEN visitor_id END AS visitor_id,
                   CASE WHEN visitor_id = ANY($2::text[]) THEN cart_id END AS cart_id,
                   kind, channel, body, state, opened_at, called_at, settled_at, given_up
              FROM notify.attempts
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
             ORDER BY opened_at DESC LIMIT $4
            """,
            site_id,
            visitors,
            indexes,
            ONE_MORE,
        )

    async def links(self, site_id: UUID, visitors: Sequence[str]) -> list[Row]:
        """The saved carts behind the links of messages, without what opens them."""
        return await self._rows(
            """
            SELECT l.created_at, l.cart::jsonb AS cart
              FROM notify.attempts AS a
              JOIN notify.links AS l ON l.site_id = a.site_id AND l.attempt_id = a.attempt_id
             WHERE a.site_id = $1 AND a.visitor_id = ANY($2::text[])
             ORDER BY l.created_at DESC LIMIT $3
            """,
            site_id,
            visitors,
            ONE_MORE,
        )

    async def due(self, site_id: UUID, visitors: Sequence[str]) -> list[Row]:
        """Reminders that fell due."""
        return await self._rows(
            """
            SELECT nudge_id, cart_id, state, not_after, told_reason FROM notify.nudges
             WHERE site_id = $1 AND visitor_id = ANY($2::text[])
             ORDER BY not_after DESC LIMIT $3
            """,
            site_id,
            visitors,
            ONE_MORE,
        )

    async def questions(self, site_id: UUID, indexes: Sequence[str]) -> list[Row]:
        """When a number was asked."""
        return await self._rows(
            """
            SELECT asked_at FROM notify.questions WHERE site_id = $1 AND recipient_index = ANY($2::text[])
             ORDER BY asked_at DESC LIMIT $3
            """,
            site_id,
            indexes,
            ONE_MORE,
        )

    async def refusals(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> list[Row]:
        """Consents that were withdrawn in the shop."""
        return await self._rows(
            """
            SELECT channel, withdrawn_at FROM notify.withdrawals
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
             ORDER BY withdrawn_at DESC LIMIT $4
            """,
            site_id,
            visitors,
            indexes,
            ONE_MORE,
        )

    async def suppressions(self, site_id: UUID, indexes: Sequence[str]) -> list[Row]:
        """STOP, START, and the merchant's list, of the account."""
        return await self._rows(
            """
            SELECT p.suppressed_at, p.lifted_at, p.merchant_at
              FROM notify.sites AS s
              JOIN notify.suppressions AS p ON p.account_id = s.account_id
             WHERE s.site_id = $1 AND p.recipient_index = ANY($2::text[])
             LIMIT $3
            """,
            site_id,
            indexes,
            ONE_MORE,
        )
