"""The loop over due timers: abandonments, due steps, ends. Each timer fires in a transaction of its own.

A timer only has the moment of a check. What is done depends on the state at that moment, read under the cart's lock.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

import structlog

from services.orders.events import abandoned_event, due_event, lapsed_event
from services.orders.handlers.closing import close, end_unasked, silence_of
from services.orders.metrics import OrdersMetrics
from services.orders.rules.carts import EXPIRES_AFTER, LONGEST_LIFE, Cart, CartState, abandoned, bought, silent_since
from services.orders.rules.evidence import Bought
from services.orders.rules.granting import why_not_waiting
from services.orders.rules.nudges import Nudge, NudgeState, lapsed
from services.orders.rules.planning import plan, timers_of
from services.orders.rules.timers import Timer, TimerKind
from services.orders.storage.protocols import Database, Store
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.loops import ran

BATCH = 200
AT_ONCE = 3
POLL_SECONDS = 0.25
LATENESS_ALLOWED = timedelta(minutes=1)
FULL_SCAN_SECONDS = 60.0
SETTINGS_RETRY = timedelta(seconds=5)
FAILED_RETRY = timedelta(minutes=1)
OPEN_ASK = timedelta(seconds=15)
"""An ask that has no answer by then is never answered: its attempt lapsed after 4 s, or 10 s where its process died."""
LAPSE_SLACK = timedelta(seconds=60)
EVER = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger("timers")


class TimerLoop:
    """Fires what is due; a floor over the last moment fired spares scans over dead rows."""

    def __init__(self, database: Database, clock: Clock, committed: Callable[[], None], metrics: OrdersMetrics) -> None:
        self._database = database
        self._clock = clock
        self._committed = committed
        self._metrics = metrics
        self._floor = EVER
        self._full_scan_at = clock.monotonic()
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Fire until cancelled."""
        while True:
            ran()
            try:
                fired = await self.run_once()
            except Exception as error:
                if not self._database.passes(error):
                    raise
                log.warning("timers_wait", error=type(error).__name__)
                fired = 0
            if fired < BATCH:
                await asyncio.sleep(POLL_SECONDS)

    async def run_once(self) -> int:
        """Fire what is due now. Returns how many timers were due."""
        now = self._clock.now()
        timers = await self._due(now)
        self._metrics.timers_fired_up_to.set(min([now, *(timer.due_at for timer in timers)]).timestamp())
        results = await asyncio.gather(*(self._fire(timer, now) for timer in timers), return_exceptions=True)
        failures = [(timer, error) for timer, error in zip(timers, results, strict=True) if isinstance(error, BaseException)]
        for timer, failure in failures:
            await self._put_off(timer, failure, now)
        return len(timers)

    async def _due(self, now: datetime) -> list[Timer]:
        """The timers that are due, the longest first; of each site in turn while more are due than fire at once."""
        timers = await self._database.due_timers(self._floor_now(), now, BATCH)
        if len(timers) == BATCH:
            return await self._database.due_timers_in_turn(now, BATCH)
        if timers:
            self._floor = max(self._floor, timers[-1].due_at - LATENESS_ALLOWED)
        return timers

    async def _put_off(self, timer: Timer, failure: BaseException, now: datetime) -> None:
        """Set a timer that failed for later, so that it stops no other. A failure that every timer would meet is raised."""
        if not isinstance(failure, Exception) or self._database.passes(failure):
            raise failure
        self._metrics.timer_failures.labels(timer.kind.value).inc()
        log.error("timer_failed", kind=timer.kind.value, site_id=str(timer.site_id), error=type(failure).__name__)
        async with self._database.transaction() as store:
            if await store.nudges.take(timer):
                await store.nudges.set_again(timer, now + FAILED_RETRY)

    def _floor_now(self) -> datetime:
        """The floor of the next scan. Below it lie dead rows, and at times a timer set for the past: scanned each minute."""
        if self._clock.monotonic() >= self._full_scan_at:
            self._full_scan_at = self._clock.monotonic() + FULL_SCAN_SECONDS
            self._floor = EVER
        return self._floor

    async def _fire(self, timer: Timer, now: datetime) -> None:
        async with self._at_once:
            with tracing.go_on(
                f"timer {timer.kind.value}", timer.cause, site_id=str(timer.site_id), subject=str(timer.subject)
            ):
                async with self._database.transaction() as store:
                    if not await store.nudges.take(timer):
                        return  # another process fires it
                    await store.nudges.set_again(timer, await fire(timer, store, now))
            self._committed()
            self._metrics.lateness.labels(timer.kind.value).observe((now - timer.due_at).total_seconds())


async def fire(timer: Timer, store: Store, now: datetime) -> datetime | None:
    """Evaluate a timer by the present state. Returns when to fire again, None when there is no need."""
    match timer.kind:
        case TimerKind.ABANDON:
            return await _check_abandonment(timer, store, now)
        case TimerKind.NUDGE_DUE:
            return await _make_due(timer, store, now)
        case TimerKind.NUDGE_END:
            return await _check_end(timer, store, now)
        case TimerKind.EXPIRE:
            return await _expire(timer, store, now)
        case _:
            assert_never(timer.kind)


async def _cart_of(timer: Timer, store: Store) -> Cart | None:
    return next(iter(await store.carts.lock([(timer.site_id, timer.subject)])), None)


async def _check_abandonment(timer: Timer, store: Store, now: datetime) -> datetime | None:
    cart = await _cart_of(timer, store)
    if cart is None or cart.state is not CartState.OPEN:
        return None
    site = await store.sites.get(timer.site_id)
    if site is None:
        return now + SETTINGS_RETRY
    silent = silent_since(cart, await store.evidence.last_active(cart.site_id, cart.visitor_id))
    due_at = silent + timedelta(seconds=site.abandoned_after_seconds)
    if due_at > now:
        return due_at
    finding = await silence_of(cart, store)
    if isinstance(finding, Bought):
        await close(store, cart, bought(cart, finding.report_id, certain=finding.certain), now)
    else:
        await _abandon(abandoned(cart, silent, site.abandoned_after_seconds), site, store, now)
    return None


async def _abandon(cart: Cart, site: SiteConfigured, store: Store, now: datetime) -> None:
    nudges = plan(cart, site)
    await store.carts.put([cart])
    await store.nudges.put(nudges)
    await store.nudges.arm(timers_of(nudges, now))
    await store.emit([abandoned_event(cart, nudges, now)])


async def _make_due(timer: Timer, store: Store, now: datetime) -> datetime | None:
    known = await store.nudges.get(timer.site_id, timer.subject)
    if known is None:
        return None
    cart = next(iter(await store.carts.lock([(known.site_id, known.cart_id)])), None)
    nudge = await store.nudges.lock(timer.site_id, timer.subject)
    if nudge is None or nudge.state is not NudgeState.PLANNED:
        return None
    if cart is None:
        await end_unasked(store, [(nudge, Reason.ERASED)], now)
    elif await store.reports.is_accepted(nudge.site_id, nudge.cart_id, nudge.nudge_id):
        await store.nudges.put([replace(nudge, state=NudgeState.ENDED)])  # a restored database has planned it anew
    elif (reason := why_not_waiting(cart, nudge.abandonment)) is not None:
        await end_unasked(store, [(nudge, reason)], now)
    elif now > nudge.not_after or nudge.due_at > nudge.not_after:
        await _lapse(nudge, Reason.TOO_LATE, store, now)
    else:
        await store.nudges.put([replace(nudge, state=NudgeState.DUE)])
        await store.nudges.arm([Timer(nudge.site_id, TimerKind.NUDGE_END, nudge.nudge_id, nudge.not_after + LAPSE_SLACK)])
        await store.emit([due_event(nudge, cart, now)])
    return None


async def _check_end(timer: Timer, store: Store, now: datetime) -> datetime | None:
    """A nudge without a final answer, an open ask and a grant ends here; a granted one ends by notify's events alone."""
    nudge = await store.nudges.lock(timer.site_id, timer.subject)
    if nudge is None or nudge.state not in (NudgeState.DUE, NudgeState.GRANTED):
        return None
    asked = await store.asks.has_open(nudge.site_id, nudge.nudge_id, now - OPEN_ASK)
    if asked or nudge.state is NudgeState.GRANTED:
        return now + LAPSE_SLACK  # a grant may yet prove to have called nobody
    await _lapse(nudge, Reason.TOO_LATE if nudge.last_reason is None else Reason(nudge.last_reason), store, now)
    return None


async def _lapse(nudge: Nudge, reason: Reason, store: Store, now: datetime) -> None:
    over = lapsed(nudge, reason)
    await store.nudges.put([over])
    await store.emit([lapsed_event(over, now)])


async def _expire(timer: Timer, store: Store, now: datetime) -> datetime | None:
    cart = await _cart_of(timer, store)
    if cart is None or not cart.state.living:
        return None
    silent = silent_since(cart, await store.evidence.last_active(cart.site_id, cart.visitor_id))
    expires_at = min(silent + EXPIRES_AFTER, cart.opened_at + LONGEST_LIFE)
    if expires_at > now:
        return expires_at
    await close(store, cart, replace(cart, state=CartState.EXPIRED), now)
    return None
