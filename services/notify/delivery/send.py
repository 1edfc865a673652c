"""The call: the pre-send check, the confirmed commit, one try, and its result.

A call is made only if the commit of ``calling`` was confirmed and nothing has taken too long, measured by this process's
own stopwatch. In doubt nobody is called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

import structlog

from services.notify.channels.push.sender import Push, PushCarrier
from services.notify.channels.push.subscriptions import topic_of
from services.notify.channels.results import NotSent, Outcome
from services.notify.channels.sms import Carrier, Sms
from services.notify.delivery.failures import Failures
from services.notify.delivery.pre_send_check import valid_for, why_not
from services.notify.delivery.results import ResultWriter, back_off
from services.notify.delivery.routes import PushRoute, Route, Routes, SmsRoute
from services.notify.metrics import NotifyMetrics
from services.notify.rules.attempts import Attempt, AttemptState, Refusal
from services.notify.storage.protocols import Database, Store
from shared.events.reasons import Reason
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.postgres.pool import CommitUnconfirmed

GRANT_SECONDS = 4.0
COMMIT_SECONDS = 1.0
EVALUATE_AGAIN_AFTER = timedelta(seconds=5)

log = structlog.get_logger("send")


@dataclass(frozen=True)
class Cleared:
    """The row is ``calling`` with our token: by which route to send it."""

    attempt: Attempt
    route: Route
    valid: timedelta


@dataclass(frozen=True)
class Refused:
    """Nothing is called. ``reason`` is what forbids it, where a rule does."""

    refusal: Refusal
    reason: Reason = Reason.NOT_SENT


class AttemptSender:
    """Makes calls for one process."""

    def __init__(
        self,
        database: Database,
        carrier: Carrier,
        push: PushCarrier,
        routes: Routes,
        clock: Clock,
        new_id: Callable[[], str],
        callback_address: Callable[[Attempt], str],
        committed: Callable[[], None],
        metrics: NotifyMetrics,
    ) -> None:
        self._database = database
        self._carrier = carrier
        self._push = push
        self._routes = routes
        self._clock = clock
        self._new_id = new_id
        self._callback_address = callback_address
        self._committed = committed
        self._metrics = metrics
        self._results = ResultWriter(new_id)
        self._failures = Failures("caller", database, metrics)

    async def call(self, asked: Attempt, opened_at: float | None) -> None:
        """Call once, if everything still allows it. ``opened_at`` is the opener's stopwatch; None where no grant is needed."""
        caller = self._new_id()
        before = self._clock.monotonic()
        cleared: Cleared | Refused
        try:
            async with self._database.transaction() as store:
                cleared = await self._clear(store, asked, caller)
        except CommitUnconfirmed:
            # It may have failed over to a standby without this commit. Not calling is the only safe thing.
            cleared = Refused(Refusal.UNCONFIRMED)
        if isinstance(cleared, Cleared) and not self._in_time(before, opened_at):
            cleared = Refused(Refusal.TOO_SLOW)
        if isinstance(cleared, Cleared):
            began = self._clock.monotonic()
            with tracing.within("call the carrier", "client", channel=asked.channel, attempt_id=asked.attempt_id):
                outcome = await self._send(cleared)
                tracing.add_attribute("outcome", type(outcome).__name__.lower())
            self._metrics.call_seconds.labels(cleared.attempt.channel).observe(self._clock.monotonic() - began)
            await self._store_outcome(cleared, outcome, caller)
        else:
            self._metrics.refusals.labels(cleared.refusal.value).inc()
            await self._step_back(asked, caller, cleared)
        self._committed()

    async def _send(self, cleared: Cleared) -> Outcome:
        attempt, valid = cleared.attempt, int(cleared.valid.total_seconds())
        assert attempt.body is not None, "an attempt without a text is never prepared"
        match cleared.route:
            case SmsRoute(sender, number):
                return await self._carrier.send(sender, Sms(number, attempt.body, self._callback_address(attempt), valid))
            case PushRoute(subscription, vapid):
                topic = topic_of(attempt.site_id, attempt.cart_id)
                return await self._push.send(subscription, vapid, Push(attempt.body, topic, valid))
            case _:
                assert_never(cleared.route)

    def _in_time(self, before: float, opened_at: float | None) -> bool:
        now = self._clock.monotonic()
        return now - before < COMMIT_SECONDS and (opened_at is None or now - opened_at < GRANT_SECONDS)

    async def _clear(self, store: Store, asked: Attempt, caller: str) -> Cleared | Refused:
        await store.recipients.lock(asked.account_id, asked.recipient_index)
        attempt = await store.attempts.lock_attempt(asked.site_id, asked.attempt_id)
        if attempt is None or attempt.state is not AttemptState.PREPARED or attempt.body is None:
            return Refused(Refusal.NOT_PREPARED)
        site = await store.site(asked.site_id)
        if site is None:
            return Refused(Refusal.FORBIDDEN, Reason.SETTINGS_UNREAD)
        route, now = self._routes.find(site, attempt), self._clock.now()
        if isinstance(route, Reason):
            return Refused(Refusal.FORBIDDEN, route)
        if (reason := await why_not(store, attempt, site, self._routes, now)) is not None:
            return Refused(Refusal.FORBIDDEN, reason)
        if not await store.attempts.start_call(attempt.site_id, attempt.attempt_id, caller):
            return Refused(Refusal.NOT_PREPARED)
        return Cleared(attempt, route, valid_for(attempt, site, route, now))

    async def route_of(self, store: Store, attempt: Attempt) -> Route | None:
        """The route of an attempt, for asking the carrier about it."""
        site = await store.site(attempt.site_id)
        route = None if site is None else self._routes.find(site, attempt)
        return None if isinstance(route, Reason) else route

    async def slot_in(self, store: Store, attempt: Attempt) -> float:
        """Seconds until its route has a free slot; taken at once where there is one."""
        route = await self.route_of(store, attempt)
        return 0.0 if route is None else self._routes.slot_in(route, attempt.kind, attempt.site_id)

    async def _step_back(self, attempt: Attempt, caller: str, refused: Refused) -> None:
        """Nothing was called: write that over a row that is prepared or ours. If that fails too, the sweeps find the row."""
        wait = back_off(attempt.try_number)
        if refused.refusal is Refusal.FORBIDDEN:
            wait = max(wait, EVALUATE_AGAIN_AFTER)  # a pause or a hold lasts; what asks again at once only wears everybody out
        try:
            async with self._database.transaction() as store:
                await self._results.not_sent(store, attempt, caller, refused.reason, wait, self._clock.now())
        except Exception as error:
            self._failures.record(error, "step_back_not_stored", attempt_id=attempt.attempt_id)
        log.info("not_called", refusal=refused.refusal.value, reason=refused.reason.value, kind=attempt.kind.value)

    async def _store_outcome(self, cleared: Cleared, outcome: Outcome, caller: str) -> None:
        """If this fails the row stays ``calling``, and the reconciliation finds it."""
        attempt = cleared.attempt
        self._metrics.calls.labels(attempt.channel, attempt.kind.value, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, NotSent) and outcome.slow_down:
            self._routes.slow_down(cleared.route)
        if isinstance(outcome, NotSent) and outcome.reason is Reason.ACCOUNT_REFUSED:
            self._routes.rest(cleared.route)
        try:
            async with self._database.transaction() as store:
                await self._results.apply(store, cleared.attempt, outcome, caller, self._clock.now())
        except Exception as error:
            self._failures.record(error, "outcome_not_stored", attempt_id=cleared.attempt.attempt_id)
