"""SQL of withdrawals, opt-ins and confirmations: each is kept with its position among them all."""

from collections.abc import Sequence
from uuid import UUID

from services.orders.rules.evidence import visitor_key
from services.orders.rules.withdrawals import Confirmation, Withdrawal
from shared.events.reasons import Reason
from shared.runtime.postgres.pool import Transaction

CONFIRMED = 50


class SqlWithdrawals:
    """Withdrawals, opt-ins and confirmations of recipients and browsers."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> None:
        """Add withdrawals beside confirmations. An event that was read before keeps its position."""
        for no in withdrawals:
            await self._tx.execute(
                """
                INSERT INTO orders.withdrawals (site_id, channel, key, event_id, withdrawn_at, reason, from_shop)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                    ON CONFLICT (site_id, channel, key, event_id) DO NOTHING
                """,
                no.site_id,
                no.channel,
                no.key,
                no.event_id,
                no.withdrawn_at,
                no.reason.value,
                no.from_shop,
            )

    async def add_confirmations(self, confirmations: Sequence[Confirmation]) -> None:
        """Add confirmations. An event that was read before keeps its position, so its repeat lifts nothing."""
        for yes in confirmations:
            await self._tx.execute(
                """
                INSERT INTO orders.confirmations (site_id, channel, recipient_index, visitor_id, event_id, confirmed_at,
                                                  consent_event_id)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                    ON CONFLICT (site_id, channel, recipient_index, visitor_id, event_id) DO NOTHING
                """,
                yes.site_id,
                yes.channel,
                yes.recipient_index,
                yes.visitor_id,
                yes.event_id,
                yes.confirmed_at,
                yes.consent_event_id,
            )

    async def visitors_confirming(self, site_id: UUID, recipient_indexes: Sequence[str]) -> list[str]:
        """The visitors for whom one of these numbers was confirmed from its handset: a bounded number."""
        rows = await self._tx.fetch(
            """
            SELECT DISTINCT visitor_id
              FROM orders.confirmations
             WHERE site_id = $1
               AND channel = 'sms'
               AND recipient_index = ANY($2::text[])
             ORDER BY visitor_id
             LIMIT $3
            """,
            site_id,
            list(recipient_indexes),
            CONFIRMED,
        )
        return [row["visitor_id"] for row in rows]

    async def add_opt_ins(self, opt_ins: Sequence[tuple[UUID, UUID]]) -> None:
        """Add ticks by site and consent, each with its position."""
        for site_id, consent_event_id in opt_ins:
            await self._tx.execute(
                """
                INSERT INTO orders.opt_ins (site_id, consent_event_id)
                VALUES ($1, $2)
                    ON CONFLICT (site_id, consent_event_id) DO NOTHING
                """,
                site_id,
                consent_event_id,
            )

    async def opt_in_position(self, site_id: UUID, consent_event_id: UUID) -> int | None:
        """The position of a tick among withdrawals and confirmations, None where it was not read."""
        position: int | None = await self._tx.fetchval(
            "SELECT position FROM orders.opt_ins WHERE site_id = $1 AND consent_event_id = $2", site_id, consent_event_id
        )
        return position

    async def consent_history(
        self, site_id: UUID, channel: str, recipient_index: str, visitor_id: str
    ) -> tuple[list[Withdrawal], list[Confirmation]]:
        """The last withdrawal of each source for this recipient or browser, and the latest confirmations of this binding."""
        noes = await self._tx.fetch(
            """
            SELECT DISTINCT ON (from_shop) site_id, channel, key, event_id, withdrawn_at, reason, from_shop, position
              FROM orders.withdrawals
             WHERE site_id = $1 AND channel = $2 AND key = ANY($3::text[])
             ORDER BY from_shop, position DESC
            """,
            site_id,
            channel,
            [recipient_index, visitor_key(visitor_id)],
        )
        yeses = await self._tx.fetch(
            """
            SELECT c.site_id, c.channel, c.recipient_index, c.visitor_id, c.event_id, c.confirmed_at, c.consent_event_id,
                   c.position, o.position AS consent_position
              FROM orders.confirmations AS c
              LEFT JOIN orders.opt_ins AS o
                ON o.site_id = c.site_id
               AND o.consent_event_id = c.consent_event_id
             WHERE c.site_id = $1
               AND c.channel = $2
               AND c.recipient_index = $3
               AND c.visitor_id = $4
             ORDER BY c.position DESC
             LIMIT 20
            """,
            site_id,
            channel,
            recipient_index,
            visitor_id,
        )
        return [Withdrawal(**{**dict(row), "reason": Reason(row["reason"])}) for row in noes], [
            Confirmation(**dict(row)) for row in yeses
        ]
