"""A real ingest in a process of its own, for tests that kill it or take its broker away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.catalogue import TOPICS
from shared.events.codec import encode
from shared.events.settings import SiteConfigured
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.producer import create_producer, partition_of
from shared.runtime.kafka.topics import ensure_topics
from shared.runtime.security.sealing import to_base64url
from tests.support.builders.ingest import NOTIFY_KEYS, public_half
from tests.support.processes.probes import is_ok
from tests.support.processes.servers import free_port
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[3]
READY_SECONDS = 90.0


@dataclass(eq=False)
class IngestProcess:
    """The process and its addresses."""

    process: subprocess.Popen[bytes]
    port: int
    metrics_port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self) -> None:
        """Wait until the process reports that it is ready."""
        wait_for("ingest ready, or its end", lambda: self.process.poll() is not None or self.is_ready(), READY_SECONDS)
        assert self.process.poll() is None, self.log.read_text()

    def is_ready(self) -> bool:
        """Whether load may be sent to it."""
        return is_ok(f"http://127.0.0.1:{self.metrics_port}/readyz")

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nothing is closed."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@contextmanager
def an_ingest(
    kafka: str, log: Path, *, profile: str = "demo", notify: str = "http://notify.localhost", drain_seconds: float = 0
) -> Iterator[IngestProcess]:
    """Start ingest and wait until it is ready."""
    port, metrics_port = free_port(), free_port()
    raw = public_half(NOTIFY_KEYS).key.public_bytes_raw()
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "BECKON_PROFILE": profile,
        "BECKON_DRAIN_SECONDS": str(drain_seconds),
        "BECKON_KAFKA": kafka,
        "BECKON_HTTP_PORT": str(port),
        "BECKON_METRICS_PORT": str(metrics_port),
        "BECKON_READER_KEYS": f"g1:{to_base64url(b'g' * 32)}",
        "BECKON_NOTIFY_PUBLIC_KEY": f"n1:{to_base64url(raw)}",
        "BECKON_PUBLIC_INGEST": f"http://127.0.0.1:{port}",
        "BECKON_PUBLIC_NOTIFY": notify,
    }
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", "services.ingest"], env=environment, cwd=ROOT, stdout=out, stderr=out)
    ingest = IngestProcess(process, port, metrics_port, log)
    try:
        ingest.wait_ready()
        yield ingest
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)


async def publish_site(kafka: str, site: SiteConfigured) -> None:
    """Make the topics and publish a site to ingest, as onboarding does."""
    await ensure_topics(KafkaConnection(kafka))
    producer = await create_producer(KafkaConnection(kafka))
    record = encode(site)
    partition = partition_of(site.site_id, TOPICS[record.topic].partitions)
    try:
        await producer.send_and_wait(record.topic, record.value, key=record.key, partition=partition)
    finally:
        await producer.stop()


async def read_all(kafka: str, topic: str) -> Sequence[tuple[str, bytes]]:
    """Every record of a topic up to its present end: event id and value, in the order of each partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(TOPICS[topic].partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[tuple[str, bytes]] = []
        while sum(ends.values()) > len(found):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [(dict(record.headers)["ce_id"].decode(), record.value) for record in records]
        return found
    finally:
        await consumer.stop()
