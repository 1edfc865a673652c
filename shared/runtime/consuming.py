"""Effectively once, from Kafka into PostgreSQL: one partition, one transaction, with its offset inside.

FastStream brings the batches. Where to go on is known by PostgreSQL alone: the next offset moves by compare-and-set in
the transaction that applies the records, so a repeated batch, a zombie or a lost answer changes nothing.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.runtime.applying import Applied, Applying, Record
from shared.runtime.clock import Clock
from shared.runtime.log_identity import LogLost, check_position, hold_everything, remember_log
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.outbox import Relay
from shared.runtime.postgres import UNREACHABLE, Pool, transaction
from shared.runtime.service import Fatal
from shared.runtime.subscription import Subscription
from shared.runtime.tables import Schema, Tables
from shared.runtime.topics import Cluster

FIRST_PAUSE, LONGEST_PAUSE, GIVE_UP_SECONDS = 0.1, 10.0, 60.0
BATCH_RECORDS = 500
UNREADABLE_LIMIT = 20

log = structlog.get_logger("consuming")


class Moved(Exception):
    """Another process has applied records of this partition since we looked."""


class Consuming:
    """The consumer group of one service. Build it inside a running loop; ``fatal`` ends the process."""

    def __init__(
        self,
        bootstrap: str,
        pool: Pool,
        schema: Schema,
        subscriptions: Sequence[Subscription],
        *,
        clock: Clock,
        metrics: RuntimeMetrics,
        relay: Relay,
    ) -> None:
        self.fatal: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._bootstrap = bootstrap
        self._pool = pool
        self._tables = Tables(schema)
        self._subscriptions = {subscription.topic: subscription for subscription in subscriptions}
        self._clock = clock
        self._metrics = metrics
        self._relay = relay
        self._applying = Applying(self._tables, metrics)
        self._positions: dict[TopicPartition, int] = {}
        self._sought: dict[TopicPartition, int] = {}
        self._unreadable_in_a_row = 0
        self._failing_since: float | None = None
        self._pause = FIRST_PAUSE
        self._broker = KafkaBroker(
            bootstrap, allow_auto_create_topics=False, apply_types=False, logger=None, metadata_max_age_ms=10_000
        )
        self._subscriber: Any = self._subscribe(schema)

    def _subscribe(self, group: str) -> Any:
        async def raw(message: Any) -> Any:
            return message.raw_message

        subscriber = self._broker.subscriber(
            *self._subscriptions,
            batch=True,
            group_id=group,
            ack_policy=AckPolicy.MANUAL,  # a handler that raised would lose its batch: ours never raises
            decoder=raw,
            auto_offset_reset="earliest",  # never relied upon: only what follows the stored offset is applied
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            max_poll_interval_ms=120_000,
            fetch_max_wait_ms=100,
            batch_timeout_ms=25,  # an empty poll sleeps as long again
            max_records=BATCH_RECORDS,
            partition_assignment_strategy=(StickyPartitionAssignor,),
            listener=_Assignments(self),
        )
        subscriber(self._handle)
        return subscriber

    async def start(self, cluster: Cluster) -> None:
        """Check that the log is the one whose offsets we have, then read on.

        Another log holds every site: nothing is read then, and ``fatal`` is set.
        """
        topics = list(self._subscriptions)
        places = [TopicPartition(topic, number) for topic in topics for number in range(cluster.partitions[topic])]
        probe = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        await probe.start()
        try:
            beginnings = await probe.beginning_offsets(places)
            await remember_log(self._pool, self._tables, cluster, topics, beginnings)
        except LogLost as lost:
            await self._lose(lost)
            return
        finally:
            await probe.stop()
        await self._broker.start()

    async def stop(self) -> None:
        """Leave the group, so that another member takes over at once."""
        await self._broker.stop()

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        """The partitions that this process reads now."""
        return frozenset(self._consumer.assignment()) if self._subscriber.consumer is not None else frozenset()

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer: AIOKafkaConsumer = self._subscriber.consumer
        return consumer

    async def assign(self, places: Iterable[TopicPartition]) -> None:
        """Go to the stored offsets. What fails here is done again before the first batch is applied."""
        self._metrics.assigned.set(len(self.assigned))
        for place in places:
            self._positions.pop(place, None)
            try:
                await self._reposition(place)
            except LogLost as lost:
                await self._lose(lost)
            except (*UNREACHABLE, KafkaError):
                log.warning("position_unknown", topic=place.topic, partition=place.partition)

    def forget(self, places: Iterable[TopicPartition]) -> None:
        """These partitions are somebody else's now."""
        for place in places:
            self._positions.pop(place, None)
            self._sought.pop(place, None)

    async def _reposition(self, place: TopicPartition) -> None:
        stored = await self._pool.fetchval(self._tables.read_offset, place.topic, place.partition)
        position = await check_position(self._consumer, place, stored)
        self._consumer.seek(place, position)
        self._positions[place] = self._sought[place] = position

    async def _handle(self, records: Any) -> None:
        """Apply a batch, partition by partition. It returns normally whatever happens; what failed is read again."""
        self._metrics.last_turn.set(self._clock.now().timestamp())
        for (topic, partition), group in groupby(records, key=lambda record: (record.topic, record.partition)):
            if self.fatal.done():
                return
            try:
                await self._take(TopicPartition(topic, partition), list(group))
                self._failing_since, self._pause = None, FIRST_PAUSE
            except LogLost as lost:
                await self._lose(lost)
            except Exception as error:
                # Batches that follow in this call are read again as well: they are sought back with the others.
                await self._recover(topic, error)
                return

    async def _take(self, place: TopicPartition, records: list[Record]) -> None:
        expected = self._positions.get(place)
        first = records[0].offset
        # Compaction leaves gaps: a later record is applied only when reading did begin at the expected one.
        if expected is None or first < expected or (first > expected and self._sought.get(place) != expected):
            await self._reposition(place)
            return
        next_offset = records[-1].offset + 1
        async with transaction(self._pool) as tx:
            if not await tx.fetchval(self._tables.move_offset, place.topic, place.partition, expected, next_offset):
                raise Moved
            applied = await self._applying.apply(self._subscriptions[place.topic], records, tx)
        self._positions[place] = next_offset
        await self._afterwards(place, records, applied)

    async def _afterwards(self, place: TopicPartition, records: list[Record], applied: Applied) -> None:
        subscription = self._subscriptions[place.topic]
        self._relay.wake()
        if subscription.after_commit is not None and applied.events:
            await subscription.after_commit(applied.events)
        now = self._clock.now()
        for event in applied.events[:1]:
            self._metrics.age.labels(place.topic).observe(max(0.0, (now - event.received_at).total_seconds()))
        with suppress(KafkaError):  # for eyes and scalers only: PostgreSQL knows where to go on
            await self._consumer.commit({place: records[-1].offset + 1})
        self._unreadable_in_a_row = self._unreadable_in_a_row + applied.unreadable if not applied.events else 0
        if self._unreadable_in_a_row > UNREADABLE_LIMIT:
            self._end(Fatal(f"{place.topic}: over {UNREADABLE_LIMIT} records in a row cannot be read; is this version old?"))

    async def _recover(self, topic: str, error: Exception) -> None:
        """Back to the stored offsets. A failure that lasts ends the process; the absence of PostgreSQL does not."""
        away = isinstance(error, UNREACHABLE)
        now = self._clock.monotonic()
        self._failing_since = now if away or self._failing_since is None else self._failing_since
        self._metrics.failures.labels(topic).inc()
        log.warning("batch_failed", topic=topic, error=f"{type(error).__name__}: {error}", exc_info=not away)
        if now - self._failing_since > GIVE_UP_SECONDS:
            self._end(Fatal(f"{topic}: could not be applied for {GIVE_UP_SECONDS:.0f} s: {error}"))
            return
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        await self.assign(self.assigned)

    async def _lose(self, lost: LogLost) -> None:
        self._metrics.log_lost.set(1)
        log.error("everything_held", reason=str(lost))
        await hold_everything(self._pool, self._tables, str(lost))
        self._end(Fatal(str(lost)))

    def _end(self, fatal: Fatal) -> None:
        if not self.fatal.done():
            self.fatal.set_exception(fatal)


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells ``Consuming`` which partitions came and went. It must not raise: that would be logged and forgotten."""

    def __init__(self, consuming: Consuming) -> None:
        self._consuming = consuming

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._consuming.forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._consuming.assign(assigned)
