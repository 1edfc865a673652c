"""SQL of asks and of the markers that they wait for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.orders.granting import Ask
from shared.runtime.postgres import Transaction


def to_ask(row: asyncpg.Record) -> Ask:
    """A row of orders.asks."""
    return Ask(**dict(row))


class SqlAsks:
    """Asks and markers."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, asks: Sequence[tuple[Ask, int]], now: datetime) -> None:
        """Keep asks, each with its partition of storefront-events; told again one stays as it is."""
        for ask, partition in asks:
            await self._tx.execute(
                """
                INSERT INTO orders.asks (site_id, attempt_id, nudge_id, cart_id, visitor_id, channel, recipient_index,
                                         try_number, partition, arrived_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                    ON CONFLICT (site_id, attempt_id) DO NOTHING
                """,
                ask.site_id,
                ask.attempt_id,
                ask.nudge_id,
                ask.cart_id,
                ask.visitor_id,
                ask.channel,
                ask.recipient_index,
                ask.try_number,
                partition,
                now,
            )

    async def lock_open(self, site_id: UUID, attempt_id: str, marker_id: str) -> Ask | None:
        """An ask that waits for this marker, if the marker was applied. A failover may have lost the marker's row."""
        row = await self._tx.fetchrow(
            """
            SELECT a.site_id, a.attempt_id, a.nudge_id, a.cart_id, a.visitor_id, a.channel, a.recipient_index, a.try_number
              FROM orders.asks AS a
             WHERE a.site_id = $1
               AND a.attempt_id = $2
               AND a.marker_id = $3
               AND a.answered_at IS NULL
               AND EXISTS (SELECT FROM orders.markers AS m
                            WHERE m.site_id = a.marker_site_id
                              AND m.marker_id = a.marker_id)
               FOR UPDATE OF a
            """,
            site_id,
            attempt_id,
            marker_id,
        )
        return None if row is None else to_ask(row)

    async def close(self, site_id: UUID, attempt_id: str, answer: str, now: datetime) -> None:
        """The ask has its answer, or was dropped."""
        await self._tx.execute(
            """
            UPDATE orders.asks
               SET answered_at = $4, answer = $3
             WHERE site_id = $1
               AND attempt_id = $2
            """,
            site_id,
            attempt_id,
            answer,
            now,
        )

    async def newest_try(self, site_id: UUID, nudge_id: UUID) -> int:
        """The highest try that has asked for this nudge, 0 without any."""
        newest: int = await self._tx.fetchval(
            """
            SELECT coalesce(max(try_number), 0)
              FROM orders.asks
             WHERE site_id = $1
               AND nudge_id = $2
            """,
            site_id,
            nudge_id,
        )
        return newest

    async def has_open(self, site_id: UUID, nudge_id: UUID, since: datetime) -> bool:
        """Somebody who asked since then may still be answered."""
        found: bool = await self._tx.fetchval(
            """
            SELECT EXISTS (SELECT FROM orders.asks
                            WHERE site_id = $1
                              AND nudge_id = $2
                              AND answered_at IS NULL
                              AND arrived_at > $3)
            """,
            site_id,
            nudge_id,
            since,
        )
        return found

    async def pass_markers(self, markers: Sequence[tuple[UUID, str]], now: datetime) -> None:
        """Everything before these markers is applied: so say these rows, committed with it."""
        for site_id, marker_id in markers:
            await self._tx.execute(
                """
                INSERT INTO orders.markers (site_id, marker_id, applied_at)
                VALUES ($1, $2, $3)
                    ON CONFLICT (site_id, marker_id) DO NOTHING
                """,
                site_id,
                marker_id,
                now,
            )

    async def is_marked(self, site_id: UUID, marker_id: str) -> bool:
        """The transaction that applied this very marker has committed."""
        found: bool = await self._tx.fetchval(
            "SELECT EXISTS (SELECT FROM orders.markers WHERE site_id = $1 AND marker_id = $2)", site_id, marker_id
        )
        return found
