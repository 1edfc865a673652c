"""SQL of carts, their planned nudges and their timers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from services.orders.carts import Cart, CartState
from shared.events.envelope import CartItem, Money
from shared.runtime.postgres import Transaction

ITEMS = TypeAdapter(tuple[CartItem, ...])


class TimerKind(StrEnum):
    """What a timer is about. Its subject is a cart's or a nudge's id."""

    ABANDON = "abandon"
    NUDGE_DUE = "nudge_due"
    NUDGE_END = "nudge_end"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Timer:
    """Something to look at then."""

    site_id: UUID
    kind: TimerKind
    subject: UUID
    due_at: datetime


class NudgeState(StrEnum):
    """Where a nudge is; every state after ``granted`` is an end."""

    PLANNED = "planned"
    DUE = "due"
    GRANTED = "granted"
    WITHHELD = "withheld"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    ENDED = "ended"


@dataclass(frozen=True)
class Nudge:
    """One step for one abandonment of a cart. ``final_reason`` is set with ``withheld``, ``cancelled`` and ``lapsed``."""

    site_id: UUID
    nudge_id: UUID
    cart_id: UUID
    visitor_id: str
    abandonment: int
    campaign_id: str
    step: int
    channels: tuple[str, ...]
    due_at: datetime
    not_after: datetime
    state: NudgeState = NudgeState.PLANNED
    newest_try: int = 0
    granted_attempt: str | None = None
    final_reason: str | None = None
    last_reason: str | None = None


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
    )


def to_nudge(row: asyncpg.Record) -> Nudge:
    """A row of orders.nudges."""
    values = dict(row)
    return Nudge(**{**values, "channels": tuple(values["channels"]), "state": NudgeState(values["state"])})


class CartStore:
    """Carts, nudges and timers."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock_cart(self, site_id: UUID, cart_id: UUID) -> Cart | None:
        """Read a cart and hold its row until the transaction ends."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, cart_id, visitor_id, cart_version, items, total_minor, total_currency, return_path, state,
                   opened_at, last_active_at, abandoned_at, abandonment
              FROM orders.carts WHERE site_id = $1 AND cart_id = $2 FOR UPDATE
            """,
            site_id,
            cart_id,
        )
        return None if row is None else to_cart(row)

    async def lock_living_carts(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Cart]:
        """The open and abandoned carts of these visitors, locked in the order of their ids."""
        rows = await self._tx.fetch(
            """
            SELECT site_id, cart_id, visitor_id, cart_version, items, total_minor, total_currency, return_path, state,
                   opened_at, last_active_at, abandoned_at, abandonment
              FROM orders.carts
             WHERE site_id = $1 AND visitor_id = ANY($2::text[]) AND state IN ('open', 'abandoned')
             ORDER BY cart_id FOR UPDATE
            """,
            site_id,
            list(visitor_ids),
        )
        return [to_cart(row) for row in rows]

    async def put_cart(self, cart: Cart) -> None:
        """Write a cart that was locked, or is new."""
        await self._tx.execute(
            """
            INSERT INTO orders.carts (site_id, cart_id, visitor_id, cart_version, items, total_minor, total_currency,
                                      return_path, state, opened_at, last_active_at, abandoned_at, abandonment)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                ON CONFLICT (site_id, cart_id) DO UPDATE
               SET cart_version = excluded.cart_version, items = excluded.items, total_minor = excluded.total_minor,
                   total_currency = excluded.total_currency, return_path = excluded.return_path, state = excluded.state,
                   opened_at = excluded.opened_at, last_active_at = excluded.last_active_at,
                   abandoned_at = excluded.abandoned_at, abandonment = excluded.abandonment
            """,
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
        )

    async def lock_nudge(self, site_id: UUID, nudge_id: UUID) -> Nudge | None:
        """Read a nudge and hold its row until the transaction ends."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, nudge_id, cart_id, visitor_id, abandonment, campaign_id, step, channels, due_at, not_after,
                   state, newest_try, granted_attempt, final_reason, last_reason
              FROM orders.nudges WHERE site_id = $1 AND nudge_id = $2 FOR UPDATE
            """,
            site_id,
            nudge_id,
        )
        return None if row is None else to_nudge(row)

    async def lock_planned(self, site_id: UUID, cart_id: UUID) -> list[Nudge]:
        """The steps of a cart that are not yet due."""
        rows = await self._tx.fetch(
            """
            SELECT site_id, nudge_id, cart_id, visitor_id, abandonment, campaign_id, step, channels, due_at, not_after,
                   state, newest_try, granted_attempt, final_reason, last_reason
              FROM orders.nudges WHERE site_id = $1 AND cart_id = $2 AND state = 'planned'
             ORDER BY step FOR UPDATE
            """,
            site_id,
            cart_id,
        )
        return [to_nudge(row) for row in rows]

    async def put_nudge(self, nudge: Nudge) -> None:
        """Write a nudge that was locked, or is new."""
        await self._tx.execute(
            """
            INSERT INTO orders.nudges (site_id, nudge_id, cart_id, visitor_id, abandonment, campaign_id, step, channels,
                                       due_at, not_after, state, newest_try, granted_attempt, final_reason, last_reason)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                ON CONFLICT (site_id, nudge_id) DO UPDATE
               SET state = excluded.state, newest_try = excluded.newest_try, granted_attempt = excluded.granted_attempt,
                   final_reason = excluded.final_reason, last_reason = excluded.last_reason
            """,
            nudge.site_id,
            nudge.nudge_id,
            nudge.cart_id,
            nudge.visitor_id,
            nudge.abandonment,
            nudge.campaign_id,
            nudge.step,
            list(nudge.channels),
            nudge.due_at,
            nudge.not_after,
            nudge.state.value,
            nudge.newest_try,
            nudge.granted_attempt,
            nudge.final_reason,
            nudge.last_reason,
        )

    async def arm(self, timers: Sequence[Timer]) -> None:
        """Set timers; one that is set already stays as it is: when it fires, it looks at what is then."""
        if timers:
            await self._tx.execute(
                """
                INSERT INTO orders.timers (site_id, kind, subject, due_at)
                SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[])
                    ON CONFLICT (site_id, kind, subject) DO NOTHING
                """,
                [timer.site_id for timer in timers],
                [timer.kind.value for timer in timers],
                [timer.subject for timer in timers],
                [timer.due_at for timer in timers],
            )
