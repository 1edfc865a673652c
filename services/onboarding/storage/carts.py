"""SQL of carts as the console lists them, and of the orders that bought them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.onboarding.results.cart_filters import ALL, LEFT, PURCHASES, CartCursor, CartFilter
from services.onboarding.results.timelines import order_number
from shared.events.envelope import Money
from shared.messages.counts import counted
from shared.messages.item_names import item_name
from shared.runtime.postgres.pool import Transaction

PAGE = 100
MOST_ORDERS = 5


@dataclass(frozen=True)
class BoughtBy:
    """An order that bought a cart, and its witnesses."""

    order_id: str | None
    status: str
    witnesses: tuple[str, ...]
    verified: bool

    @property
    def number(self) -> str:
        """The order's number, for people."""
        return order_number(self.order_id)


@dataclass(frozen=True)
class CartRow:
    """A cart as the list shows it. ``reason`` is why no reminder went out, the purchase first.

    ``unread_lines`` lie in it beside the items and could not be read.
    """

    cart_id: UUID
    state: str
    item_count: int
    unread_lines: int
    names: str
    total: Money | None
    opened_at: datetime
    changed_at: datetime
    abandoned: bool
    messaged: bool
    silenced_reason: str | None
    withheld_reason: str | None
    reason: str | None
    channels: tuple[str, ...]
    orders: tuple[BoughtBy, ...]

    @property
    def title(self) -> str:
        """The cart's name in a list: its items, else that it has some, else the order that it became."""
        if self.names or self.unread_lines:
            return self.names or self.unread
        if self.orders and not self.abandoned:
            return f"Order {self.orders[0].number}"
        return "A purchase" if not self.abandoned and self.state in ("bought", "bought_uncertain") else "Cart"

    @property
    def contents(self) -> str:
        """How many items lie in it, where its title does not count them."""
        items = counted(self.item_count, "item") if self.item_count else ""
        return " and ".join(part for part in (items, self.unread if self.names else "") if part)

    @property
    def unread(self) -> str:
        """What lies in it and could not be read, for people."""
        return f"{counted(self.unread_lines, 'item')} that could not be read" if self.unread_lines else ""


@dataclass(frozen=True)
class CartPage:
    """A page of the list, and the filter that shows the next one."""

    carts: tuple[CartRow, ...]
    following: CartFilter | None


class CartStore:
    """Read by pages that have already found the site in the account."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def latest(self, site_id: UUID) -> tuple[CartRow, ...]:
        """The newest carts that were left behind."""
        return (await self.page(site_id, CartFilter())).carts

    async def page(self, site_id: UUID, asked: CartFilter) -> CartPage:
        """One page, newest first. The next begins behind its last cart, so that none is missed or shown twice."""
        after = asked.after
        rows = await self._tx.fetch(
            """
            SELECT c.cart_id, c.state, c.items, c.total_minor, c.total_currency, c.opened_at, c.changed_at, c.abandoned,
                   c.messaged, c.silenced_reason, c.withheld_reason, c.reason, c.sent_sms, c.sent_push, c.closed_by,
                   c.unread_lines
              FROM onboarding.carts AS c
             WHERE c.site_id = $1
               AND ($2::text IS NULL OR c.state = $2)
               AND ($3::boolean IS NULL OR c.abandoned = $3)
               AND ($4::text IS NULL OR c.reason = $4)
               AND CASE $5::text WHEN 'sms' THEN c.sent_sms WHEN 'push' THEN c.sent_push
                                 WHEN 'none' THEN NOT c.messaged ELSE true END
               AND (NOT $9::boolean OR (c.state IN ('bought', 'bought_uncertain') AND NOT c.abandoned))
               AND ($6::timestamptz IS NULL OR (c.changed_at, c.cart_id) < ($6, $7::uuid))
             ORDER BY c.changed_at DESC, c.cart_id DESC LIMIT $8
            """,
            site_id,
            None if asked.state in (LEFT, PURCHASES, ALL) else asked.state,
            True if asked.state == LEFT else None,
            asked.reason or None,
            asked.channel or None,
            None if after is None else after.changed_at,
            None if after is None else after.cart_id,
            PAGE + 1,
            asked.state == PURCHASES,
        )
        shown = rows[:PAGE]
        orders = await self._orders_of(site_id, shown)
        carts = tuple(to_cart_row(row, orders.get(row["cart_id"], ())) for row in shown)
        last = CartCursor(carts[-1].changed_at, carts[-1].cart_id) if len(rows) > PAGE else None
        return CartPage(carts, None if last is None else asked.behind(last))

    async def cart(self, site_id: UUID, cart_id: UUID) -> CartRow | None:
        """One cart."""
        row = await self._tx.fetchrow(
            """
            SELECT cart_id, state, items, total_minor, total_currency, opened_at, changed_at, abandoned, messaged,
                   silenced_reason, withheld_reason, reason, sent_sms, sent_push, closed_by, unread_lines
              FROM onboarding.carts WHERE site_id = $1 AND cart_id = $2
            """,
            site_id,
            cart_id,
        )
        if row is None:
            return None
        return to_cart_row(row, (await self._orders_of(site_id, [row])).get(cart_id, ()))

    async def _orders_of(self, site_id: UUID, carts: Sequence[asyncpg.Record]) -> dict[UUID, tuple[BoughtBy, ...]]:
        """By cart: the order whose report closed it, and those that are credited to it."""
        if not carts:
            return {}
        rows = await self._tx.fetch(
            """
            SELECT w.cart_id, o.order_id, o.status, o.witnesses, o.verified
              FROM UNNEST($2::uuid[], $3::uuid[]) AS w (cart_id, closed_by)
             CROSS JOIN LATERAL (
                   SELECT * FROM onboarding.orders AS p WHERE p.site_id = $1 AND p.report_ids @> ARRAY[w.closed_by]
                    UNION
                   SELECT * FROM onboarding.orders AS q WHERE q.site_id = $1 AND q.cart_id = w.cart_id) AS o
             ORDER BY o.placed_at
            """,
            site_id,
            [row["cart_id"] for row in carts],
            [row["closed_by"] for row in carts],
        )
        found: dict[UUID, tuple[BoughtBy, ...]] = {}
        for row in rows:
            order = BoughtBy(row["order_id"], row["status"], tuple(row["witnesses"]), row["verified"])
            found[row["cart_id"]] = (*found.get(row["cart_id"], ()), order)[:MOST_ORDERS]
        return found


def to_cart_row(row: asyncpg.Record, orders: tuple[BoughtBy, ...]) -> CartRow:
    """A row of onboarding.carts."""
    items = json.loads(row["items"])
    total = None if row["total_minor"] is None else Money(minor=row["total_minor"], currency=row["total_currency"])
    return CartRow(
        cart_id=row["cart_id"],
        state=row["state"],
        item_count=sum(item["quantity"] for item in items),
        unread_lines=row["unread_lines"],
        names=", ".join(item_name(item["name"], item["product_id"], longest=60) for item in items[:3]),
        total=total,
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        abandoned=row["abandoned"],
        messaged=row["messaged"],
        silenced_reason=row["silenced_reason"],
        withheld_reason=row["withheld_reason"],
        reason=row["reason"],
        channels=tuple(channel for channel in ("sms", "push") if row[f"sent_{channel}"]),
        orders=orders,
    )
