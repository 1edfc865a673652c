"""SQL of nudges and timers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.orders.rules.nudges import Nudge, NudgeState
from services.orders.rules.timers import Timer
from services.orders.storage.protocols import Named
from shared.runtime.postgres.pool import Transaction
from shared.runtime.tracing import traceparent


def to_nudge(row: asyncpg.Record) -> Nudge:
    """A row of orders.nudges."""
    values = dict(row)
    return Nudge(**{**values, "channels": tuple(values["channels"]), "state": NudgeState(values["state"])})


class SqlNudges:
    """Nudges and timers."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def get(self, site_id: UUID, nudge_id: UUID) -> Nudge | None:
        """The nudge as it is now, not locked."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, nudge_id, cart_id, visitor_id, abandonment, campaign_id, step, channels, due_at, not_after,
                   state, granted_attempt, final_reason, last_reason
              FROM orders.nudges
             WHERE site_id = $1
               AND nudge_id = $2
            """,
            site_id,
            nudge_id,
        )
        return None if row is None else to_nudge(row)

    async def lock(self, site_id: UUID, nudge_id: UUID) -> Nudge | None:
        """Read a nudge and hold its row until the transaction ends."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, nudge_id, cart_id, visitor_id, abandonment, campaign_id, step, channels, due_at, not_after,
                   state, granted_attempt, final_reason, last_reason
              FROM orders.nudges
             WHERE site_id = $1
               AND nudge_id = $2
               FOR UPDATE
            """,
            site_id,
            nudge_id,
        )
        return None if row is None else to_nudge(row)

    async def lock_planned(self, carts: Sequence[Named]) -> list[Nudge]:
        """The steps of these carts that are not yet due, locked in the order of their carts."""
        rows = await self._tx.fetch(
            """
            SELECT n.site_id, n.nudge_id, n.cart_id, n.visitor_id, n.abandonment, n.campaign_id, n.step, n.channels,
                   n.due_at, n.not_after, n.state, n.granted_attempt, n.final_reason, n.last_reason
              FROM orders.nudges AS n
              JOIN UNNEST($1::uuid[], $2::uuid[]) AS c (site_id, cart_id)
                ON n.site_id = c.site_id
               AND n.cart_id = c.cart_id
             WHERE n.state = 'planned'
             ORDER BY n.site_id, n.cart_id, n.step
               FOR UPDATE OF n
            """,
            [site_id for site_id, _ in carts],
            [cart_id for _, cart_id in carts],
        )
        return [to_nudge(row) for row in rows]

    async def put(self, nudges: Sequence[Nudge]) -> None:
        """Write nudges that were locked, or are new: a few at a time."""
        for nudge in nudges:
            await self._tx.execute(
                """
                INSERT INTO orders.nudges (site_id, nudge_id, cart_id, visitor_id, abandonment, campaign_id, step, channels,
                                           due_at, not_after, state, granted_attempt, final_reason, last_reason)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                    ON CONFLICT (site_id, nudge_id) DO UPDATE
                   SET state = excluded.state, granted_attempt = excluded.granted_attempt,
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
                nudge.granted_attempt,
                nudge.final_reason,
                nudge.last_reason,
            )

    async def arm(self, timers: Sequence[Timer]) -> None:
        """Set timers; one that is set already stays as it is: when it fires, the state of that moment counts.

        The timer of a cart's expiry is there for as long as the cart is, and keeps the cause that opened it: whatever opens
        the cart again, such as a visit, goes on with that trace.
        """
        if timers:
            await self._tx.execute(
                """
                INSERT INTO orders.timers (site_id, kind, subject, due_at, traceparent)
                SELECT new.site_id, new.kind, new.subject, new.due_at, coalesce(expiry.traceparent, new.traceparent)
                  FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::text[])
                       AS new (site_id, kind, subject, due_at, traceparent)
                  LEFT JOIN orders.timers AS expiry
                    ON expiry.site_id = new.site_id AND expiry.kind = 'expire' AND expiry.subject = new.subject
                    ON CONFLICT (site_id, kind, subject) DO NOTHING
                """,
                [timer.site_id for timer in timers],
                [timer.kind.value for timer in timers],
                [timer.subject for timer in timers],
                [timer.due_at for timer in timers],
                [timer.cause or traceparent() for timer in timers],
            )

    async def take(self, timer: Timer) -> bool:
        """Lock a timer, unless somebody else has it or it was set anew."""
        row = await self._tx.fetchrow(
            """
            SELECT due_at
              FROM orders.timers
             WHERE site_id = $1
               AND kind = $2
               AND subject = $3
               AND due_at = $4
               FOR UPDATE SKIP LOCKED
            """,
            timer.site_id,
            timer.kind.value,
            timer.subject,
            timer.due_at,
        )
        return row is not None

    async def set_again(self, timer: Timer, due_at: datetime | None) -> None:
        """Move a timer that was taken; None removes it."""
        key = (timer.site_id, timer.kind.value, timer.subject)
        if due_at is None:
            await self._tx.execute("DELETE FROM orders.timers WHERE site_id = $1 AND kind = $2 AND subject = $3", *key)
        else:
            await self._tx.execute(
                "UPDATE orders.timers SET due_at = $4 WHERE site_id = $1 AND kind = $2 AND subject = $3", *key, due_at
            )
