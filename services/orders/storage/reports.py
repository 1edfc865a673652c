"""SQL of order reports, followed links and accepted reminders: the input of attribution."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.orders.rules.attribution import Sent
from shared.events.envelope import CartItem
from shared.events.storefront import OrderReported
from shared.runtime.postgres.pool import Transaction

NEAR = 20
REPORTS = 1_000
FOLLOWED = 1_000


class SqlReports:
    """Reports, links, messages."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, reports: Sequence[tuple[OrderReported, UUID]]) -> set[UUID]:
        """Keep reports, each with the key of its order. Returns the ids of those that are new."""
        rows = await self._tx.fetch(
            """
            INSERT INTO orders.reports (site_id, report_id, order_key, report, effective_at)
            SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
                ON CONFLICT (site_id, report_id) DO NOTHING
            RETURNING report_id
            """,
            [report.site_id for report, _ in reports],
            [report.event_id for report, _ in reports],
            [order_key for _, order_key in reports],
            [report.model_dump_json(by_alias=True) for report, _ in reports],
            [report.effective_at for report, _ in reports],
        )
        return {row["report_id"] for row in rows}

    async def counts(self, orders: Sequence[tuple[UUID, UUID]], most: int) -> dict[tuple[UUID, UUID], int]:
        """How many reports are kept of each order, by site and key, counted no further than ``most``."""
        rows = await self._tx.fetch(
            """
            SELECT one.site_id, one.order_key, kept.count
              FROM UNNEST($1::uuid[], $2::uuid[]) AS one (site_id, order_key)
             CROSS JOIN LATERAL (SELECT count(*) AS count
                                   FROM (SELECT 1
                                           FROM orders.reports AS r
                                          WHERE r.site_id = one.site_id
                                            AND r.order_key = one.order_key
                                          LIMIT $3) AS some_of_them) AS kept
            """,
            [site_id for site_id, _ in orders],
            [order_key for _, order_key in orders],
            most,
        )
        return {(row["site_id"], row["order_key"]): row["count"] for row in rows}

    async def of_order(self, site_id: UUID, order_key: UUID) -> list[OrderReported]:
        """All reports of one order, but for what was erased."""
        rows = await self._tx.fetch(
            """
            SELECT report
              FROM orders.reports
             WHERE site_id = $1
               AND order_key = $2
               AND report <> ''
             ORDER BY effective_at, report_id
            """,
            site_id,
            order_key,
        )
        return [OrderReported.model_validate_json(row["report"]) for row in rows]

    async def items_of(self, site_id: UUID, report_ids: Sequence[UUID]) -> dict[UUID, tuple[CartItem, ...]]:
        """The items that these reports name as bought, by their ids; without those that named nothing."""
        rows = await self._tx.fetch(
            """
            SELECT report
              FROM orders.reports
             WHERE site_id = $1
               AND report_id = ANY($2::uuid[])
            """,
            site_id,
            list(report_ids),
        )
        reports = [OrderReported.model_validate_json(row["report"]) for row in rows]
        return {report.event_id: report.items for report in reports if report.items}

    async def orders_near(self, site_id: UUID, keys: Sequence[str], since: datetime, until: datetime) -> list[UUID]:
        """The orders of that time of which a report named one of these keys: a bounded number."""
        rows = await self._tx.fetch(
            """
            SELECT DISTINCT r.order_key
              FROM orders.fences AS f
              JOIN orders.reports AS r
                ON r.site_id = f.site_id
               AND r.report_id = f.report_id
             WHERE f.site_id = $1
               AND f.key = ANY($2::text[])
               AND f.effective_at BETWEEN $3 AND $4
             ORDER BY r.order_key
             LIMIT $5
            """,
            site_id,
            list(keys),
            since,
            until,
            NEAR,
        )
        return [row["order_key"] for row in rows]

    async def add_followed(self, site_id: UUID, link_id: str, visitor_id: str, followed_at: datetime) -> bool:
        """Record a followed link, each moment once. Returns whether a reminder went out with it: anybody may name others."""
        is_sent: bool = await self._tx.fetchval(
            """
            WITH added AS (
                INSERT INTO orders.followed_links (site_id, link_id, visitor_id, followed_at)
                VALUES ($1, $2, $3, $4)
                    ON CONFLICT (site_id, link_id, visitor_id, followed_at) DO NOTHING
            )
            SELECT EXISTS (SELECT 1 FROM orders.accepted_messages WHERE site_id = $1 AND link_id = $2)
            """,
            site_id,
            link_id,
            visitor_id,
            followed_at,
        )
        return is_sent

    async def add_accepted(self, site_id: UUID, attempt_id: str, link_id: str | None, sent: Sent) -> None:
        """Record that a carrier accepted a reminder."""
        await self._tx.execute(
            """
            INSERT INTO orders.accepted_messages (site_id, attempt_id, nudge_id, cart_id, link_id, accepted_at)
            VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (site_id, attempt_id) DO NOTHING
            """,
            site_id,
            attempt_id,
            sent.nudge_id,
            sent.cart_id,
            link_id,
            sent.accepted_at,
        )

    async def is_accepted(self, site_id: UUID, cart_id: UUID, nudge_id: UUID) -> bool:
        """Whether a carrier accepted the reminder of this nudge, which is of this cart."""
        accepted: bool = await self._tx.fetchval(
            """
            SELECT EXISTS (SELECT FROM orders.accepted_messages WHERE site_id = $1 AND cart_id = $2 AND nudge_id = $3)
            """,
            site_id,
            cart_id,
            nudge_id,
        )
        return accepted

    async def sent_to(self, site_id: UUID, visitor_ids: Sequence[str], cart_ids: Sequence[UUID]) -> list[Sent]:
        """The accepted reminders of these carts, and those whose link one of these visitors followed, once for each time.

        A link is a secret of who got it: whoever followed a cart's link, in any browser, came back to that cart.
        """
        rows = await self._tx.fetch(
            """
            SELECT a.nudge_id, a.cart_id, a.accepted_at, f.followed_at
              FROM (SELECT site_id, link_id, followed_at
                      FROM orders.followed_links
                     WHERE site_id = $1 AND visitor_id = ANY($2::text[])
                     ORDER BY followed_at DESC LIMIT $4) AS f
              JOIN orders.accepted_messages AS a
                ON a.site_id = f.site_id
               AND a.link_id = f.link_id
             UNION
            SELECT a.nudge_id, a.cart_id, a.accepted_at, f.followed_at
              FROM orders.accepted_messages AS a
              JOIN orders.followed_links AS f
                ON f.site_id = a.site_id
               AND f.link_id = a.link_id
             WHERE a.site_id = $1
               AND a.cart_id = ANY($3::uuid[])
             UNION
            SELECT nudge_id, cart_id, accepted_at, NULL
              FROM orders.accepted_messages
             WHERE site_id = $1
               AND cart_id = ANY($3::uuid[])
            """,
            site_id,
            list(visitor_ids),
            list(cart_ids),
            FOLLOWED,
        )
        return [Sent(row["nudge_id"], row["cart_id"], row["accepted_at"], row["followed_at"]) for row in rows]

    async def named_with(self, site_id: UUID, keys: Sequence[str]) -> list[str]:
        """The keys that reports named together with one of these: a bounded number."""
        rows = await self._tx.fetch(
            """
            SELECT DISTINCT f.key
              FROM (SELECT DISTINCT report_id FROM orders.fences WHERE site_id = $1 AND key = ANY($2::text[]) LIMIT $3) AS r
              JOIN orders.fences AS f
                ON f.site_id = $1
               AND f.report_id = r.report_id
             ORDER BY f.key
            """,
            site_id,
            list(keys),
            REPORTS,
        )
        return [row["key"] for row in rows]
