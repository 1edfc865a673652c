"""From a due nudge to a grant: rules in their order, one attempt, its ask, and four seconds of patience."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.notify import telling
from services.notify.attempts import Attempt
from services.notify.calling import GRANT_SECONDS, Caller
from services.notify.endings import Endings, back_off
from services.notify.failures import Failures
from services.notify.looking import Looking
from services.notify.metrics import NotifyMetrics
from services.notify.stores import Database
from shared.events.nudge import NudgeCancelled, NudgeDue, NudgeEvent, NudgeGranted, NudgePostponed, NudgeWithheld
from shared.events.reasons import Reason
from shared.runtime.clock import Clock

POLL_SECONDS = 0.2
AT_ONCE = 20
ORPHANED_AFTER = timedelta(seconds=10)
FAILED_RETRY = timedelta(minutes=5)


@dataclass(frozen=True)
class Opened:
    """An attempt that has asked, and the stopwatch that started before its transaction was sent."""

    attempt: Attempt
    opened_at: float


class Dispatcher:
    """Looks at due nudges; only the process that opened an attempt may call it.

    ``partitions`` tells which partitions of nudge-events this process reads: the grant of another's would not come here.
    """

    def __init__(
        self,
        database: Database,
        caller: Caller,
        looking: Looking,
        clock: Clock,
        new_id: Callable[[], str],
        partitions: Callable[[], Sequence[int]],
        committed: Callable[[], None],
        metrics: NotifyMetrics,
    ) -> None:
        self._database = database
        self._caller = caller
        self._looking = looking
        self._clock = clock
        self._new_id = new_id
        self._partitions = partitions
        self._committed = committed
        self._metrics = metrics
        self._endings = Endings(new_id)
        self._failures = Failures("dispatcher", database, metrics)
        self._awake = asyncio.Event()
        self._in_hand = 0
        self._stopping = False
        self._answers: dict[str, asyncio.Future[NudgeEvent]] = {}

    def wake(self) -> None:
        """Something became due, or a channel appeared."""
        self._awake.set()

    async def nudges_committed(self, events: Sequence[NudgeEvent]) -> None:
        """Answers reach their openers after the transaction that recorded them, never before."""
        for event in events:
            if isinstance(event, NudgeDue):
                self.wake()
            elif isinstance(event, NudgeGranted | NudgeWithheld | NudgePostponed | NudgeCancelled):
                waiting = self._answers.get(event.attempt_id or "")
                if waiting is not None and not waiting.done():
                    waiting.set_result(event)

    async def run(self) -> None:
        """Dispatch until cancelled. Only as much is claimed as can be looked at: back-pressure costs nothing."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sweep())
            while True:
                try:
                    free = 0 if self._stopping else AT_ONCE - self._in_hand
                    claimed = await self._database.claim_nudges(self._partitions(), free) if free else []
                    for site_id, nudge_id in claimed:
                        self._in_hand += 1
                        tasks.create_task(self._look(site_id, nudge_id))
                except Exception as error:
                    self._failures.record(error, "dispatcher_waits")
                await self._rest()

    async def finish(self, seconds: float) -> None:
        """Take nothing new and wait for what is in hand: a call that is cut off is one that nobody knows the end of."""
        self._stopping = True
        deadline = self._clock.monotonic() + seconds
        while self._in_hand and self._clock.monotonic() < deadline:
            await asyncio.sleep(0.05)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._awake.clear()

    async def _look(self, site_id: UUID, nudge_id: UUID) -> None:
        attempt_id = self._new_id()
        # Both before the transaction: the answer may come before its commit returns to us.
        self._answers[attempt_id] = asyncio.get_running_loop().create_future()
        opened_at = self._clock.monotonic()
        attempt: Attempt | None = None
        try:
            async with self._database.transaction() as store:
                attempt = await self._looking.look(store, site_id, nudge_id, attempt_id)
            self._committed()
            if attempt is not None:
                await self._await_grant(Opened(attempt, opened_at))
        except Exception as error:
            if self._failures.record(error, "nudge_failed", site_id=str(site_id), nudge_id=str(nudge_id)):
                await self._set_aside(site_id, nudge_id, attempt)
        finally:
            self._answers.pop(attempt_id, None)
            self._in_hand -= 1
            self.wake()

    async def _await_grant(self, opened: Opened) -> None:
        attempt = opened.attempt
        left = GRANT_SECONDS - (self._clock.monotonic() - opened.opened_at)
        try:
            async with asyncio.timeout(max(0.0, left)):
                answer = await self._answers[attempt.attempt_id]
        except TimeoutError:
            self._metrics.grants.labels("lapsed").inc()
            await self._lapse(attempt)
            return
        self._metrics.grants.labels(answer.type.removeprefix("nudge.")).inc()
        if isinstance(answer, NudgeGranted):
            await self._caller.call(attempt, opened.opened_at)

    async def _set_aside(self, site_id: UUID, nudge_id: UUID, attempt: Attempt | None) -> None:
        """Show a nudge whose handling failed, and try it again later. An attempt of it is over unless it was called."""
        now, reason = self._clock.now(), Reason.INTERNAL_ERROR
        try:
            async with self._database.transaction() as store:
                if attempt is not None:
                    await self._endings.not_sent(store, attempt, None, reason, FAILED_RETRY, now)
                elif (cart_id := await store.nudges.set_aside(site_id, nudge_id, FAILED_RETRY, reason.value)) is not None:
                    await store.emit([telling.declined(site_id, nudge_id, cart_id, reason, now)])
            self._committed()
        except Exception as error:
            self._failures.record(error, "set_aside_failed", site_id=str(site_id), nudge_id=str(nudge_id))

    async def _lapse(self, attempt: Attempt) -> None:
        """No answer in time: provably not sent, and a new attempt asks after a pause."""
        wait, now = back_off(attempt.try_number), self._clock.now()
        async with self._database.transaction() as store:
            await self._endings.not_sent(store, attempt, None, Reason.GRANT_NOT_ANSWERED, wait, now)
        self._committed()

    async def _sweep(self) -> None:
        """Attempts and nudges whose process died while it asked."""
        while True:
            try:
                async with self._database.transaction() as store:
                    for orphan in await store.attempts.lapse_orphans(ORPHANED_AFTER):
                        wait = back_off(orphan.try_number)
                        await self._endings.told_not_sent(store, orphan, Reason.GRANT_NOT_ANSWERED, wait, self._clock.now())
                await self._database.resume_asking(2 * ORPHANED_AFTER)
            except Exception as error:
                self._failures.record(error, "sweep_waits")
            await asyncio.sleep(1.0)
