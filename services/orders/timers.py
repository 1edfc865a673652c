"""The loop over due timers: abandonments, due steps, ends. Each timer is looked at in a transaction of its own."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

import structlog

from services.orders.carts import CartState, abandoned, bought, silent_since
from services.orders.closing import close, end_unasked
from services.orders.evidence import Bought, find_silence
from services.orders.metrics import OrdersMetrics
from services.orders.planning import plan, timers_of, told_abandoned, told_due
from services.orders.store import Store
from services.orders.store_carts import Nudge, NudgeState, Timer, TimerKind
from services.orders.sweeps import claim_due_timers
from shared.events.identifiers import derived_event_id
from shared.events.nudge import NudgeLapsed
from shared.events.reasons import Reason
from shared.runtime.clock import Clock
from shared.runtime.postgres import UNREACHABLE, Pool, transaction

BATCH = 50
POLL_SECONDS = 0.25
LATENESS_ALLOWED = timedelta(minutes=1)
FULL_SCAN_SECONDS = 60.0
SETTINGS_RETRY = timedelta(seconds=5)
OPEN_ASK = timedelta(seconds=15)
LAPSE_SLACK = timedelta(seconds=60)
"""A granted attempt calls within 5 s; an ask is answered or lapsed long before."""

log = structlog.get_logger("timers")


class TimerLoop:
    """Claims what is due; a floor over the last claimed moment spares scans over dead rows."""

    def __init__(self, pool: Pool, clock: Clock, committed: Callable[[], None], metrics: OrdersMetrics) -> None:
        self._pool = pool
        self._clock = clock
        self._committed = committed
        self._metrics = metrics
        self._floor = datetime.min.replace(tzinfo=UTC)
        self._full_scan_at = 0.0

    async def run(self) -> None:
        """Fire until cancelled."""
        while True:
            try:
                fired = await self.turn()
            except UNREACHABLE:
                log.warning("timers_wait")
                fired = 0
            if fired < BATCH:
                await asyncio.sleep(POLL_SECONDS)

    async def turn(self) -> int:
        """Fire what is due now, all in one transaction. Returns how many timers were looked at."""
        if self._clock.monotonic() > self._full_scan_at:
            self._floor = datetime.min.replace(tzinfo=UTC)
            self._full_scan_at = self._clock.monotonic() + FULL_SCAN_SECONDS
        now = self._clock.now()
        async with transaction(self._pool) as tx:
            timers = await claim_due_timers(tx, self._floor, now, BATCH)
            for timer in timers:
                await fire(timer, Store(tx), now)
        if timers:
            self._committed()
            self._floor = max(self._floor, timers[-1].due_at - LATENESS_ALLOWED)
        for timer in timers:
            self._metrics.lateness.labels(timer.kind.value).observe((now - timer.due_at).total_seconds())
        return len(timers)


async def fire(timer: Timer, store: Store, now: datetime) -> None:
    """Look at what is now, and act or set the timer again."""
    match timer.kind:
        case TimerKind.ABANDON:
            await _look_for_abandonment(timer, store, now)
        case TimerKind.NUDGE_DUE:
            await _make_due(timer, store, now)
        case TimerKind.NUDGE_END:
            await _lapse(timer, store, now)
        case TimerKind.EXPIRE:
            await _expire(timer, store, now)
        case _:
            assert_never(timer.kind)


async def _look_for_abandonment(timer: Timer, store: Store, now: datetime) -> None:
    cart = await store.carts.lock_cart(timer.site_id, timer.subject)
    if cart is None or cart.state is not CartState.OPEN:
        return
    site = await store.asks.site(timer.site_id)
    if site is None:
        await store.carts.arm([replace(timer, due_at=now + SETTINGS_RETRY)])
        return
    silent = silent_since(cart, await store.evidence.last_active(cart.site_id, cart.visitor_id))
    due_at = silent + timedelta(seconds=site.settings.abandoned_after_seconds)
    if due_at > now:
        await store.carts.arm([replace(timer, due_at=due_at)])
        return
    finding = find_silence(cart.opened_at, await store.evidence.neighbourhood(cart.site_id, cart.visitor_id))
    if isinstance(finding, Bought):
        await close(store, bought(cart, certain=finding.certain), now, finding.report_id)
        return
    left = abandoned(cart, now)
    nudges = plan(left, site.settings)
    await store.carts.put_cart(left)
    for nudge in nudges:
        await store.carts.put_nudge(nudge)
    await store.carts.arm(timers_of(nudges))
    await store.emit([told_abandoned(left, nudges, now)])


async def _make_due(timer: Timer, store: Store, now: datetime) -> None:
    nudge = await store.carts.lock_nudge(timer.site_id, timer.subject)
    if nudge is None or nudge.state is not NudgeState.PLANNED:
        return
    cart = await store.carts.lock_cart(nudge.site_id, nudge.cart_id)
    if cart is None or cart.state is not CartState.ABANDONED or cart.abandonment != nudge.abandonment:
        await end_unasked(store, nudge, Reason.SHOPPER_RETURNED, now)
        return
    await store.carts.put_nudge(replace(nudge, state=NudgeState.DUE))
    await store.carts.arm([Timer(nudge.site_id, TimerKind.NUDGE_END, nudge.nudge_id, nudge.not_after + LAPSE_SLACK)])
    await store.emit([told_due(nudge, cart, now)])


async def _lapse(timer: Timer, store: Store, now: datetime) -> None:
    """A nudge without a final answer, an open ask and a grant ends here; a granted one ends by notify's word alone."""
    nudge = await store.carts.lock_nudge(timer.site_id, timer.subject)
    if nudge is None or nudge.state is not NudgeState.DUE:
        return
    if await store.asks.has_open_ask(nudge.site_id, nudge.nudge_id, OPEN_ASK):
        await store.carts.arm([replace(timer, due_at=now + OPEN_ASK)])
        return
    reason = Reason(nudge.last_reason) if nudge.last_reason is not None else Reason.TOO_LATE
    await store.carts.put_nudge(replace(nudge, state=NudgeState.LAPSED, final_reason=reason.value))
    await store.emit([told_lapsed(nudge, reason, now)])


def told_lapsed(nudge: Nudge, reason: Reason, now: datetime) -> NudgeLapsed:
    """The event that a nudge's time ran out."""
    return NudgeLapsed(
        event_id=derived_event_id(nudge.nudge_id, "nudge.lapsed"),
        site_id=nudge.site_id,
        occurred_at=now,
        received_at=now,
        nudge_id=nudge.nudge_id,
        cart_id=nudge.cart_id,
        reason=reason,
    )


async def _expire(timer: Timer, store: Store, now: datetime) -> None:
    cart = await store.carts.lock_cart(timer.site_id, timer.subject)
    if cart is not None and cart.state.living:
        await close(store, replace(cart, state=CartState.EXPIRED), now)
