"""A real orders in a process of its own, and the shop and notify that exchange events with it over Kafka."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError

from shared.events.catalogue import TOPICS
from shared.events.codec import decode, encode
from shared.events.envelope import Event
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.producer import create_producer, partition_of
from shared.runtime.kafka.topics import ensure_topics
from tests.support.processes.servers import free_port

ROOT = Path(__file__).parents[3]
READ = ("storefront-events", "message-events", "site-settings", "merchant-actions")
WRITTEN = ("cart-events", "nudge-events")
PATIENCE_SECONDS = 90.0


@contextmanager
def an_orders(kafka: str, dsn: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start orders; its answers show that it is ready."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "BECKON_PROFILE": "demo",
        "BECKON_KAFKA": kafka,
        "BECKON_POSTGRES": dsn,
        "BECKON_METRICS_PORT": str(free_port()),
    }
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", "services.orders"], env=environment, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


async def remake_topics(bootstrap: str) -> None:
    """Empty topics, and with them no offsets that an earlier group has committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    names = {*READ, *WRITTEN}
    try:
        present = {topic["topic"] for topic in await admin.describe_topics()} & names
        with suppress(UnknownTopicOrPartitionError):  # gone already
            await admin.delete_topics(sorted(present))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while {topic["topic"] for topic in await admin.describe_topics()} & names:
            assert time.monotonic() < deadline, "the topics of an earlier test stay"
            await asyncio.sleep(0.05)
    finally:
        await admin.close()
    await ensure_topics(KafkaConnection(bootstrap))


@dataclass
class World:
    """Publishes what others emit to orders, each acknowledged, and receives what it emits."""

    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    received: list[Event] = field(default_factory=list)

    async def publish(self, *events: Event) -> None:
        """All at once; returns when the broker has acknowledged each."""
        waiting = []
        for event in events:
            record = encode(event)
            partition = partition_of(event.site_id, TOPICS[record.topic].partitions)
            waiting.append(
                await self.producer.send(
                    record.topic, record.value, key=record.key, partition=partition, headers=list(record.headers)
                )
            )
        await asyncio.gather(*waiting)

    async def receive(self, enough: Callable[[list[Event]], bool], seconds: float = PATIENCE_SECONDS) -> list[Event]:
        """Consume until enough was received since the beginning."""
        deadline = time.monotonic() + seconds
        while not enough(self.received):
            assert time.monotonic() < deadline, f"received only {[event.type for event in self.received]}"
            for records in (await self.consumer.getmany(timeout_ms=50)).values():
                self.received += [decode(record.topic, record.value) for record in records]
        return self.received

    async def listen(self, seconds: float) -> list[Event]:
        """All that is emitted within a time."""
        deadline = time.monotonic() + seconds
        await self.receive(lambda _: time.monotonic() >= deadline, seconds + 1)
        return self.received


@asynccontextmanager
async def a_world(kafka: str) -> AsyncIterator[World]:
    """Around empty topics."""
    await remake_topics(kafka)
    producer = await create_producer(KafkaConnection(kafka))
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, fetch_max_wait_ms=20)
    await consumer.start()
    places = [TopicPartition(topic, number) for topic in WRITTEN for number in range(TOPICS[topic].partitions)]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    try:
        yield World(producer, consumer)
    finally:
        await consumer.stop()
        await producer.stop()
