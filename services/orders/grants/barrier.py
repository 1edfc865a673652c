"""The barrier: append a marker behind every acknowledged order, wait until it is applied, then decide each ask."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.orders.events import answer_event, barrier_marked_event, lapsed_event
from services.orders.grants.decide_question import decide_question, terms_of
from services.orders.handlers.closing import silence_of
from services.orders.metrics import OrdersMetrics
from services.orders.rules.carts import Cart
from services.orders.rules.granting import (
    DROPPED,
    Answer,
    Ask,
    Facts,
    Granted,
    Withheld,
    answer,
    draws_control,
)
from services.orders.rules.nudges import Nudge, NudgeState, answered, final_answer_of
from services.orders.rules.opt_in import QuestionAsk
from services.orders.rules.withdrawals import why_silent
from services.orders.storage.protocols import ClaimedAsk, Database, Store
from shared.events.codec import encode
from shared.events.envelope import Event
from shared.events.markers import BarrierMarked
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured, SiteMode
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.loops import ran

MARKED_WITHIN_SECONDS = 2.0
ASKS_PER_MARKER = 100
ANSWERS_AT_ONCE = 3
POLL_SECONDS = 0.1
SWEEP_SECONDS = 60.0
SILENCE = timedelta(minutes=15)

log = structlog.get_logger("granting")


class NotAppended(Exception):
    """Raised when it is not certain that the marker is in the log."""


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
        """Send a marker and wait for its acknowledgement."""
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
        """Run at once: an ask was committed."""
        self._awake.set()

    def marker_applied(self, marker_id: str) -> None:
        """Wake who waits for a marker that this process has committed, so that it need not poll."""
        if (waiting := self._applied.get(marker_id)) is not None:
            waiting.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sweep())
            while True:
                ran()
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
        """Log a failure that waiting cures, and raise any other."""
        if not self._database.passes(error):
            raise error
        log.warning(event, error=type(error).__name__)

    async def _round(self, partition: int) -> None:
        """Run rounds of a partition until no ask waits there."""
        try:
            while await self.run_once(partition):
                pass
        except Exception as error:
            self._must_pass(error, "granting_waits")
        finally:
            self._busy.discard(partition)

    async def run_once(self, partition: int) -> int:
        """Append one marker and answer the asks that wait for it; returns how many were claimed.

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
        """Answer one ask in a transaction of its own: one that fails costs the others nothing."""
        async with self._at_once:
            try:
                with tracing.go_on("decide a grant", ask.cause, site_id=str(ask.site_id), attempt_id=ask.attempt_id):
                    async with self._database.transaction() as store:
                        name = await decide_ask(store, ask, marker_id, self._clock.now())
                    tracing.add_attribute("answer", name or "lost")
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


async def decide_ask(store: Store, claimed: ClaimedAsk, marker_id: str, now: datetime) -> str | None:
    """Answer an ask that waited for this marker; returns the answer's name. None where the barrier does not stand."""
    ask = await store.asks.lock_open(claimed.site_id, claimed.attempt_id, marker_id)
    if ask is None:
        return None
    name, events = await decide_question(store, ask, now) if isinstance(ask, QuestionAsk) else await _decide(store, ask, now)
    await store.asks.close(ask.site_id, ask.attempt_id, name, now)
    await store.emit(events)
    return name


async def _decide(store: Store, ask: Ask, now: datetime) -> tuple[str, list[Event]]:
    cart = next(iter(await store.carts.lock([(ask.site_id, ask.cart_id)])), None)
    nudge = await store.nudges.lock(ask.site_id, ask.nudge_id)
    if nudge is None or ask.try_number < await store.asks.newest_try(ask.site_id, ask.nudge_id):
        return DROPPED, []  # a newer attempt of this nudge has asked: the older one has lapsed
    if nudge.state is NudgeState.ENDED:
        return DROPPED, []  # notify itself has ended it: whatever asks now is left over
    if nudge.state is NudgeState.LAPSED:
        return DROPPED, [lapsed_event(nudge, now)]  # emitted again, for who asks has not received it
    assert nudge.cart_id == ask.cart_id, "a nudge is of one cart"
    given: Answer | None = final_answer_of(nudge)
    if given is None:
        given = await _grant_or_draw(store, ask, await _load(store, ask, nudge, cart, now), now)
        await store.nudges.put([answered(nudge, given, ask.attempt_id)])
    return type(given).__name__.lower(), [answer_event(ask, nudge, given, now)]


async def _load(store: Store, ask: Ask, nudge: Nudge, cart: Cart | None, now: datetime) -> Facts:
    """Load everything that the answer depends on; the cart is locked."""
    finding = None if cart is None else await silence_of(cart, store)
    site = await store.sites.get(ask.site_id)
    return Facts(
        cart=cart,
        finding=finding,
        withdrawn=await _why_silent(store, ask, site),
        terms=None if site is None else await terms_of(store, ask.site_id, ask.recipient_index, site),
        abandonment=nudge.abandonment,
        due_at=nudge.due_at,
        not_after=nudge.not_after,
        now=now,
    )


async def _why_silent(store: Store, ask: Ask, site: SiteConfigured | None) -> Reason | None:
    if site is not None and await store.sites.is_suppressed(site.account_id, ask.recipient_index):
        return Reason.SUPPRESSED
    return why_silent(*await store.evidence.consent_history(ask.site_id, ask.channel, ask.recipient_index, ask.visitor_id))


async def _grant_or_draw(store: Store, ask: Ask, facts: Facts, now: datetime) -> Answer:
    """Draw for the control group last of all: both arms hold only shoppers who would really have been messaged."""
    given = answer(ask, facts)
    site = await store.sites.get(ask.site_id)
    if not isinstance(given, Granted) or site is None or site.mode is not SiteMode.LIVE or site.control_share <= 0:
        return given
    drawn = draws_control(site.account_id, ask.recipient_index, now, site.control_share)
    in_control = await store.sites.control_arm(site.account_id, ask.recipient_index, drawn=drawn, now=now)
    return Withheld(Reason.CONTROL_GROUP) if in_control else given
