"""Retention: rows that nothing needs any more are deleted, in bounded batches, by one process at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import structlog
from prometheus_client import REGISTRY, CollectorRegistry

from shared.runtime.clock import Clock
from shared.runtime.loops import ran
from shared.runtime.metrics import counter_from_zero
from shared.runtime.postgres.pool import Pool, is_away, transaction

EVERY_SECONDS = 600.0
BATCH = 1_000
MOST_BATCHES = 200
PAUSE_SECONDS = 0.05
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7))"

log = structlog.get_logger("retention")


@dataclass(frozen=True)
class Sweep:
    """Rows of a table (``AS t``) whose ``moment``, an SQL expression, is older than ``kept``, and of which ``only`` holds.

    Nothing from outside ever gets into these texts.
    """

    table: str
    moment: str
    kept: timedelta
    only: str = "true"

    @cached_property
    def statement(self) -> str:
        """Deletes at most $2 rows of those from before $1."""
        return (
            """
            DELETE FROM ~table
             WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM ~table AS t WHERE ~moment < $1 AND ~only LIMIT $2))
            """.replace("~table", self.table)
            .replace("~moment", self.moment)
            .replace("~only", self.only)
        )


class RetentionMetrics:
    """Labels are tables: a closed set."""

    def __init__(self, sweeps: Sequence[Sweep], registry: CollectorRegistry = REGISTRY) -> None:
        tables = {"table": sorted({sweep.table for sweep in sweeps})}
        self.swept = counter_from_zero("beckon_rows_swept_total", "Rows deleted by retention.", tables, registry)


class Retention:
    """Runs the sweeps of one schema now and then. Each batch is a short transaction of its own: nothing waits for it."""

    def __init__(self, pool: Pool, sweeps: Sequence[Sweep], clock: Clock, metrics: RetentionMetrics) -> None:
        self._pool = pool
        self._sweeps = sweeps
        self._clock = clock
        self._metrics = metrics

    async def run(self) -> None:
        """Sweep until cancelled. A table that cannot be swept keeps no other from it, and no service from its work."""
        while True:
            for sweep in self._sweeps:
                ran()
                try:
                    await self._sweep(sweep, self._clock.now(), PAUSE_SECONDS)
                except Exception as error:
                    log.error("retention_failed", table=sweep.table, error=type(error).__name__, exc_info=not is_away(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def run_once(self, now: datetime, pause: float = PAUSE_SECONDS) -> int:
        """Delete what is too old at that moment. Returns how many rows went."""
        return sum([await self._sweep(sweep, now, pause) for sweep in self._sweeps])

    async def _sweep(self, sweep: Sweep, now: datetime, pause: float) -> int:
        total = 0
        for _ in range(MOST_BATCHES):
            gone = await self._batch(sweep, now)
            total += gone
            if gone < BATCH:
                break
            await asyncio.sleep(pause)
        return total

    async def _batch(self, sweep: Sweep, now: datetime) -> int:
        async with transaction(self._pool) as tx:
            if not await tx.fetchval(LOCK, sweep.table):
                return 0  # another process sweeps it
            tag = await tx.execute(sweep.statement, now - sweep.kept, BATCH)
        gone = int(tag.rsplit(" ", 1)[1])
        self._metrics.swept.labels(sweep.table).inc(gone)
        return gone
