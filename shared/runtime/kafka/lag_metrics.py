"""Progress metrics of a service: what waits, and the moment before which nothing does.

Moments and not ages: where PostgreSQL or Kafka no longer answers, or the process hangs, the moment stands still and its age
grows by itself. An age that nobody measures any more would stay as small as it was.
"""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.runtime.clock import Clock
from shared.runtime.kafka.offsets import Offsets
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import UNREACHABLE, Pool
from shared.runtime.postgres.tables import Tables

ASK_SECONDS = 5.0


class LagMetrics:
    """Progress in the partitions that this process reads; holds, a stop and the outbox of the whole schema."""

    def __init__(self, pool: Pool, tables: Tables, offsets: Offsets, clock: Clock, metrics: RuntimeMetrics) -> None:
        self._pool = pool
        self._tables = tables
        self._offsets = offsets
        self._clock = clock
        self._metrics = metrics
        self._applied_up_to: dict[TopicPartition, float] = {}

    def applied(self, partition: TopicPartition, published_at: float) -> None:
        """Record that everything up to a record published at that moment is applied."""
        self._applied_up_to[partition] = max(published_at, self._applied_up_to.get(partition, 0.0))

    async def observe(self, consumer: AIOKafkaConsumer | None) -> None:
        """Set the gauges. What does not answer leaves its own as they were."""
        if consumer is not None:
            with suppress(KafkaError, TimeoutError):
                await self._observe_lag(consumer)
        with suppress(*UNREACHABLE):
            began = self._clock.now().timestamp()
            (row,) = await self._pool.fetch(self._tables.read_lag)
            self._metrics.postgres_answered.set(began)
            self._metrics.holds_standing.set(row["holds"])
            self._metrics.sending_stopped.set(row["sending_stopped"])
            self._metrics.outbox_sent_up_to.set(began - (row["outbox_seconds"] or 0.0))

    async def _observe_lag(self, consumer: AIOKafkaConsumer) -> None:
        mine, began = consumer.assignment(), self._clock.now().timestamp()
        async with asyncio.timeout(ASK_SECONDS):
            ends = await consumer.end_offsets(mine)  # what was fetched shows nothing of what waits behind a stuck batch
        self._metrics.kafka_answered.set(began)
        self._applied_up_to = {partition: self._applied_up_to.get(partition, began) for partition in mine}
        lags = {partition.topic: 0 for partition in mine}
        for partition, end in ends.items():
            state = self._offsets.get(partition)
            lag = 0 if state is None else max(0, end - state.next_offset)
            lags[partition.topic] += lag
            if state is not None and lag == 0:
                self._applied_up_to[partition] = began
        for topic, records in lags.items():
            moments = [moment for partition, moment in self._applied_up_to.items() if partition.topic == topic]
            self._metrics.lag.labels(topic).set(records)
            self._metrics.applied_up_to.labels(topic).set(min(moments))
