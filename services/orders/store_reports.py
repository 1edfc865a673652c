"""SQL of order reports, followed links and accepted reminders: what credit is worked out from."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.orders.attribution import Sent
from shared.events.storefront import OrderReported
from shared.runtime.postgres import Transaction


class ReportStore:
    """Reports, links, messages."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_report(self, report: OrderReported, order_key: UUID) -> bool:
        """Keep a report. False when it was kept before."""
        added: str | None = await self._tx.fetchval(
            """
            INSERT INTO orders.reports (site_id, report_id, order_key, report, effective_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 'added'
            """,
            report.site_id,
            report.event_id,
            order_key,
            report.model_dump_json(by_alias=True),
            report.effective_at,
        )
        return added is not None

    async def reports_of(self, site_id: UUID, order_key: UUID) -> list[OrderReported]:
        """Everything that was said of one order."""
        rows = await self._tx.fetch(
            "SELECT report FROM orders.reports WHERE site_id = $1 AND order_key = $2 ORDER BY effective_at, report_id",
            site_id,
            order_key,
        )
        return [OrderReported.model_validate_json(row["report"]) for row in rows]

    async def add_followed_link(self, site_id: UUID, link_id: str, visitor_id: str, followed_at: datetime) -> None:
        """The first time counts."""
        await self._tx.execute(
            """
            INSERT INTO orders.followed_links (site_id, link_id, visitor_id, followed_at)
            VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
            """,
            site_id,
            link_id,
            visitor_id,
            followed_at,
        )

    async def add_accepted(
        self, site_id: UUID, attempt_id: str, nudge_id: UUID, cart_id: UUID, link_id: str | None, accepted_at: datetime
    ) -> None:
        """A carrier took a reminder."""
        await self._tx.execute(
            """
            INSERT INTO orders.accepted_messages (site_id, attempt_id, nudge_id, cart_id, link_id, accepted_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            site_id,
            attempt_id,
            nudge_id,
            cart_id,
            link_id,
            accepted_at,
        )

    async def sent_to(self, site_id: UUID, visitor_ids: Sequence[str], cart_ids: Sequence[UUID]) -> list[Sent]:
        """The accepted reminders of these carts, and those whose link one of these visitors followed."""
        rows = await self._tx.fetch(
            """
            SELECT a.nudge_id, a.cart_id, a.accepted_at, min(f.followed_at) AS followed_at
              FROM orders.accepted_messages AS a
              LEFT JOIN orders.followed_links AS f
                ON f.site_id = a.site_id AND f.link_id = a.link_id AND f.visitor_id = ANY($2::text[])
             WHERE a.site_id = $1 AND (a.cart_id = ANY($3::uuid[]) OR f.visitor_id IS NOT NULL)
             GROUP BY a.nudge_id, a.cart_id, a.accepted_at
            """,
            site_id,
            list(visitor_ids),
            list(cart_ids),
        )
        return [Sent(row["nudge_id"], row["cart_id"], row["accepted_at"], row["followed_at"]) for row in rows]

    async def abandoned_carts_of(self, site_id: UUID, visitor_ids: Sequence[str], before: datetime) -> list[UUID]:
        """The carts of these visitors that were abandoned before an order, the latest first."""
        rows = await self._tx.fetch(
            """
            SELECT cart_id FROM orders.carts
             WHERE site_id = $1 AND visitor_id = ANY($2::text[]) AND abandonment > 0 AND opened_at <= $3
             ORDER BY abandoned_at DESC, cart_id
            """,
            site_id,
            list(visitor_ids),
            before,
        )
        return [row["cart_id"] for row in rows]
