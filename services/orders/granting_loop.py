"""The barrier: append a marker behind every order that was acknowledged, wait until it is applied, then answer."""

import asyncio
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.orders.answering import answer_ask
from services.orders.metrics import OrdersMetrics
from services.orders.sweeps import claim_asks, is_marked, partitions_with_asks, silent_asks, sweep_old_rows
from shared.events.codec import encode
from shared.events.identifiers import derived_event_id
from shared.events.storefront import BarrierMarked
from shared.runtime.clock import Clock
from shared.runtime.postgres import UNREACHABLE, Pool, transaction

MARKED_WITHIN_SECONDS = 2.0
POLL_SECONDS = 0.1
SWEEP_SECONDS = 60.0

log = structlog.get_logger("granting")


class MarkerWriter(Protocol):
    """Appends a marker to a partition of storefront-events and returns once all replicas have it."""

    async def append(self, marker: BarrierMarked, partition: int) -> None:
        """Raises KafkaError or TimeoutError when it is not certain that the marker is there."""
        ...


class KafkaMarkerWriter:
    """acks=all: a leader that was cut off from its peers cannot acknowledge, however well it answers reads."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def append(self, marker: BarrierMarked, partition: int) -> None:
        """Send and wait."""
        record = encode(marker)
        await self._producer.send_and_wait(
            record.topic, key=record.key, value=record.value, headers=list(record.headers), partition=partition
        )


class GrantingLoop:
    """Claims asks partition by partition; one marker in flight for each."""

    def __init__(
        self,
        pool: Pool,
        markers: MarkerWriter,
        clock: Clock,
        new_id: Callable[[], str],
        committed: Callable[[], None],
        metrics: OrdersMetrics,
    ) -> None:
        self._pool = pool
        self._markers = markers
        self._clock = clock
        self._new_id = new_id
        self._committed = committed
        self._metrics = metrics
        self._awake = asyncio.Event()
        self._applied: dict[str, asyncio.Event] = {}
        self._busy: set[int] = set()

    def wake(self) -> None:
        """An ask was committed."""
        self._awake.set()

    def marker_applied(self, marker_id: str) -> None:
        """This process has committed a marker: who waits for it need not poll."""
        if (waiting := self._applied.get(marker_id)) is not None:
            waiting.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sweep())
            while True:
                try:
                    for partition in await partitions_with_asks(self._pool):
                        if partition not in self._busy:
                            self._busy.add(partition)
                            tasks.create_task(self._round(partition))
                except UNREACHABLE:
                    log.warning("granting_waits")
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._awake.clear()

    async def _round(self, partition: int) -> None:
        """One marker and its answers. Without them the attempts lapse and new ones ask: nothing is lost."""
        try:
            await self._grant(partition)
        except (*UNREACHABLE, KafkaError) as error:
            self._metrics.barriers.labels("failed").inc()
            log.warning("barrier_failed", partition=partition, error=type(error).__name__)
        finally:
            self._busy.discard(partition)

    async def _grant(self, partition: int) -> None:
        marker_id = self._new_id()
        asks = await claim_asks(self._pool, partition, marker_id)
        if not asks:
            return
        began = self._clock.monotonic()
        site_id = asks[0][0]
        self._applied[marker_id] = asyncio.Event()
        try:
            async with asyncio.timeout(MARKED_WITHIN_SECONDS):
                await self._markers.append(self._marker(site_id, marker_id), partition)
                await self._wait_applied(site_id, marker_id)
        finally:
            del self._applied[marker_id]
        self._metrics.barrier_seconds.observe(self._clock.monotonic() - began)
        self._metrics.barriers.labels("passed").inc()
        for asker, attempt_id in asks:
            await self._answer(asker, attempt_id, marker_id)

    def _marker(self, site_id: UUID, marker_id: str) -> BarrierMarked:
        now = self._clock.now()
        event_id = derived_event_id(marker_id, "barrier.marked")
        return BarrierMarked(event_id=event_id, site_id=site_id, occurred_at=now, received_at=now, marker_id=marker_id)

    async def _wait_applied(self, site_id: UUID, marker_id: str) -> None:
        """Wait for the marker's own row, by id: another process may consume its partition, and offsets may lie."""
        while not await is_marked(self._pool, site_id, marker_id):
            try:
                async with asyncio.timeout(POLL_SECONDS / 2):
                    await self._applied[marker_id].wait()
            except TimeoutError:
                continue

    async def _answer(self, site_id: UUID, attempt_id: str, marker_id: str) -> None:
        async with transaction(self._pool) as tx:
            given = await answer_ask(tx, site_id, attempt_id, marker_id, self._clock.now())
        self._committed()
        if given is not None:
            self._metrics.answers.labels(type(given).__name__.lower()).inc()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await sweep_old_rows(self._pool)
                self._metrics.silent_asks.set(await silent_asks(self._pool))
            except UNREACHABLE:
                log.warning("sweep_waits")
