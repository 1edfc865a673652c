"""Evaluation of a due nudge, in one transaction: an attempt opened, or the reason why not emitted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from services.notify import events
from services.notify.channels.push.payload import ReportTo, payload_of
from services.notify.delivery.recipient_facts import recipient_facts
from services.notify.delivery.routes import Routes, SmsRoute
from services.notify.delivery.spending import text_over_budget
from services.notify.metrics import NotifyMetrics
from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.bindings import Binding
from services.notify.rules.budgets import EVALUATE_AGAIN_AFTER as BUDGET_AGAIN_AFTER
from services.notify.rules.budgets import Limits
from services.notify.rules.planning import Decision, Declined, Deferred, Moment, Prepare, decide
from services.notify.storage.protocols import Database, QueuedNudge, Store
from shared.events.budgets import BudgetMet
from shared.events.envelope import Channel
from shared.events.identifiers import link_id_of
from shared.events.message import MessageDeclined, MessageDeferred, MessageKind
from shared.events.nudge import NudgeDue
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.messages.push import render_push
from shared.messages.rendering import NothingToRender, ReminderFields, render
from shared.runtime import tracing
from shared.runtime.clock import Clock

EVALUATE_AGAIN_AFTER = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
PASSING = {
    Reason.OVER_CAP: timedelta(minutes=15),
    Reason.NO_SENDER: timedelta(minutes=5),
    Reason.ACCOUNT_REFUSED: timedelta(minutes=5),
    Reason.NOTHING_TO_SAY: timedelta(minutes=5),
    Reason.OVER_BUDGET: BUDGET_AGAIN_AFTER,
}
"""Refusals that may end without an event about this visitor, and how soon each is evaluated again. Any other waits until it
is woken: most carts that are left have no number, and evaluating each of them every minute would be most of our work."""
NO_SETTINGS_YET = timedelta(seconds=5)
LATER = timedelta(seconds=1)
LINK_LENGTH = 17


@dataclass(frozen=True)
class NudgeEvaluator:
    """What an evaluation needs beside its transaction."""

    routes: Routes
    clock: Clock
    new_token: Callable[[int], str]
    link_address: Callable[[str], str]
    public_ingest: str
    metrics: NotifyMetrics
    limits: Limits

    async def claim(self, database: Database, partitions: Sequence[int], limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Due nudges whose moment has come."""
        return await database.claim_nudges(partitions, limit)

    async def evaluate(self, store: Store, claimed: tuple[UUID, UUID], attempt_id: str) -> Attempt | None:
        """Open an attempt, or emit why not and queue the next evaluation."""
        site_id, nudge_id = claimed
        queued = await store.nudges.lock_queued(site_id, nudge_id)
        if queued is None:
            return None
        with tracing.go_on("evaluate a nudge", queued.cause, site_id=str(site_id), nudge_id=str(nudge_id)):
            return await self._evaluate(store, queued, attempt_id)

    async def _evaluate(self, store: Store, queued: QueuedNudge, attempt_id: str) -> Attempt | None:
        site_id, nudge_id, now = queued.due.site_id, queued.due.nudge_id, self.clock.now()
        if now > queued.due.not_after:
            await _end_late(store, queued, now)
            return None
        site = await store.site(site_id)
        if site is None:
            await store.nudges.queue_again(site_id, nudge_id, NO_SETTINGS_YET)
            return None
        decision = await self._decide(store, queued.due, site, now)
        self.metrics.decisions.labels(type(decision).__name__.lower()).inc()
        if isinstance(decision, Prepare):
            return await self._open(store, queued, site, decision.binding, attempt_id)
        await _emit_refusal(store, queued, decision, now)
        return None

    async def set_aside(self, store: Store, claimed: tuple[UUID, UUID], wait: timedelta, reason: Reason) -> None:
        """Show a nudge whose handling failed, and evaluate it again after ``wait``."""
        site_id, nudge_id = claimed
        if (cart_id := await store.nudges.set_aside(site_id, nudge_id, wait, reason.value)) is not None:
            await store.emit([events.declined_event(site_id, nudge_id, cart_id, reason, self.clock.now())])

    def name_of(self, claimed: tuple[UUID, UUID]) -> dict[str, str]:
        """The ids that help to find it in a log."""
        return {"site_id": str(claimed[0]), "nudge_id": str(claimed[1])}

    async def _decide(self, store: Store, due: NudgeDue, site: SiteConfigured, now: datetime) -> Decision:
        bindings = await store.consents.bindings_of(due.site_id, due.visitor_id)
        found = [await recipient_facts(store, binding, due, site, self.routes) for binding in bindings]
        candidates = [facts for facts in found if facts is not None]
        channels = due.channels
        if await store.attempts.unresolved_pushes(due.site_id, str(due.nudge_id)) > 0:
            channels = (Channel.PUSH,)  # it may have been shown: a text on top of it would be the second message
        return decide(channels, candidates, site, Moment(due.abandoned_at, due.not_after, now))

    async def _open(
        self, store: Store, queued: QueuedNudge, site: SiteConfigured, binding: Binding, attempt_id: str
    ) -> Attempt | None:
        token, now, due = self.new_token(LINK_LENGTH), self.clock.now(), queued.due
        try:
            body = self._body(due, site, binding, attempt_id, self.link_address(token))
        except NothingToRender:
            await _emit_refusal(store, queued, Declined(Reason.NOTHING_TO_SAY), now)
            return None
        route = self.routes.find(site, binding)
        if isinstance(route, Reason):  # a key may begin to rest between the decision and here
            await _emit_refusal(store, queued, Declined(route), now)
            return None
        if isinstance(route, SmsRoute) and (met := await text_over_budget(store, self.limits, site)) is not None:
            self.metrics.over_budget.labels(met.budget.value).inc()
            await _emit_refusal(store, queued, Declined(Reason.OVER_BUDGET), now, met)
            return None
        if (wait := self.routes.slot_in(route, MessageKind.REMINDER, site.site_id)) > 0:
            await store.nudges.queue_again(due.site_id, due.nudge_id, timedelta(seconds=wait))
            return None
        attempt = _reminder(due, site, binding, attempt_id, body, token, queued.tries + 1)
        if not await store.attempts.open_attempt(attempt):
            await store.nudges.queue_again(due.site_id, due.nudge_id, EVALUATE_AGAIN_AFTER)
            return None
        await store.attempts.add_link(due.site_id, token, attempt_id, due.cart.model_dump_json(), now)
        await store.nudges.set_asking(due.site_id, due.nudge_id)
        await store.emit([events.message_prepared_event(attempt, now)])
        return attempt

    def _body(self, due: NudgeDue, site: SiteConfigured, binding: Binding, attempt_id: str, link: str) -> str:
        if due.step > len(site.campaign.steps):
            raise NothingToRender("the campaign has no such step any more")
        step = site.campaign.steps[due.step - 1]
        fields = ReminderFields(site.name, due.cart.item_count, link)
        if binding.channel == Channel.PUSH:
            report_to = ReportTo(self.public_ingest, next(iter(site.site_keys), ""))
            return payload_of(due, attempt_id, render_push(step.push, fields), link, report_to)
        return render(step.template, fields)


def _reminder(
    due: NudgeDue, site: SiteConfigured, binding: Binding, attempt_id: str, body: str, token: str, try_number: int
) -> Attempt:
    return Attempt(
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
        vapid_public=binding.vapid_public,
        cause_span=tracing.traceparent(),
    )


async def _emit_refusal(
    store: Store, queued: QueuedNudge, refusal: Declined | Deferred, now: datetime, budget: BudgetMet | None = None
) -> None:
    """Emit a refusal once for each change, and queue the next evaluation."""
    due = queued.due
    event: MessageDeclined | MessageDeferred
    match refusal:
        case Declined(reason):
            reported, delay = reason.value, min(PASSING.get(reason, LONGEST_WAIT), due.not_after - now + LATER)
            event = events.declined_event(due.site_id, due.nudge_id, due.cart_id, reason, now, budget)
        case Deferred(reason, until):
            reported, delay = until.isoformat(), until - now
            event = events.deferred_event(due, reason, until, now)
        case _:
            assert_never(refusal)
    if queued.reported != reported:
        await store.emit([event])
    await store.nudges.queue_again(due.site_id, due.nudge_id, delay, reported)


async def _end_late(store: Store, queued: QueuedNudge, now: datetime) -> None:
    """Its legal time is over. A nudge without a grant is ended by orders; one with a grant is ended by our event."""
    due = queued.due
    granted = queued.granted_attempt
    attempt = None if granted is None else await store.attempts.lock_attempt(due.site_id, granted)
    if attempt is None:
        await store.nudges.queue_again(due.site_id, due.nudge_id, EVALUATE_AGAIN_AFTER)
    elif await store.nudges.end(due.site_id, due.nudge_id):
        await store.emit([events.failed_event(attempt, Reason.TOO_LATE, now, final=True)])
