"""The outbox: events leave a service with the transaction that decided them, through a table, and from there to Kafka."""

import asyncio
import json
from collections.abc import Callable, Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.events.codec import Encoded, encode
from shared.events.envelope import Event
from shared.runtime.ids import new_random_id
from shared.runtime.kafka.clients import producer_has_ended
from shared.runtime.loops import ran
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import UNREACHABLE, Pool, Transaction
from shared.runtime.postgres.tables import Tables
from shared.runtime.service import Fatal
from shared.runtime.tracing import traceparent

BATCH = 500
LARGEST_RECORD = 900_000  # brokers refuse more than 1 MiB; one that can never leave would stop all behind it
LEASE_SECONDS = 5
POLL_SECONDS = 0.1

log = structlog.get_logger("outbox")


async def put(tx: Transaction, tables: Tables, events: Sequence[Event]) -> None:
    """Write events to the outbox, in their order. They leave when the transaction commits, and only then."""
    await put_encoded(tx, tables, [encode(event, traceparent()) for event in events])


async def put_encoded(tx: Transaction, tables: Tables, records: Sequence[Encoded], partition: int | None = None) -> None:
    """Write ready records; ``partition`` overrides where their keys belong."""
    if any(len(record.value) > LARGEST_RECORD for record in records):
        raise ValueError("a record is too large for any broker")
    if records:
        await tx.execute(
            tables.put_outbox,
            [record.topic for record in records],
            [partition] * len(records),
            [record.key for record in records],
            [record.value for record in records],
            [json.dumps([(name, value.decode()) for name, value in record.headers]) for record in records],
        )


class Relay:
    """Sends a schema's outbox, in order, one process at a time (a lease row).

    A row is deleted after its acknowledgement: a crash in between repeats records, never loses one. Readers absorb
    repeats by their natural keys.
    """

    def __init__(
        self,
        pool: Pool,
        tables: Tables,
        producer: AIOKafkaProducer,
        metrics: RuntimeMetrics,
        published: Callable[[str, bytes], None] = lambda event_type, value: None,
    ) -> None:
        """``published`` sees the type and the value of each record that Kafka has, for a service's own metrics."""
        self._published = published
        self._pool = pool
        self._tables = tables
        self._producer = producer
        self._metrics = metrics
        self._holder = new_random_id()
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Poll now and not at the next interval: something was committed."""
        self._awake.set()

    async def run(self) -> None:
        """Relay until cancelled.

        Raises:
            Fatal: the producer is beyond repair, and only a new process has a new one.
        """
        pause = POLL_SECONDS
        while True:
            ran()
            if producer_has_ended(self._producer):
                raise Fatal("the Kafka producer has ended")
            try:
                sent = await self.run_once()
                pause = POLL_SECONDS
            except (*UNREACHABLE, KafkaError) as error:
                self._metrics.relay_failures.inc()
                log.warning("relay_waits", error=type(error).__name__)
                sent, pause = 0, min(pause * 2, 5)
            if sent < BATCH:
                await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._awake.clear()

    async def run_once(self) -> int:
        """Send what is there, a batch at most, and return how many; 0 while another process has the lease."""
        if not await self._pool.fetchval(self._tables.take_lease, self._holder, float(LEASE_SECONDS)):
            return 0
        rows = await self._pool.fetch(self._tables.read_outbox, BATCH)
        if not rows:
            return 0
        async with asyncio.timeout(LEASE_SECONDS - 1):  # past the lease somebody else may send the same rows
            acknowledgements = [
                await self._producer.send(
                    row["topic"],
                    key=row["key"],
                    value=row["value"],
                    partition=row["partition"],
                    headers=[(name, value.encode()) for name, value in json.loads(row["headers"])],
                )
                for row in rows
            ]
            await asyncio.gather(*acknowledgements)
        await self._pool.execute(self._tables.delete_outbox, [row["id"] for row in rows])
        for row in rows:
            event_type = dict(json.loads(row["headers"])).get("ce_type", "")
            self._metrics.count_published(row["topic"], event_type)
            self._published(event_type, row["value"])
        return len(rows)

    async def close(self) -> None:
        """Send what is there and hand the lease on, so that another process need not wait for its end."""
        try:
            while await self.run_once() == BATCH:
                pass
            await self._pool.execute(self._tables.give_lease_back, self._holder)
        except (*UNREACHABLE, KafkaError):
            log.warning("relay_left_rows")
