"""Evaluation of an opt-in, in one transaction: an attempt at the question opened, or the reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from services.notify import events
from services.notify.delivery.recipient_facts import contested, zones_of
from services.notify.delivery.routes import Route, Routes, SmsRoute
from services.notify.delivery.spending import question_over_budget
from services.notify.metrics import NotifyMetrics
from services.notify.opt_in.budget_keys import budget_keys
from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.bindings import Binding
from services.notify.rules.budgets import EVALUATE_AGAIN_AFTER, PASSING, Limits
from services.notify.rules.country import region_of
from services.notify.rules.opt_in import ASK_EVERY, ASK_WITHIN, Ask, NotAsked, QuestionFacts, may_ask
from services.notify.storage.protocols import Database, Store
from services.notify.storage.recipient_protocols import Question
from shared.events.budgets import Budget, BudgetMet
from shared.events.message import MessageKind
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.messages.rendering import question
from shared.runtime import tracing
from shared.runtime.clock import Clock


@dataclass(frozen=True)
class OptInEvaluator:
    """What an evaluation needs beside its transaction."""

    routes: Routes
    clock: Clock
    metrics: NotifyMetrics
    limits: Limits

    async def claim(self, database: Database, partitions: Sequence[int], limit: int) -> Sequence[Binding]:
        """New opt-ins whose moment has come."""
        return await database.claim_bindings(partitions, limit)

    async def evaluate(self, store: Store, claimed: Binding, attempt_id: str) -> Attempt | None:
        """Open an attempt, or store why not and when to evaluate again.

        Under the lock on the recipient: two opt-ins of one number never lead to two questions.
        """
        site_id, consent_id = str(claimed.site_id), str(claimed.consent_event_id)
        with tracing.go_on("evaluate an opt-in", claimed.cause_span, site_id=site_id, consent_event_id=consent_id):
            return await self._evaluate(store, claimed, attempt_id)

    async def _evaluate(self, store: Store, binding: Binding, attempt_id: str) -> Attempt | None:
        now = self.clock.now()
        site = await store.site(binding.site_id)
        if site is None:
            return None  # the lease ends, and it is claimed again
        await store.recipients.lock(site.account_id, binding.recipient_index)
        fresh = await store.consents.binding(binding.site_id, binding.visitor_id, binding.channel, binding.recipient_index)
        if fresh is None or fresh.state != "new":
            return None  # another process has decided since the claim
        last = await store.recipients.last_question(site.account_id, binding.recipient_index)
        verdict = await self._verdict(store, fresh, site, last, now)
        match verdict:
            case Ask():
                return await self._open(store, fresh, site, attempt_id, now)
            case NotAsked(reason, None):
                await _refuse(store, fresh, reason, last, now)
            case NotAsked(reason, until):
                await store.consents.set_binding(fresh, "new", reason.value, until)
            case _:
                assert_never(verdict)
        return None

    async def set_aside(self, store: Store, claimed: Binding, wait: timedelta, reason: Reason) -> None:
        """Show an opt-in whose handling failed, and evaluate it again after ``wait``."""
        now = self.clock.now()
        fresh = await store.consents.binding(claimed.site_id, claimed.visitor_id, claimed.channel, claimed.recipient_index)
        if fresh is not None and fresh.state == "new":
            await store.consents.set_binding(fresh, "new", reason.value, now + wait)
            await store.emit([events.opt_in_event(fresh, "refused", reason, None, now)])

    def name_of(self, claimed: Binding) -> dict[str, str]:
        """The ids that help to find it in a log."""
        return {"site_id": str(claimed.site_id), "consent_event_id": str(claimed.consent_event_id)}

    async def _verdict(
        self, store: Store, binding: Binding, site: SiteConfigured, last: Question | None, now: datetime
    ) -> Ask | NotAsked:
        if (number := self.routes.open(binding)) is None:
            return NotAsked(Reason.CONTACT_INVALID)
        facts = QuestionFacts(
            suppression=await store.recipients.suppression(site.account_id, binding.recipient_index),
            last_asked_at=None if last is None else last.asked_at,
            last_is_out=last is not None and last.is_out,
            contested=await contested(store, binding, site, now),
            silent=(await store.site_status(binding.site_id)).reason,
            has_sender=self.routes.find(site, binding) is not Reason.NO_SENDER,
            zones=zones_of(binding, site, number),
            region=region_of(number),
        )
        return may_ask(binding, site, facts, now)

    async def _open(
        self, store: Store, binding: Binding, site: SiteConfigured, attempt_id: str, now: datetime
    ) -> Attempt | None:
        """Take a slot of the sender, after every rule, and ask for the grant."""
        route = self.routes.find(site, binding)
        if isinstance(route, Reason):
            await _refuse(store, binding, route, None, now)
            return None
        keys = await self._budget_keys(store, binding, site, route)
        if keys and (met := await question_over_budget(store, self.limits, site, keys)) is not None:
            await self._keep_back(store, binding, met, now)
            return None
        if (wait := self.routes.slot_in(route, MessageKind.QUESTION, site.site_id)) > 0:
            await store.consents.set_binding(binding, "new", None, now + timedelta(seconds=wait))
            return None
        tries = await store.recipients.tries_of_question(binding.site_id, binding.consent_event_id)
        attempt = _question(binding, site, attempt_id, tries + 1)
        if not await store.attempts.open_attempt(attempt):
            await store.consents.set_binding(binding, "asked", None, None)
            return None
        await store.recipients.add_question(site.account_id, binding, attempt_id, now)
        await store.budgets.add_uses(site.account_id, site.site_id, keys.values(), binding.consent_event_id)
        await store.emit([events.question_prepared_event(attempt, binding.given_at, now)])
        return attempt

    async def _budget_keys(self, store: Store, binding: Binding, site: SiteConfigured, route: Route) -> dict[Budget, str]:
        """Under which keys the question is counted; none for the merchant's own phones."""
        if not isinstance(route, SmsRoute) or binding.recipient_index in site.test_recipients:
            return {}
        client = await store.budgets.client_of(binding.site_id, binding.consent_event_id)
        address = None if client is None else self.routes.open_contact(binding.site_id, client)
        return budget_keys(str(site.site_id), self.routes.pepper(site), route.number, address)

    async def _keep_back(self, store: Store, binding: Binding, met: BudgetMet, now: datetime) -> None:
        """Emit once that a budget keeps an opt-in back. It is evaluated again when a merchant raises that budget."""
        if binding.refused_reason != Reason.OVER_BUDGET.value:
            self.metrics.over_budget.labels(met.budget.value).inc()
            await store.emit([events.opt_in_event(binding, "refused", Reason.OVER_BUDGET, None, now, met)])
        state, until = ("new", now + EVALUATE_AGAIN_AFTER) if met.budget in PASSING else ("refused", None)
        await store.consents.set_binding(binding, state, Reason.OVER_BUDGET.value, until)
        await store.budgets.hold_back(binding, met.budget)
        await store.nudges.wake(binding.site_id, binding.visitor_id)


def _question(binding: Binding, site: SiteConfigured, attempt_id: str, try_number: int) -> Attempt:
    return Attempt(
        site_id=binding.site_id,
        attempt_id=attempt_id,
        account_id=site.account_id,
        kind=MessageKind.QUESTION,
        channel=binding.channel,
        cause=str(binding.consent_event_id),
        nudge_id=None,
        cart_id=None,
        visitor_id=binding.visitor_id,
        recipient_kind=binding.recipient_kind,
        recipient_index=binding.recipient_index,
        box=binding.box,
        body=question(site.name),
        link_id=None,
        state=AttemptState.PREPARED,
        try_number=try_number,
        send_before=binding.given_at + ASK_WITHIN,
        cause_span=tracing.traceparent(),
    )


async def _refuse(store: Store, binding: Binding, reason: Reason, last: Question | None, now: datetime) -> None:
    """Emit a refusal once for each opt-in. Who was asked for this very binding is not refused: the question is still open."""
    own = last is not None and (last.site_id, last.visitor_id) == (binding.site_id, binding.visitor_id)
    if reason is Reason.ASKED_RECENTLY and own:
        await store.consents.set_binding(binding, "asked", None, None)
        return
    until = last.asked_at + ASK_EVERY if reason is Reason.ASKED_RECENTLY and last is not None else None
    await store.consents.set_binding(binding, "refused", reason.value, None)
    await store.emit([events.opt_in_event(binding, "refused", reason, until, now)])
    await store.nudges.wake(binding.site_id, binding.visitor_id)
