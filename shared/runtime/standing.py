"""How far behind a service is, and what it holds: three gauges that an alert can be written on."""

from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.places import Places
from shared.runtime.postgres import UNREACHABLE, Pool
from shared.runtime.tables import Tables


class Standing:
    """Lag of the partitions that this process reads; holds and the age of the outbox for the whole schema."""

    def __init__(self, pool: Pool, tables: Tables, places: Places, metrics: RuntimeMetrics) -> None:
        self._pool = pool
        self._tables = tables
        self._places = places
        self._metrics = metrics

    async def observe(self, consumer: AIOKafkaConsumer | None) -> None:
        """Set the gauges. While PostgreSQL is away the last values stay."""
        if consumer is not None:
            self._observe_lag(consumer)
        with suppress(*UNREACHABLE):
            (row,) = await self._pool.fetch(self._tables.read_standing)
            self._metrics.holds_standing.set(row["holds"])
            self._metrics.outbox_age.set(row["outbox_seconds"] or 0.0)

    def _observe_lag(self, consumer: AIOKafkaConsumer) -> None:
        mine = consumer.assignment()
        lags = {place.topic: 0 for place in mine}
        for place in self._places.all() & mine:
            lags[place.topic] += self._behind(consumer, place)
        for topic, lag in lags.items():
            self._metrics.lag.labels(topic).set(lag)

    def _behind(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> int:
        stand, end = self._places.get(place), consumer.highwater(place)  # None before the first fetch
        return 0 if stand is None or end is None else max(0, end - stand.next_offset)
