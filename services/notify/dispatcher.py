"""From a due nudge to a grant: rules in their order, one attempt, its ask, and four seconds of patience."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never
from uuid import UUID

import structlog

from services.notify import telling
from services.notify.attempts import Attempt, AttemptState
from services.notify.calling import GRANT_SECONDS, Caller, back_off
from services.notify.facts import recipient_facts
from services.notify.metrics import NotifyMetrics
from services.notify.rules import Binding, Declined, Deferred, Prepare, decide
from services.notify.store import Store
from services.notify.sweeps import claim_nudges, lapse_orphans, resume_asking
from shared.events.identifiers import link_id_of
from shared.events.message import MessageKind
from shared.events.nudge import NudgeCancelled, NudgeDue, NudgeEvent, NudgeGranted, NudgePostponed, NudgeWithheld
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.messages.rendering import NothingToSay, ReminderFields, render
from shared.runtime.clock import Clock
from shared.runtime.postgres import UNREACHABLE, CommitUnconfirmed, Pool, transaction
from shared.runtime.sealing import CannotOpen, ReaderKeys

POLL_SECONDS = 0.2
AT_ONCE = 20
LOOK_AGAIN = timedelta(minutes=1)
ORPHANED_AFTER = timedelta(seconds=10)
LINK_LENGTH = 17

log = structlog.get_logger("dispatcher")


@dataclass(frozen=True)
class Opened:
    """An attempt that has asked: its text, and the stopwatch that started before its transaction was sent."""

    attempt: Attempt
    body: str
    opened_at: float


class Dispatcher:
    """Looks at due nudges; only the process that opened an attempt may call it."""

    def __init__(
        self,
        pool: Pool,
        caller: Caller,
        keys: ReaderKeys,
        clock: Clock,
        new_id: Callable[[], str],
        new_token: Callable[[int], str],
        link_address: Callable[[str], str],
        committed: Callable[[], None],
        metrics: NotifyMetrics,
    ) -> None:
        self._pool = pool
        self._caller = caller
        self._keys = keys
        self._clock = clock
        self._new_id = new_id
        self._new_token = new_token
        self._link_address = link_address
        self._committed = committed
        self._metrics = metrics
        self._awake = asyncio.Event()
        self._free = asyncio.Semaphore(AT_ONCE)
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
        """Dispatch until cancelled. What is free decides how much is claimed: back-pressure costs nothing."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sweep())
            while True:
                try:
                    for site_id, nudge_id in await claim_nudges(self._pool, AT_ONCE):
                        await self._free.acquire()
                        tasks.create_task(self._look(site_id, nudge_id))
                except UNREACHABLE:
                    log.warning("dispatcher_waits")
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._awake.clear()

    async def _look(self, site_id: UUID, nudge_id: UUID) -> None:
        try:
            attempt_id = self._new_id()
            # Both before the transaction: the answer may come before its commit returns to us.
            self._answers[attempt_id] = asyncio.get_running_loop().create_future()
            opened_at = self._clock.monotonic()
            async with transaction(self._pool) as tx:
                opened = await self._decide(Store(tx), site_id, nudge_id, attempt_id, opened_at)
            self._committed()
            if opened is not None:
                await self._await_grant(opened)
        except (*UNREACHABLE, CommitUnconfirmed) as error:
            log.warning("look_failed", error=type(error).__name__)
        finally:
            self._answers.pop(attempt_id, None)
            self._free.release()

    async def _decide(self, store: Store, site_id: UUID, nudge_id: UUID, attempt_id: str, opened_at: float) -> Opened | None:
        row = await store.attempts.lock_nudge(site_id, nudge_id)
        if row is None or row["state"] != "queued":
            return None
        due = NudgeDue.model_validate_json(row["due"])
        now = self._clock.now()
        site = await store.site(site_id)
        if now > due.not_after or site is None:
            await store.attempts.set_nudge(site_id, nudge_id, "queued", look_in=LOOK_AGAIN)
            return None
        bindings = await store.consents.bindings_of(site_id, due.visitor_id)
        try:
            facts = [await recipient_facts(store, binding, due, site, self._keys) for binding in bindings]
        except CannotOpen:
            facts = []
        decision = decide(due.channels, facts, site, due.abandoned_at, due.not_after, now)
        self._metrics.decisions.labels(type(decision).__name__.lower()).inc()
        match decision:
            case Prepare(binding):
                return await self._open(store, due, site, binding, attempt_id, row["tries"] + 1, opened_at)
            case Declined(reason):
                await self._decline(store, due, reason, row["told_reason"], row["tries"])
            case Deferred(reason, until):
                if row["told_reason"] != until.isoformat():
                    await store.emit([telling.deferred(due, reason, until, now)])
                await store.attempts.set_nudge(site_id, nudge_id, "queued", look_in=until - now, told=until.isoformat())
            case _:
                assert_never(decision)
        return None

    async def _decline(self, store: Store, due: NudgeDue, reason: Reason, told: str | None, tries: int) -> None:
        """Told once for each change of reason; looked at again when a channel appears, and now and then."""
        if told != reason.value:
            await store.emit([telling.declined(due, reason, tries, self._clock.now())])
        await store.attempts.set_nudge(due.site_id, due.nudge_id, "queued", look_in=LOOK_AGAIN, told=reason.value)

    async def _open(
        self,
        store: Store,
        due: NudgeDue,
        site: SiteConfigured,
        binding: Binding,
        attempt_id: str,
        try_number: int,
        opened_at: float,
    ) -> Opened | None:
        token = self._new_token(LINK_LENGTH)
        try:
            body = self._body(due, site, token)
        except NothingToSay:
            await self._decline(store, due, Reason.NOTHING_TO_SAY, None, try_number)
            return None
        attempt = Attempt(
            site_id=due.site_id,
            attempt_id=attempt_id,
            account_id=site.account_id,
            kind=MessageKind.REMINDER,
            channel=binding.channel,
            cause=str(due.nudge_id),
            nudge_id=due.nudge_id,
            cart_id=due.cart_id,
            visitor_id=due.visitor_id,
            recipient_kind=binding.recipient_kind,
            recipient_index=binding.recipient_index,
            box=binding.box,
            body=body,
            link_id=link_id_of(token),
            state=AttemptState.PREPARED,
            try_number=try_number,
            send_before=due.not_after,
        )
        if not await store.attempts.open_attempt(attempt):
            await store.attempts.set_nudge(due.site_id, due.nudge_id, "queued", look_in=LOOK_AGAIN)
            return None
        now = self._clock.now()
        await store.attempts.add_link(due.site_id, token, attempt_id, due.cart.model_dump_json(), now)
        await store.attempts.set_nudge(due.site_id, due.nudge_id, "asking")
        await store.emit([telling.prepared(attempt, now)])
        return Opened(attempt, body, opened_at)

    def _body(self, due: NudgeDue, site: SiteConfigured, token: str) -> str:
        step = site.campaign.steps[due.step - 1] if due.step <= len(site.campaign.steps) else None
        if step is None:
            raise NothingToSay("the campaign has no such step any more")
        items = sum(item.quantity for item in due.cart.items)
        return render(step.template, ReminderFields(site.name, items, self._link_address(token)))

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
            await self._caller.call(attempt, opened.body, opened.opened_at)

    async def _lapse(self, attempt: Attempt) -> None:
        """No answer in time: provably not sent, and a new attempt asks after a pause."""
        async with transaction(self._pool) as tx:
            store = Store(tx)
            if await store.attempts.write_not_sent(attempt.site_id, attempt.attempt_id, None):
                again = timedelta(seconds=back_off(attempt.try_number))
                await store.attempts.set_nudge(attempt.site_id, attempt.cause_id, "queued", look_in=again)

    async def _sweep(self) -> None:
        """Attempts and nudges whose process died while it asked."""
        while True:
            try:
                async with transaction(self._pool) as tx:
                    for orphan in await lapse_orphans(tx, ORPHANED_AFTER):
                        again = timedelta(seconds=back_off(orphan.try_number))
                        await Store(tx).attempts.set_nudge(orphan.site_id, orphan.cause_id, "queued", look_in=again)
                await resume_asking(self._pool, 2 * ORPHANED_AFTER)
            except (*UNREACHABLE, CommitUnconfirmed):
                log.warning("sweep_waits")
            await asyncio.sleep(1.0)
