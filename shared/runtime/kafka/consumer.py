"""The consumer: effectively once, from Kafka into PostgreSQL; one partition, one transaction, with its offset inside.

FastStream brings the batches. Where to go on is known by PostgreSQL alone: the next offset moves by compare-and-set in
the transaction that applies the records, so a repeated batch, a zombie or a lost answer changes nothing.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.message import StreamMessage

from shared.events.envelope import Event
from shared.runtime.cancellation import cancel
from shared.runtime.clock import Clock
from shared.runtime.kafka.batch_transaction import Applied, BatchTransaction, TooManyUnreadable
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.dead_letters import Record
from shared.runtime.kafka.lag_metrics import LagMetrics
from shared.runtime.kafka.liveness import STUCK_SECONDS, Liveness
from shared.runtime.kafka.log_identity import LogLost, remember_log
from shared.runtime.kafka.offsets import Offsets, PartitionState
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.record_batches import read_any_record
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.kafka.topics import Cluster
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, is_away, transaction
from shared.runtime.postgres.tables import Schema, Tables
from shared.runtime.service import Fatal

GIVE_UP_SECONDS = 60.0
REPORT_SECONDS = 1.0
BATCH_RECORDS = 2_000
AT_ONCE = 4  # partitions in their transactions at the same time; each takes a connection of the pool

log = structlog.get_logger("consuming")


class Moved(Exception):
    """Raised when another process has applied records of this partition since our offset was read."""


class Consuming:
    """The consumer group of one service. Build it inside a running loop; ``fatal`` ends the process."""

    def __init__(
        self,
        kafka: KafkaConnection,
        pool: Pool,
        schema: Schema,
        subscriptions: Sequence[Subscription],
        *,
        clock: Clock,
        metrics: RuntimeMetrics,
        relay: Relay,
    ) -> None:
        self.fatal: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._kafka = kafka
        self._pool = pool
        self._tables = Tables(schema)
        self._subscriptions = {subscription.topic: subscription for subscription in subscriptions}
        self._clock = clock
        self._metrics = metrics
        self._relay = relay
        self._batch_transaction = BatchTransaction(self._tables, metrics)
        self._offsets = Offsets(pool, self._tables, metrics)
        self._lag_metrics = LagMetrics(pool, self._tables, self._offsets, clock, metrics)
        self._failing_since: dict[TopicPartition, float] = {}
        self._uncommitted: dict[TopicPartition, int] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._liveness = Liveness(clock, metrics)
        self._reporting: asyncio.Task[None] | None = None
        read_any_record()
        self._broker = kafka.broker(
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=5.0,
            metadata_max_age_ms=10_000,
        )
        self._subscriber: Any = self._subscribe(schema)

    def _subscribe(self, group: str) -> Any:
        subscriber = self._broker.subscriber(
            *self._subscriptions,
            batch=True,
            group_id=group,
            ack_policy=AckPolicy.MANUAL,  # a handler that raised would lose its batch: ours never raises
            parser=_parse,
            decoder=_decode,
            auto_offset_reset="earliest",  # never relied upon: only what follows the stored offset is applied
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            max_poll_interval_ms=int(STUCK_SECONDS * 1000),
            fetch_max_wait_ms=250,
            batch_timeout_ms=20,  # the pause after an empty poll; what a poll waits is in liveness.py
            max_records=BATCH_RECORDS,
            partition_assignment_strategy=(StickyPartitionAssignor,),
            listener=_Assignments(self),
        )
        subscriber(self._handle)
        return subscriber

    async def start(self, cluster: Cluster) -> None:
        """Check that the log is the one whose offsets we have, then read on.

        A topic of another log holds every site and is not read; ``refused`` names its partitions.
        """
        probe = self._kafka.consumer()
        await probe.start()
        try:
            for topic in self._subscriptions:
                await self._check(probe, cluster, topic)
        finally:
            await probe.stop()
        await self._broker.start()
        self._liveness.watch(self._subscriber.consumer)
        self._reporting = asyncio.create_task(self._keep_reporting())

    async def _check(self, probe: AIOKafkaConsumer, cluster: Cluster, topic: str) -> None:
        partitions = [TopicPartition(topic, number) for number in range(cluster.partitions[topic])]
        beginnings = await probe.beginning_offsets(partitions)
        try:
            await remember_log(self._pool, self._tables, cluster, topic, beginnings)
        except LogLost as lost:
            for partition in partitions:
                await self._offsets.refuse(partition, lost)

    async def stop(self) -> None:
        """Finish the batch in hand, commit our offsets to Kafka, and leave the group: another takes over at once."""
        self._subscriber.running = False
        for _ in range(AT_ONCE):
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self._at_once.acquire()
        if self._reporting is not None:
            await cancel([self._reporting])
            await self._commit_to_kafka()
        await self._offsets.close()
        await self._broker.stop()

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        """The partitions that this process reads now: not those whose log is lost, nor those on their way back."""
        return self._offsets.all()

    @property
    def refused(self) -> dict[TopicPartition, str]:
        """Partitions that are not read because their log is not the one we knew, and why."""
        return dict(self._offsets.refused)

    def error(self) -> str | None:
        """The reason why this process should be restarted, None while it polls. Never that a server is away."""
        if self.fatal.done():
            return "the consumer has ended"
        return self._liveness.error()

    def assign(self, partitions: set[TopicPartition]) -> None:
        """Take partitions that a rebalance assigned."""
        self._liveness.watch(self._subscriber.consumer)
        self._offsets.assigned(self._subscriber.consumer, partitions)
        self._metrics.assigned.set(len(partitions))

    def revoke(self, partitions: set[TopicPartition]) -> None:
        """Leave partitions that a rebalance revoked, perhaps to get them back."""
        self._offsets.revoked(partitions)
        for partition in partitions:
            self._failing_since.pop(partition, None)
            self._uncommitted.pop(partition, None)

    async def _handle(self, records: Any) -> None:
        """Apply a batch, its partitions side by side. It never raises; what failed is read again."""
        groups: dict[TopicPartition, list[Record]] = {}
        for record in records:
            groups.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        await asyncio.gather(*(self._attempt(partition, group) for partition, group in groups.items()))

    async def _attempt(self, partition: TopicPartition, records: list[Record]) -> None:
        async with self._at_once:
            state = self._offsets.get(partition)
            if state is None or self.fatal.done():
                return  # on its way back to the stored offset, from where these come again
            try:
                await self._take(partition, state, records)
            except Moved:
                self._offsets.moved(self._subscriber.consumer, partition)
            except TooManyUnreadable as error:
                self._end(Fatal(str(error)))
            except Exception as error:
                self._fail(partition, error)
            else:
                self._failing_since.pop(partition, None)
                self._offsets.went_well(partition)

    async def _take(self, partition: TopicPartition, state: PartitionState, records: list[Record]) -> None:
        first, next_offset = records[0].offset, records[-1].offset + 1
        # Compaction leaves gaps: a later record is applied only when reading did begin at the expected one.
        if first < state.next_offset or (first > state.next_offset and state.sought != state.next_offset):
            raise Moved
        subscription = self._subscriptions[partition.topic]
        async with transaction(self._pool) as tx:
            where = (partition.topic, partition.partition)
            if not await tx.fetchval(self._tables.move_offset, *where, state.next_offset, next_offset):
                raise Moved
            applied = await self._batch_transaction.apply(subscription, records, tx, state.unreadable_in_row)
            if applied.unreadable_in_row != state.unreadable_in_row:
                await tx.execute(self._tables.count_unreadable, *where, applied.unreadable_in_row)
        state.next_offset, state.unreadable_in_row = next_offset, applied.unreadable_in_row
        self._lag_metrics.applied(partition, records[-1].timestamp / 1000)
        self._uncommitted[partition] = next_offset
        await self._afterwards(subscription, applied)

    async def _afterwards(self, subscription: Subscription, applied: Applied) -> None:
        self._relay.wake()
        try:
            self._observe(subscription.topic, applied.events)
            if subscription.after_commit is not None and applied.events:
                await subscription.after_commit(applied.events)
        except Exception:
            log.exception("after_commit_failed", topic=subscription.topic)  # it is stored: nothing to repeat

    def _observe(self, topic: str, events: Sequence[Event]) -> None:
        now = self._clock.now()
        for event in events[:1]:  # the oldest of its batch
            self._metrics.age.labels(topic).observe(max(0.0, (now - event.received_at).total_seconds()))

    def _fail(self, partition: TopicPartition, error: Exception) -> None:
        """Go back to the stored offset. A failure that lasts ends the process; the absence of PostgreSQL does not."""
        away = is_away(error)
        now = self._clock.monotonic()
        since = self._failing_since.setdefault(partition, now)
        if away:
            self._failing_since[partition] = now
        self._metrics.failures.labels(partition.topic).inc()
        log.warning("batch_failed", topic=partition.topic, error=f"{type(error).__name__}: {error}", exc_info=not away)
        if not away and now - since > GIVE_UP_SECONDS:
            self._end(Fatal(f"{partition.topic}: could not be applied for {GIVE_UP_SECONDS:.0f} s: {error}"))
        else:
            self._offsets.failed(self._subscriber.consumer, partition)

    def _end(self, fatal: Fatal) -> None:
        if not self.fatal.done():
            self.fatal.set_exception(fatal)

    async def _keep_reporting(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            try:
                await self._commit_to_kafka()
                await self._lag_metrics.observe(self._subscriber.consumer)
            except Exception:
                log.exception("report_failed")  # figures alone: what follows must be checked all the same
            if (error := self._liveness.error()) is not None:
                self._end(Fatal(error))

    async def _commit_to_kafka(self) -> None:
        """Commit to Kafka what PostgreSQL has, for eyes and scalers only: PostgreSQL knows where to go on."""
        offsets, self._uncommitted = self._uncommitted, {}
        consumer = self._subscriber.consumer
        if offsets and consumer is not None:
            with suppress(KafkaError, TimeoutError):
                mine = consumer.assignment()
                async with asyncio.timeout(5):
                    await consumer.commit({p: o for p, o in offsets.items() if p in mine})


async def _parse(records: Any) -> StreamMessage[Any]:
    """Return the record unparsed: what a parser raises is swallowed with its whole batch, and a header can be anything."""
    return StreamMessage(records, b"")


async def _decode(message: StreamMessage[Any]) -> Any:
    return message.raw_message


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes on to ``Consuming`` which partitions came and went. Neither may raise, nor wait: the group waits for both."""

    def __init__(self, consuming: Consuming) -> None:
        self._consuming = consuming

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._consuming.revoke(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._consuming.assign(assigned)
