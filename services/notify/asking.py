"""One opt-in, in one transaction: the number is asked, or it is said why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from services.notify import telling
from services.notify.attempts import Attempt, AttemptState
from services.notify.bindings import Binding
from services.notify.country import region_of
from services.notify.facts import zones_of
from services.notify.lines import Lines
from services.notify.question import ASK_EVERY, ASK_WITHIN, Ask, NotAsked, QuestionFacts, may_ask
from services.notify.stores import Store
from services.notify.stores_people import Question
from shared.events.message import MessageKind
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.messages.rendering import question
from shared.runtime.clock import Clock


@dataclass(frozen=True)
class Asking:
    """What the decision needs beside its transaction."""

    lines: Lines
    clock: Clock
    new_id: Callable[[], str]

    async def decide(self, store: Store, binding: Binding) -> None:
        """Under the lock on the recipient: two opt-ins of one number never lead to two questions."""
        site, now = await store.site(binding.site_id), self.clock.now()
        if site is None:
            return  # the lease ends, and it is looked at again
        await store.recipients.lock(site.account_id, binding.recipient_index)
        fresh = await store.consents.binding(binding.site_id, binding.visitor_id, binding.channel, binding.recipient_index)
        if fresh is None or fresh.state != "new":
            return  # another process has decided since we looked
        last = await store.recipients.last_question(site.account_id, binding.recipient_index)
        verdict = await self._verdict(store, fresh, site, last, now)
        match verdict:
            case Ask():
                await self._ask(store, fresh, site, now)
            case NotAsked(reason, None):
                await _refuse(store, fresh, reason, last, now)
            case NotAsked(reason, until):
                await store.consents.set_binding(fresh, "new", reason.value, until)
            case _:
                assert_never(verdict)

    async def _verdict(
        self, store: Store, binding: Binding, site: SiteConfigured, last: Question | None, now: datetime
    ) -> Ask | NotAsked:
        if (number := self.lines.open(binding)) is None:
            return NotAsked(Reason.CONTACT_INVALID)
        facts = QuestionFacts(
            suppression=await store.recipients.suppression(site.account_id, binding.recipient_index),
            last_asked_at=None if last is None else last.asked_at,
            ordered_since=await store.consents.has_ordered(binding),
            silent=(await store.standing(binding.site_id)).reason,
            has_sender=self.lines.find(site, binding) is not Reason.NO_SENDER,
            zones=zones_of(binding, site, number),
            region=region_of(number),
        )
        return may_ask(binding, site, facts, now)

    async def _ask(self, store: Store, binding: Binding, site: SiteConfigured, now: datetime) -> None:
        tries = await store.recipients.tries_of_question(binding.site_id, binding.consent_event_id)
        attempt = Attempt(
            site_id=binding.site_id,
            attempt_id=self.new_id(),
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
            try_number=tries + 1,
            send_before=binding.given_at + ASK_WITHIN,
        )
        if await store.attempts.open_attempt(attempt):
            await store.recipients.add_question(site.account_id, binding, attempt.attempt_id, now)
            await store.emit([telling.opt_in(binding, "asked", None, None, now)])
            await store.nudges.wake(binding.site_id, binding.visitor_id)  # the reason of their silence is another now
        else:
            await store.consents.set_binding(binding, "asked", None, None)


async def _refuse(store: Store, binding: Binding, reason: Reason, last: Question | None, now: datetime) -> None:
    """Said once for each opt-in. Who was asked for this very binding is not refused: the question is still open."""
    own = last is not None and (last.site_id, last.visitor_id) == (binding.site_id, binding.visitor_id)
    if reason is Reason.ASKED_RECENTLY and own:
        await store.consents.set_binding(binding, "asked", None, None)
        return
    until = last.asked_at + ASK_EVERY if reason is Reason.ASKED_RECENTLY and last is not None else None
    await store.consents.set_binding(binding, "refused", reason.value, None)
    await store.emit([telling.opt_in(binding, "refused", reason, until, now)])
    await store.nudges.wake(binding.site_id, binding.visitor_id)
