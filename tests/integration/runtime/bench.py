"""What the tests of consuming share: a service that counts what it applies, and a shop that publishes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError
from prometheus_client import CollectorRegistry

from shared.events.codec import InvalidEvent, encode
from shared.events.merchant import MerchantAction, SendingPaused, SendingResumed
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.consumer import Consuming
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.producer import partition_of
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.kafka.topics import Cluster, describe_cluster, ensure_topics
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.migrate import migrate
from shared.runtime.postgres.pool import Pool, Transaction, create_pool
from shared.runtime.postgres.tables import Schema, Tables
from tests.support.waiting import eventually

TOPIC = "merchant-actions"
DEAD_LETTERS = f"{TOPIC}-dlq"
PARTITIONS = 4
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


APPLIED = """
    CREATE TABLE applied (
        n        bigint GENERATED ALWAYS AS IDENTITY,
        event_id uuid NOT NULL,
        site_id  uuid NOT NULL,
        CONSTRAINT applied_pkey PRIMARY KEY (event_id)
    )
"""


async def a_pool(dsn: str) -> Pool:
    """A pool on a database that was made ready for ``Service``."""
    pool = await create_pool(dsn, service="orders")
    await pool.execute("CREATE SCHEMA orders")
    await pool.execute(APPLIED)
    await migrate(dsn, "orders")
    return pool


@dataclass
class SettableClock:
    """A clock whose monotonic side a test moves."""

    ahead: float = 0.0

    def now(self) -> datetime:
        """The real time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """The loop's time and what the test added."""
        return asyncio.get_running_loop().time() + self.ahead


@dataclass
class Service:
    """Stores each event it applies, without ON CONFLICT: applying one twice fails, and fails the test."""

    pool: Pool
    schema: Schema = "orders"
    broken_for: int = 0
    broken_sites: set[UUID] = field(default_factory=set)
    refused: set[UUID] = field(default_factory=set)
    batches: list[list[UUID]] = field(default_factory=list)
    after: list[UUID] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def apply(self, events: Sequence[MerchantAction], tx: Transaction) -> None:
        """Insert the events in the order in which they came."""
        self.batches.append([event.event_id for event in events])
        await self.gate.wait()
        if self.broken_for > 0:
            self.broken_for -= 1
            raise KeyError("a bug")
        if any(event.site_id in self.broken_sites for event in events):
            raise KeyError("a bug that one site's events meet")
        if any(event.event_id in self.refused for event in events):
            raise InvalidEvent("event_id: is one that this service can never apply")
        for event in events:
            await tx.execute("INSERT INTO applied (event_id, site_id) VALUES ($1, $2)", event.event_id, event.site_id)

    async def after_commit(self, events: Sequence[MerchantAction]) -> None:
        """Remember what was committed."""
        self.after += [event.event_id for event in events]

    async def applied(self, site_id: UUID | None = None) -> list[UUID]:
        """What is stored, in the order of storing."""
        rows = await self.pool.fetch("SELECT event_id, site_id FROM applied ORDER BY n")
        return [row["event_id"] for row in rows if site_id in (None, row["site_id"])]

    async def wait_for(self, events: Sequence[MerchantAction]) -> None:
        """Until exactly these are stored, in any order."""

        async def there() -> bool:
            return sorted(await self.applied()) == sorted(event.event_id for event in events)

        await eventually(there)

    async def offset(self, partition: int) -> int:
        """The stored one."""
        found = await self.pool.fetchval(Tables(self.schema).read_offset, TOPIC, partition)
        return int(found)


@asynccontextmanager
async def consuming(
    bootstrap: str,
    service: Service,
    *,
    holds: Literal["any", "silencing"] = "silencing",
    clock: SettableClock | None = None,
    cluster: Cluster | None = None,
    registry: CollectorRegistry | None = None,
) -> AsyncIterator[Consuming]:
    """A running consumer of ``TOPIC``, with a relay for its dead letters."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    metrics = RuntimeMetrics(registry or CollectorRegistry())
    relay = Relay(service.pool, Tables(service.schema), producer, metrics)
    relaying = asyncio.create_task(relay.run())
    consumer = Consuming(
        KafkaConnection(bootstrap),
        service.pool,
        service.schema,
        [Subscription(TOPIC, service.apply, holds, after_commit=service.after_commit)],
        clock=clock or SettableClock(),
        metrics=metrics,
        relay=relay,
    )
    await consumer.start(cluster or await describe_cluster(KafkaConnection(bootstrap)))
    try:
        yield consumer
    finally:
        await consumer.stop()
        if consumer.fatal.done():
            consumer.fatal.exception()  # retrieved: asyncio would complain of it otherwise
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
        await producer.stop()


@dataclass
class Shop:
    """Publishes to ``TOPIC``."""

    producer: AIOKafkaProducer

    async def publish(self, *events: MerchantAction) -> None:
        """One after the other, each acknowledged."""
        for event in events:
            record = encode(event)
            partition = partition_of(event.site_id, PARTITIONS)
            await self.producer.send_and_wait(
                TOPIC, record.value, key=record.key, partition=partition, headers=list(record.headers)
            )

    async def publish_raw(
        self, site_id: UUID, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = (), key: bytes | None = b""
    ) -> None:
        """Whatever it is."""
        partition = partition_of(site_id, PARTITIONS)
        key = str(site_id).encode() if key == b"" else key
        await self.producer.send_and_wait(TOPIC, value, key=key, partition=partition, headers=list(headers))


def resumed(site_id: UUID) -> SendingResumed:
    """An event that silences nobody."""
    return SendingResumed(event_id=uuid4(), site_id=site_id, occurred_at=NOON, received_at=NOON)


def paused(site_id: UUID) -> SendingPaused:
    """An event that silences."""
    return SendingPaused(event_id=uuid4(), site_id=site_id, occurred_at=NOON, received_at=NOON)


def sites(count: int, *, partition: int | None = None) -> list[UUID]:
    """New sites, all of one partition where one is named."""
    found: list[UUID] = []
    while len(found) < count:
        site = uuid4()
        if partition is None or partition_of(site, PARTITIONS) == partition:
            found.append(site)
    return found


async def remake_topics(bootstrap: str) -> None:
    """Empty topics, and no offsets that an earlier test's group has committed."""
    await remove_topics(bootstrap, TOPIC, DEAD_LETTERS)
    await ensure_topics(KafkaConnection(bootstrap))


async def remove_topics(bootstrap: str, *names: str) -> None:
    """Delete topics, and with them the offsets of every group, and wait until they are gone."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()

    async def gone() -> bool:
        return not {topic["topic"] for topic in await admin.describe_topics()} & set(names)

    try:
        with suppress(UnknownTopicOrPartitionError):
            await admin.delete_topics(list(names))
        await eventually(gone)
    finally:
        await admin.close()


async def read_all(bootstrap: str, topic: str, partitions: int) -> list[Any]:
    """Every record that the topic now holds."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        assigned = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(assigned)
        await consumer.seek_to_beginning(*assigned)
        ends = await consumer.end_offsets(assigned)
        records: list[Any] = []
        while any([await consumer.position(partition) < ends[partition] for partition in assigned]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += batch
        return records
    finally:
        await consumer.stop()
