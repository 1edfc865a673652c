"""SQL of carts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from services.orders.rules.cart_history import CartHistory, lines_of
from services.orders.rules.carts import Cart, CartState
from services.orders.storage.protocols import Named
from shared.events.envelope import CartItem, Money
from shared.runtime.postgres.pool import Transaction

LATEST = 20
ITEMS = TypeAdapter(tuple[CartItem, ...])
HISTORY = TypeAdapter(CartHistory)
OPENED = 200


def to_cart(row: asyncpg.Record) -> Cart:
    """A row of orders.carts."""
    total = None if row["total_minor"] is None else Money(minor=row["total_minor"], currency=row["total_currency"])
    return Cart(
        site_id=row["site_id"],
        cart_id=row["cart_id"],
        visitor_id=row["visitor_id"],
        version=row["cart_version"],
        items=ITEMS.validate_json(row["items"]),
        total=total,
        return_path=row["return_path"],
        state=CartState(row["state"]),
        opened_at=row["opened_at"],
        last_active_at=row["last_active_at"],
        abandoned_at=row["abandoned_at"],
        abandonment=row["abandonment"],
        closed_by=row["closed_by"],
        unread_lines=row["unread_lines"],
        reader=row["reader"],
        history=_history_in(row),
    )


def _history_in(row: asyncpg.Record) -> CartHistory:
    """The history of a cart; of one from before there were histories, its contents."""
    if row["history"] is not None:
        return HISTORY.validate_json(row["history"])
    lines = lines_of(ITEMS.validate_json(row["items"]))
    return CartHistory(most=lines, full=lines, full_version=row["cart_version"], full_at=row["last_active_at"])


class SqlCarts:
    """Carts."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self, carts: Sequence[Named]) -> list[Cart]:
        """The carts that exist, locked in the order of their ids."""
        if not carts:
            return []
        rows = await self._tx.fetch(
            """
            SELECT c.site_id, c.cart_id, c.visitor_id, c.cart_version, c.items, c.total_minor, c.total_currency, c.return_path,
                   c.state, c.opened_at, c.last_active_at, c.abandoned_at, c.abandonment, c.closed_by, c.unread_lines,
                   c.reader, c.return_suffix, c.history
              FROM orders.carts AS c
              JOIN UNNEST($1::uuid[], $2::uuid[]) AS u (site_id, cart_id)
                ON c.site_id = u.site_id
               AND c.cart_id = u.cart_id
             ORDER BY c.site_id, c.cart_id
               FOR UPDATE OF c
            """,
            [site_id for site_id, _ in carts],
            [cart_id for _, cart_id in carts],
        )
        return [to_cart(row) for row in rows]

    async def lock_abandoned(self, visitors: Sequence[tuple[UUID, str]]) -> list[Cart]:
        """The abandoned carts of these visitors, given as site and visitor."""
        if not visitors:
            return []
        rows = await self._tx.fetch(
            """
            SELECT c.site_id, c.cart_id, c.visitor_id, c.cart_version, c.items, c.total_minor, c.total_currency, c.return_path,
                   c.state, c.opened_at, c.last_active_at, c.abandoned_at, c.abandonment, c.closed_by, c.unread_lines,
                   c.reader, c.return_suffix, c.history
              FROM orders.carts AS c
              JOIN UNNEST($1::uuid[], $2::text[]) AS u (site_id, visitor_id)
                ON c.site_id = u.site_id
               AND c.visitor_id = u.visitor_id
             WHERE c.state = 'abandoned'
             ORDER BY c.site_id, c.cart_id
               FOR UPDATE OF c
            """,
            [site_id for site_id, _ in visitors],
            [visitor_id for _, visitor_id in visitors],
        )
        return [to_cart(row) for row in rows]

    async def lock_living(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Cart]:
        """The open and abandoned carts of these visitors, the latest of each, locked in the order of their ids."""
        rows = await self._tx.fetch(
            """
            SELECT site_id, cart_id, visitor_id, cart_version, items, total_minor, total_currency, return_path,
                   state, opened_at, last_active_at, abandoned_at, abandonment, closed_by, unread_lines, reader,
                   return_suffix, history
              FROM orders.carts
             WHERE site_id = $1
               AND cart_id IN (SELECT living.cart_id
                                 FROM UNNEST($2::text[]) AS one (visitor_id)
                                CROSS JOIN LATERAL (SELECT c.cart_id
                                                      FROM orders.carts AS c
                                                     WHERE c.site_id = $1 AND c.visitor_id = one.visitor_id
                                                       AND c.state IN ('open', 'abandoned')
                                                     ORDER BY c.opened_at DESC LIMIT $3) AS living)
               AND state IN ('open', 'abandoned')
             ORDER BY cart_id
               FOR UPDATE
            """,
            site_id,
            list(visitor_ids),
            LATEST,
        )
        return [to_cart(row) for row in rows]

    async def opened_before(self, site_id: UUID, visitor_id: str, moment: datetime) -> list[Cart]:
        """The latest carts of this visitor that were opened by then, not locked: a bounded number."""
        rows = await self._tx.fetch(
            """
            SELECT site_id, cart_id, visitor_id, cart_version, items, total_minor, total_currency, return_path,
                   state, opened_at, last_active_at, abandoned_at, abandonment, closed_by, unread_lines, reader,
                   return_suffix, history
              FROM orders.carts
             WHERE site_id = $1
               AND visitor_id = $2
               AND opened_at <= $3
             ORDER BY opened_at DESC
             LIMIT $4
            """,
            site_id,
            visitor_id,
            moment,
            LATEST,
        )
        return [to_cart(row) for row in rows]

    async def opened_since(self, site_id: UUID, visitor_ids: Sequence[str], since: datetime) -> list[Cart]:
        """The carts of these visitors opened since then, ended ones too, not locked: a bounded number, the latest first."""
        rows = await self._tx.fetch(
            """
            SELECT site_id, cart_id, visitor_id, cart_version, items, total_minor, total_currency, return_path,
                   state, opened_at, last_active_at, abandoned_at, abandonment, closed_by, unread_lines, reader,
                   return_suffix, history
              FROM orders.carts
             WHERE site_id = $1
               AND visitor_id = ANY($2::text[])
               AND opened_at >= $3
             ORDER BY opened_at DESC, cart_id
             LIMIT $4
            """,
            site_id,
            list(visitor_ids),
            since,
            OPENED,
        )
        return [to_cart(row) for row in rows]

    async def put(self, carts: Sequence[Cart]) -> None:
        """Write carts that were locked, or are new, all in one statement."""
        if not carts:
            return
        await self._tx.execute(
            """
            INSERT INTO orders.carts (site_id, cart_id, visitor_id, cart_version, items, total_minor, total_currency,
                                      return_path, state, opened_at, last_active_at, abandoned_at, abandonment, closed_by,
                                      unread_lines, reader, return_suffix, history)
            SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[],
                                 $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
                                 $13::integer[], $14::uuid[], $15::integer[], $16::text[], $17::text[], $18::text[])
                ON CONFLICT (site_id, cart_id) DO UPDATE
               SET cart_version = excluded.cart_version, items = excluded.items, total_minor = excluded.total_minor,
                   total_currency = excluded.total_currency, return_path = excluded.return_path, state = excluded.state,
                   opened_at = excluded.opened_at, last_active_at = excluded.last_active_at,
                   abandoned_at = excluded.abandoned_at, abandonment = excluded.abandonment, closed_by = excluded.closed_by,
                   unread_lines = excluded.unread_lines, reader = excluded.reader,
                   return_suffix = excluded.return_suffix, history = excluded.history
            """,
            *columns_of(carts),
        )

    async def abandoned_before(
        self, site_id: UUID, visitor_ids: Sequence[str], moment: datetime, report_ids: Sequence[UUID]
    ) -> list[UUID]:
        """The latest carts of these visitors abandoned before then and not ended by any but these reports: a bounded number."""
        rows = await self._tx.fetch(
            """
            SELECT cart_id
              FROM orders.carts
             WHERE site_id = $1
               AND visitor_id = ANY($2::text[])
               AND abandonment > 0
               AND abandoned_at <= $3
               AND (state IN ('open', 'abandoned') OR closed_by = ANY($4::uuid[]))
             ORDER BY abandoned_at DESC, cart_id
             LIMIT $5
            """,
            site_id,
            list(visitor_ids),
            moment,
            list(report_ids),
            OPENED,
        )
        return [row["cart_id"] for row in rows]

    async def erase(self, site_id: UUID, visitor_ids: Sequence[str]) -> None:
        """Delete whose the carts of these visitors were, and their contents; the row stays, for a repeat to find."""
        await self._tx.execute(
            """
            UPDATE orders.carts
               SET items = '[]', total_minor = NULL, total_currency = NULL, return_path = NULL, return_suffix = NULL,
                   unread_lines = 0, reader = NULL, state = 'erased', history = '{}', visitor_id = ''
             WHERE site_id = $1
               AND visitor_id = ANY($2::text[])
            """,
            site_id,
            list(visitor_ids),
        )


def columns_of(carts: Sequence[Cart]) -> list[list[object]]:
    """The carts as one list for each column."""
    rows = [
        (
            cart.site_id,
            cart.cart_id,
            cart.visitor_id,
            cart.version,
            ITEMS.dump_json(cart.items).decode(),
            None if cart.total is None else cart.total.minor,
            None if cart.total is None else cart.total.currency,
            cart.return_path,
            cart.state.value,
            cart.opened_at,
            cart.last_active_at,
            cart.abandoned_at,
            cart.abandonment,
            cart.closed_by,
            cart.unread_lines,
            cart.reader,
            cart.return_suffix,
            HISTORY.dump_json(cart.history).decode(),
        )
        for cart in carts
    ]
    return [list(column) for column in zip(*rows, strict=True)]
