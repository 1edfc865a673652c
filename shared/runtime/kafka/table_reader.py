"""Reads a compacted topic as a table: whole to its end, and then whatever changes. No group, no stored offset."""

import asyncio
from collections.abc import Callable

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from shared.events.catalogue import TOPICS
from shared.events.codec import InvalidEvent, decode
from shared.events.envelope import Event
from shared.runtime.kafka.clients import consumer_has_ended, keep_metadata
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.record_batches import read_any_record
from shared.runtime.loops import ran

BACK_OFF_SECONDS = 0.5
POLL_MS = 100

log = structlog.get_logger("table_reader")


class TableReader:
    """Hands every record of a topic to ``on_event``, in the order of each partition.

    After a broken connection all of it is read again, so ``on_event`` must not mind repeats. A record that cannot be
    read, or that ``on_event`` raises at, is skipped and logged: what was known before stays.
    """

    def __init__(self, kafka: KafkaConnection, topic: str, on_event: Callable[[Event], None]) -> None:
        self._kafka = kafka
        self._topic = topic
        self._on_event = on_event
        self.caught_up = asyncio.Event()
        """Set once the end has been reached that the topic had when reading began."""

    async def run(self) -> None:
        """Read until cancelled."""
        read_any_record()
        while True:
            consumer = self._kafka.consumer(
                auto_offset_reset="earliest",
                metadata_max_age_ms=10_000,
                fetch_max_wait_ms=POLL_MS,
            )
            try:
                await consumer.start()
                keep_metadata(consumer._client)
                await self._follow(consumer)
            except (KafkaError, OSError) as error:
                log.warning("table_read_again", topic=self._topic, error=type(error).__name__)
                await asyncio.sleep(BACK_OFF_SECONDS)
            finally:
                await consumer.stop()

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        # The catalogue knows them and the service has compared it with the broker: to ask again took 10 s, for the
        # client answers from metadata that it renews no sooner.
        partitions = [TopicPartition(self._topic, number) for number in range(TOPICS[self._topic].partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while not consumer_has_ended(consumer):
            ran()
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for record in records:
                    self._take(record)
            if not self.caught_up.is_set() and await self._reached(consumer, ends):
                self.caught_up.set()
        raise KafkaConnectionError("a task of the client has ended")

    async def _reached(self, consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
        for partition, end in ends.items():
            if await consumer.position(partition) < end:
                return False
        return True

    def _take(self, record: ConsumerRecord[bytes, bytes]) -> None:
        if record.value is None:
            return
        try:
            self._on_event(decode(self._topic, record.value))
        except InvalidEvent as error:
            log.error("settings_unreadable", topic=self._topic, offset=record.offset, error=str(error))
        except Exception as error:  # a record of one site that cannot be used must not keep those of all others away
            log.error("settings_not_taken", topic=self._topic, offset=record.offset, error=type(error).__name__, exc_info=error)
