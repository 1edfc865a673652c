"""Liveness of a consumer. A client whose tasks have died behaves like one of an empty topic."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.clock import Clock
from shared.runtime.kafka.clients import consumer_has_ended, keep_metadata
from shared.runtime.metrics import RuntimeMetrics

STUCK_SECONDS = 120.0
POLL_MS = 500
"""How long a poll waits for records; it returns with the first. FastStream pauses after an empty poll as long as it lets it
wait, and in a pause no record is noticed: so what it is given is short, and the poll waits this long."""


class Liveness:
    """Records each poll of a consumer, and lets it wait for records: FastStream does not report empty ones, without which idle
    would count as dead.
    """

    def __init__(self, clock: Clock, metrics: RuntimeMetrics) -> None:
        self._clock = clock
        self._metrics = metrics
        self._consumer: AIOKafkaConsumer | None = None
        self._last_poll = 0.0

    def watch(self, consumer: Any) -> None:
        """Watch a consumer from now on; repeated, it changes nothing."""
        if consumer is self._consumer:
            return
        self._consumer, self._last_poll = consumer, self._clock.monotonic()
        keep_metadata(consumer._client)
        poll = consumer.getmany

        async def poll_and_record(*partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Any:
            self._last_poll = self._clock.monotonic()
            self._metrics.last_poll.set(self._clock.now().timestamp())
            return await poll(*partitions, timeout_ms=max(timeout_ms, POLL_MS), max_records=max_records)

        consumer.getmany = poll_and_record

    def error(self) -> str | None:
        """The reason why only a new process helps, None without one. Never that a server is away."""
        if self._consumer is None:
            return None
        if consumer_has_ended(self._consumer):
            return "the Kafka consumer has ended"
        if self._clock.monotonic() - self._last_poll > STUCK_SECONDS:
            return "the consumer no longer asks for records"
        return None
