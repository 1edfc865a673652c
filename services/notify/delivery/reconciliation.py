"""Reconciliation of calls whose result nobody stored: by the carrier's report, else given up and shown. Never sent again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify import events
from services.notify.channels.results import Accepted, failure_of, rank_of
from services.notify.channels.sms import Carrier, Listed
from services.notify.delivery.failures import Failures
from services.notify.delivery.results import ResultWriter, give_up, heed
from services.notify.delivery.routes import SmsRoute
from services.notify.delivery.send import AttemptSender
from services.notify.metrics import NotifyMetrics
from services.notify.rules.attempts import CALLED, Attempt
from services.notify.storage.protocols import Database, Store
from shared.events.message import MessageKind
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.loops import ran

CALL_IS_OVER = timedelta(seconds=15)
POLL_SECONDS = 1.0
LIST_EVERY_SECONDS = 5.0
RECONCILED_AT_ONCE = 8
RECONCILED_AT_ONCE_OF_A_SITE = 2
"""Reconciled at once of one site, so that a carrier that hangs for one account leaves room for the others."""
LONGEST_RUN_SECONDS = 10.0
"""What has not begun by then is for the next run, so nobody waits for a site with many calls to a slow carrier."""
CLOCKS_DIFFER = timedelta(seconds=60)
IDENTIFIED_BY_TEXT = frozenset({MessageKind.REMINDER, MessageKind.QUESTION})
"""Kinds whose text identifies the message: a reminder has a link of its own, a number gets one question in a month."""


class Reconciliation:
    """Finds calls whose sender died, asks the carrier's list, and gives up in the end."""

    def __init__(
        self,
        database: Database,
        carrier: Carrier,
        sender: AttemptSender,
        clock: Clock,
        give_up_after: timedelta,
        committed: Callable[[], None],
        metrics: NotifyMetrics,
        results: ResultWriter,
    ) -> None:
        self._database = database
        self._carrier = carrier
        self._sender = sender
        self._clock = clock
        self._give_up_after = give_up_after
        self._committed = committed
        self._metrics = metrics
        self._results = results
        self._failures = Failures("reconciliation", database, metrics)
        self._at_once = asyncio.Semaphore(RECONCILED_AT_ONCE)
        self._list_at: dict[str, float] = {}

    async def run(self) -> None:
        """Reconcile until cancelled."""
        while True:
            ran()
            try:
                await self.run_once()
            except Exception as error:
                self._failures.record(error, "reconciliation_waits")
            await asyncio.sleep(POLL_SECONDS)

    async def run_once(self) -> None:
        """Reconcile once everything that is open."""
        exposed = await self._expose()
        waiting = await self._database.unresolved()
        self._metrics.unresolved.set(len(waiting))
        open_ids = {attempt.attempt_id for attempt in waiting}
        self._list_at = {attempt_id: at for attempt_id, at in self._list_at.items() if attempt_id in open_ids}
        of_sites = {attempt.site_id: asyncio.Semaphore(RECONCILED_AT_ONCE_OF_A_SITE) for attempt in waiting}
        until = self._clock.monotonic() + LONGEST_RUN_SECONDS
        await asyncio.gather(*(self._reconcile_alone(attempt, of_sites[attempt.site_id], until) for attempt in waiting))
        if exposed or waiting:
            self._committed()

    async def _expose(self) -> int:
        """Mark calls whose sender died. Returns how many there were."""
        try:
            async with self._database.transaction() as store:
                exposed = await store.attempts.expose_crashed_calls(CALL_IS_OVER)
                now = self._clock.now()
                for attempt in exposed:
                    with tracing.go_on("find a call whose process died", attempt.cause_span):
                        await store.emit([events.unresolved_event(attempt, now, given_up=False)])
                        await self._results.after_unknown(store, attempt, None, now)
        except Exception as error:
            self._failures.record(error, "crashed_calls_wait")
            return 0
        return len(exposed)

    async def _reconcile_alone(self, attempt: Attempt, of_site: asyncio.Semaphore, until: float) -> None:
        """Reconcile one attempt beside the others: a carrier that is slow or confused about one delays no other."""
        async with of_site, self._at_once:
            if self._clock.monotonic() > until:
                return
            try:
                await self._reconcile(attempt)
            except Exception as error:
                self._failures.record(error, "reconciliation_failed", attempt_id=attempt.attempt_id)

    async def _reconcile(self, attempt: Attempt) -> None:
        carrier_id = await self._listed(attempt)
        now = self._clock.now()
        given_up = attempt.called_at is not None and now - attempt.called_at > self._give_up_after
        if carrier_id is None and not given_up:
            return
        with tracing.go_on("reconcile a call", attempt.cause_span):
            async with self._database.transaction() as store:
                if carrier_id is not None:
                    await self._results.apply(store, attempt, Accepted(carrier_id), None, now)
                else:
                    await give_up(store, attempt, now)

    async def _listed(self, attempt: Attempt) -> str | None:
        """The carrier's id of an attempt whose text identifies it. None proves nothing."""
        if attempt.kind not in IDENTIFIED_BY_TEXT or self._clock.monotonic() < self._list_at.get(attempt.attempt_id, 0.0):
            return None
        self._list_at[attempt.attempt_id] = self._clock.monotonic() + LIST_EVERY_SECONDS
        async with self._database.transaction() as store:
            route = await self._sender.route_of(store, attempt)
        listed = await self._carrier.list_sent(route.sender, route.number) if isinstance(route, SmsRoute) else []
        return next((message.carrier_id for message in listed if is_it(attempt, message)), None)


def is_it(attempt: Attempt, message: Listed) -> bool:
    """Whether a listed message is this attempt: the same text, and not from before the call."""
    called_at = attempt.called_at
    return called_at is not None and message.body == attempt.body and message.created_at >= called_at - CLOCKS_DIFFER


@dataclass(frozen=True)
class Callback:
    """A carrier's report on one attempt."""

    carrier_id: str
    status: str
    code: int | None


async def apply_callback(store: Store, attempt: Attempt, callback: Callback, results: ResultWriter, now: datetime) -> bool:
    """Apply a carrier's report. Late, repeated and reordered ones change nothing. False where it brings nothing new.

    A message that was reported as never sent, or as never to be known, keeps that end: a nudge ends once.
    """
    rank = rank_of(callback.status)
    if rank == 0 or attempt.given_up or attempt.state not in CALLED:
        return False
    if attempt.carrier_id not in (None, callback.carrier_id):
        return False
    await results.apply(store, attempt, Accepted(callback.carrier_id), None, now)
    if not await store.attempts.raise_rank(attempt.site_id, attempt.attempt_id, rank):
        return True
    if callback.status == "delivered":
        await store.emit([events.delivered_event(attempt, now)])
    elif callback.status in ("undelivered", "failed"):
        reason = failure_of(callback.code)
        await store.emit([events.failed_event(attempt, reason, now, final=True)])
        await heed(store, attempt, reason, now)
    return True
