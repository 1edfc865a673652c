"""SQL of withdrawals and confirmations: every word is kept, and which is the latest is decided when it matters."""

from collections.abc import Sequence
from uuid import UUID

from services.orders.evidence import visitor_key
from services.orders.withdrawals import Confirmation, Withdrawal
from shared.events.reasons import Reason
from shared.runtime.postgres import Transaction

CONFIRMED = 50


class SqlWithdrawals:
    """Who said no, and who said yes."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> None:
        """Kept beside later confirmations: which is later decides, not which came last."""
        for no in withdrawals:
            await self._tx.execute(
                """
                INSERT INTO orders.withdrawals (site_id, channel, key, event_id, withdrawn_at, reason)
                VALUES ($1, $2, $3, $4, $5, $6)
                    ON CONFLICT (site_id, channel, key, event_id) DO NOTHING
                """,
                no.site_id,
                no.channel,
                no.key,
                no.event_id,
                no.withdrawn_at,
                no.reason.value,
            )

    async def add_confirmations(self, confirmations: Sequence[Confirmation]) -> None:
        """An event applied before lifts nothing: its moment is kept with its id."""
        for yes in confirmations:
            await self._tx.execute(
                """
                INSERT INTO orders.confirmations (site_id, channel, recipient_index, visitor_id, event_id, confirmed_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                    ON CONFLICT (site_id, channel, recipient_index, visitor_id, event_id) DO NOTHING
                """,
                yes.site_id,
                yes.channel,
                yes.recipient_index,
                yes.visitor_id,
                yes.event_id,
                yes.confirmed_at,
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

    async def words_of(
        self, site_id: UUID, channel: str, recipient_index: str, visitor_id: str
    ) -> tuple[list[Withdrawal], list[Confirmation]]:
        """The last no that binds this recipient or browser, and the last yes of this binding."""
        noes = await self._tx.fetch(
            """
            SELECT site_id, channel, key, event_id, withdrawn_at, reason
              FROM orders.withdrawals
             WHERE site_id = $1
               AND channel = $2
               AND key = ANY($3::text[])
             ORDER BY withdrawn_at DESC, event_id DESC
             LIMIT 1
            """,
            site_id,
            channel,
            [recipient_index, visitor_key(visitor_id)],
        )
        yeses = await self._tx.fetch(
            """
            SELECT site_id, channel, recipient_index, visitor_id, event_id, confirmed_at
              FROM orders.confirmations
             WHERE site_id = $1
               AND channel = $2
               AND recipient_index = $3
               AND visitor_id = $4
             ORDER BY confirmed_at DESC
             LIMIT 1
            """,
            site_id,
            channel,
            recipient_index,
            visitor_id,
        )
        return [Withdrawal(**{**dict(row), "reason": Reason(row["reason"])}) for row in noes], [
            Confirmation(**dict(row)) for row in yeses
        ]
