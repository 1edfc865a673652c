"""Lag metrics of a service: three gauges that an alert can be written on."""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from shared.runtime.kafka.offsets import Offsets
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import UNREACHABLE, Pool
from shared.runtime.postgres.tables import Tables

ASK_SECONDS = 5.0


class LagMetrics:
    """Lag of the partitions that this process reads; holds and the age of the outbox for the whole schema."""

    def __init__(self, pool: Pool, tables: Tables, offsets: Offsets, metrics: RuntimeMetrics) -> None:
        self._pool = pool
        self._tables = tables
        self._offsets = offsets
        self._metrics = metrics

    async def observe(self, consumer: AIOKafkaConsumer | None) -> None:
        """Set the gauges. While PostgreSQL is away the last values stay."""
        if consumer is not None:
            with suppress(KafkaError, TimeoutError):
                await self._observe_lag(consumer)
        with suppress(*UNREACHABLE):
            (row,) = await self._pool.fetch(self._tables.read_lag)
            self._metrics.holds_standing.set(row["holds"])
            self._metrics.outbox_age.set(row["outbox_seconds"] or 0.0)

    async def _observe_lag(self, consumer: AIOKafkaConsumer) -> None:
        mine = consumer.assignment()
        async with asyncio.timeout(ASK_SECONDS):
            ends = await consumer.end_offsets(mine)  # what was fetched shows nothing of what waits behind a stuck batch
        lags = {partition.topic: 0 for partition in mine}
        for partition, end in ends.items():
            if (state := self._offsets.get(partition)) is not None:
                lags[partition.topic] += max(0, end - state.next_offset)
        for topic, lag in lags.items():
            self._metrics.lag.labels(topic).set(lag)
