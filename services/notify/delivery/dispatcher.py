"""The dispatcher: evaluates what is due, asks for a grant, and sends within four seconds of the ask."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from services.notify.delivery.failures import Failures
from services.notify.delivery.results import ResultWriter, back_off
from services.notify.delivery.send import GRANT_SECONDS, AttemptSender
from services.notify.metrics import NotifyMetrics
from services.notify.rules.attempts import Attempt
from services.notify.storage.protocols import Database, Store
from shared.events.nudge import (
    NudgeCancelled,
    NudgeDue,
    NudgeEvent,
    NudgeGranted,
    NudgePostponed,
    NudgeWithheld,
    QuestionAnswer,
    QuestionGranted,
)
from shared.events.reasons import Reason
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.loops import ran

POLL_SECONDS = 0.2
AT_ONCE = 20
ORPHANED_AFTER = timedelta(seconds=10)
FAILED_RETRY = timedelta(minutes=5)
Claimed = TypeVar("Claimed")


@dataclass(frozen=True)
class Opened:
    """An attempt that has asked, and the stopwatch that started before its transaction was sent."""

    attempt: Attempt
    opened_at: float


class Evaluator(Protocol[Claimed]):
    """What is claimed and evaluated: due nudges, or new opt-ins."""

    async def claim(self, database: Database, partitions: Sequence[int], limit: int) -> Sequence[Claimed]:
        """Take what is due in these partitions of nudge-events."""
        ...

    async def evaluate(self, store: Store, claimed: Claimed, attempt_id: str) -> Attempt | None:
        """Run the rules, and open an attempt that asks where none forbids it."""
        ...

    async def set_aside(self, store: Store, claimed: Claimed, wait: timedelta, reason: Reason) -> None:
        """Show what could not be handled, and evaluate it again after ``wait``."""
        ...

    def name_of(self, claimed: Claimed) -> dict[str, str]:
        """The ids that help to find it in a log, never a contact."""
        ...


class Dispatcher(Generic[Claimed]):
    """Evaluates what needs a grant, reminders or questions; only the process that opened an attempt may call it.

    ``partitions`` returns the partitions of nudge-events that this process reads: the grant of another's would not come here.
    """

    def __init__(
        self,
        database: Database,
        sender: AttemptSender,
        evaluator: Evaluator[Claimed],
        clock: Clock,
        new_id: Callable[[], str],
        partitions: Callable[[], Sequence[int]],
        committed: Callable[[], None],
        metrics: NotifyMetrics,
    ) -> None:
        self._database = database
        self._sender = sender
        self._evaluator = evaluator
        self._clock = clock
        self._new_id = new_id
        self._partitions = partitions
        self._committed = committed
        self._metrics = metrics
        self._results = ResultWriter(new_id)
        self._failures = Failures("dispatcher", database, metrics)
        self._awake = asyncio.Event()
        self._in_hand = 0
        self._stopping = False
        self._answers: dict[str, asyncio.Future[NudgeEvent]] = {}

    def wake(self) -> None:
        """Something became due, or a channel or an opt-in appeared."""
        self._awake.set()

    async def nudges_committed(self, events: Sequence[NudgeEvent]) -> None:
        """Answers reach their openers after the transaction that recorded them, never before."""
        for event in events:
            if isinstance(event, NudgeDue):
                self.wake()
            elif isinstance(event, NudgeGranted | NudgeWithheld | NudgePostponed | NudgeCancelled | QuestionAnswer):
                waiting = self._answers.get(event.attempt_id or "")
                if waiting is not None and not waiting.done():
                    waiting.set_result(event)

    async def run(self) -> None:
        """Dispatch until cancelled. Only as much is claimed as can be evaluated: back-pressure costs nothing."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sweep())
            while True:
                ran()
                try:
                    free = 0 if self._stopping else AT_ONCE - self._in_hand
                    for claimed in await self._evaluator.claim(self._database, self._partitions(), free) if free else []:
                        self._in_hand += 1
                        tasks.create_task(self._evaluate(claimed))
                except Exception as error:
                    self._failures.record(error, "dispatcher_waits")
                await self._rest()

    async def finish(self, seconds: float) -> None:
        """Take nothing new and wait for what is in hand: the result of a call that is cut off stays unknown."""
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

    async def _evaluate(self, claimed: Claimed) -> None:
        attempt_id = self._new_id()
        # Both before the transaction: the answer may come before its commit returns to us.
        self._answers[attempt_id] = asyncio.get_running_loop().create_future()
        opened_at = self._clock.monotonic()
        attempt: Attempt | None = None
        try:
            async with self._database.transaction() as store:
                attempt = await self._evaluator.evaluate(store, claimed, attempt_id)
            self._committed()
            if attempt is not None:
                with tracing.go_on("ask for a grant", attempt.cause_span, attempt_id=attempt_id):
                    await self._await_grant(Opened(attempt, opened_at))
        except Exception as error:
            if self._failures.record(error, "nudge_failed", **self._evaluator.name_of(claimed)):
                await self._set_aside(claimed, attempt)
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
        self._metrics.grants.labels(answer.type.partition(".")[2]).inc()
        if isinstance(answer, NudgeGranted | QuestionGranted):
            await self._sender.call(attempt, opened.opened_at)

    async def _set_aside(self, claimed: Claimed, attempt: Attempt | None) -> None:
        """Show what could not be handled, and try it again later. An attempt of it is over unless it was called."""
        now, reason = self._clock.now(), Reason.INTERNAL_ERROR
        try:
            async with self._database.transaction() as store:
                if attempt is not None:
                    await self._results.not_sent(store, attempt, None, reason, FAILED_RETRY, now)
                else:
                    await self._evaluator.set_aside(store, claimed, FAILED_RETRY, reason)
            self._committed()
        except Exception as error:
            self._failures.record(error, "set_aside_failed", **self._evaluator.name_of(claimed))

    async def _lapse(self, attempt: Attempt) -> None:
        """No answer in time: provably not sent, and a new attempt asks after a pause."""
        wait, now = back_off(attempt.try_number), self._clock.now()
        async with self._database.transaction() as store:
            await self._results.not_sent(store, attempt, None, Reason.GRANT_NOT_ANSWERED, wait, now)
        self._committed()

    async def _sweep(self) -> None:
        """Attempts and nudges whose process died while it asked."""
        while True:
            try:
                async with self._database.transaction() as store:
                    for orphan in await store.attempts.lapse_orphans(ORPHANED_AFTER):
                        wait = back_off(orphan.try_number)
                        with tracing.go_on("write off an attempt", orphan.cause_span):
                            await self._results.emit_not_sent(store, orphan, Reason.GRANT_NOT_ANSWERED, wait, self._clock.now())
                await self._database.resume_asking(2 * ORPHANED_AFTER)
            except Exception as error:
                self._failures.record(error, "sweep_waits")
            await asyncio.sleep(1.0)
