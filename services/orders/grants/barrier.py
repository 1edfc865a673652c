"""The barrier: append a marker behind every order that was acknowledged, wait until it is applied, then answer."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.orders.events import barrier_marked_event
from services.orders.grants.decide_ask import decide_ask
from services.orders.metrics import OrdersMetrics
from services.orders.storage.protocols import ClaimedAsk, Database
from shared.events.codec import encode
from shared.events.storefront import BarrierMarked
from shared.runtime.clock import Clock

MARKED_WITHIN_SECONDS = 2.0
ASKS_PER_MARKER = 100
ANSWERS_AT_ONCE = 3
POLL_SECONDS = 0.1
SWEEP_SECONDS = 60.0
SILENCE = timedelta(minutes=15)

log = structlog.get_logger("granting")


class NotAppended(Exception):
    """It is not certain that the marker is in the log."""


class MarkerWriter(Protocol):
    """Appends a marker to a partition of storefront-events and returns once all replicas have it."""

    async def append(self, marker: BarrierMarked, partition: int) -> None:
        """Raises NotAppended when it is not certain that the marker is there."""
        ...


class KafkaMarkerWriter:
    """acks=all: a leader that was cut off from its peers cannot acknowledge, however well it answers reads."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def append(self, marker: BarrierMarked, partition: int) -> None:
        """Send and wait."""
        record = encode(marker)
        try:
            await self._producer.send_and_wait(
                record.topic, key=record.key, value=record.value, headers=list(record.headers), partition=partition
            )
        except KafkaError as error:
            raise NotAppended(type(error).__name__) from error


class GrantingLoop:
    """Claims asks partition by partition; one marker in flight for each. ``new_id`` makes 128 random bits."""

    def __init__(
        self,
        database: Database,
        markers: MarkerWriter,
        clock: Clock,
        new_id: Callable[[], str],
        committed: Callable[[], None],
        metrics: OrdersMetrics,
    ) -> None:
        self._database = database
        self._markers = markers
        self._clock = clock
        self._new_id = new_id
        self._committed = committed
        self._metrics = metrics
        self._awake = asyncio.Event()
        self._applied: dict[str, asyncio.Event] = {}
        self._busy: set[int] = set()
        self._at_once = asyncio.Semaphore(ANSWERS_AT_ONCE)

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
                    for partition in await self._database.partitions_with_asks():
                        if partition not in self._busy:
                            self._busy.add(partition)
                            tasks.create_task(self._round(partition))
                except Exception as error:
                    self._must_pass(error, "granting_waits")
                await self._rest(self._awake, POLL_SECONDS)

    async def _rest(self, awake: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await awake.wait()
        except TimeoutError:
            pass
        awake.clear()

    def _must_pass(self, error: Exception, event: str) -> None:
        """Raises what no waiting cures."""
        if not self._database.passes(error):
            raise error
        log.warning(event, error=type(error).__name__)

    async def _round(self, partition: int) -> None:
        """Rounds of this partition until nobody waits there any more."""
        try:
            while await self.turn(partition):
                pass
        except Exception as error:
            self._must_pass(error, "granting_waits")
        finally:
            self._busy.discard(partition)

    async def turn(self, partition: int) -> int:
        """One marker and its answers; returns how many asks were claimed.

        Without the marker's row in time there is no answer: the attempts lapse and new ones ask. Nothing is lost.
        """
        marker_id = self._new_id()
        asks = await self._database.claim_asks(partition, marker_id, self._clock.now(), ASKS_PER_MARKER)
        if not asks:
            return 0
        began = self._clock.monotonic()
        if await self._mark(asks[0].marker_site_id, marker_id, partition):
            self._metrics.barrier_seconds.observe(self._clock.monotonic() - began)
            await asyncio.gather(*(self._answer(ask, marker_id) for ask in asks))
        return len(asks)

    async def _mark(self, site_id: UUID, marker_id: str, partition: int) -> bool:
        self._applied[marker_id] = asyncio.Event()
        try:
            async with asyncio.timeout(MARKED_WITHIN_SECONDS):
                await self._markers.append(barrier_marked_event(site_id, marker_id, self._clock.now()), partition)
                await self._wait_applied(site_id, marker_id)
        except (NotAppended, TimeoutError) as error:
            self._metrics.barriers.labels("failed").inc()
            log.warning("barrier_failed", partition=partition, error=type(error).__name__)
            return False
        finally:
            del self._applied[marker_id]
        self._metrics.barriers.labels("passed").inc()
        return True

    async def _wait_applied(self, site_id: UUID, marker_id: str) -> None:
        """Wait for the marker's own row, by id: another process may consume its partition, and offsets may lie."""
        while not await self._database.is_marked(site_id, marker_id):
            await self._rest(self._applied[marker_id], POLL_SECONDS / 2)

    async def _answer(self, ask: ClaimedAsk, marker_id: str) -> None:
        """One that fails costs the others nothing."""
        async with self._at_once:
            try:
                async with self._database.transaction() as store:
                    name = await decide_ask(store, ask, marker_id, self._clock.now())
            except Exception as error:
                if self._database.passes(error):
                    log.warning("answer_waits", error=type(error).__name__)
                else:
                    # No answer: the attempt lapses, and a new one asks later. The other asks get theirs.
                    self._metrics.answer_failures.inc()
                    log.error("answer_failed", nudge_site_id=str(ask.site_id), attempt_id=ask.attempt_id, exc_info=error)
                return
        self._committed()
        self._metrics.answers.labels(name or "lost").inc()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                self._metrics.asks_without_grant.set(await self._database.asks_without_grant(self._clock.now() - SILENCE))
            except Exception as error:
                self._must_pass(error, "sweep_waits")
