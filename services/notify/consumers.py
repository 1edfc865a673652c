"""Handlers of every topic that notify consumes: opt-ins, due nudges, answers to asks, settings, actions of merchants.

Applying a batch twice, or in another order, changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import assert_never

import structlog

from services.notify import events
from services.notify.channels.push.subscriptions import NoSubscription, PushServices
from services.notify.channels.results import rank_of
from services.notify.delivery.lost_attempts import record_if_lost
from services.notify.delivery.merchant_test import merchant_test_of
from services.notify.delivery.results import refuse_question
from services.notify.erasure import apply_contact_erased, apply_erasure_marked
from services.notify.opt_in.raised_budgets import raise_budget, release_own_limits
from services.notify.person_data import apply_person_resolved
from services.notify.rules.attempts import CALLED, AttemptState
from services.notify.rules.consent import consent_refusal
from services.notify.storage.protocols import Store
from shared.events.envelope import Channel, ContactKind, Origin
from shared.events.markers import ErasureMarked, PersonResolved
from shared.events.merchant import (
    BudgetRaised,
    ContactErased,
    ContactSuppressed,
    MerchantAction,
    PersonDataRequested,
    SendingPaused,
    SendingResumed,
    TestMessageRequested,
)
from shared.events.nudge import (
    NudgeCancelled,
    NudgeDue,
    NudgeEvent,
    NudgeGranted,
    NudgeLapsed,
    NudgePostponed,
    NudgesErased,
    NudgeWithheld,
    QuestionCancelled,
    QuestionGranted,
    QuestionPostponed,
    QuestionWithheld,
)
from shared.events.settings import Hours, SiteConfigured
from shared.events.storefront import ConsentGiven, ConsentWithdrawn, OrderReported, PushShown, PushSubscribed, PushUnsubscribed
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, open_contact

STOREFRONT_WANTED = frozenset(
    {
        "consent.given",
        "consent.withdrawn",
        "erasure.marked",
        "order.reported",
        "person.resolved",
        "push.subscribed",
        "push.unsubscribed",
        "push.shown",
    }
)
StorefrontWanted = (
    ConsentGiven
    | ConsentWithdrawn
    | ErasureMarked
    | OrderReported
    | PersonResolved
    | PushSubscribed
    | PushUnsubscribed
    | PushShown
)
DELIVERED = rank_of("delivered")

log = structlog.get_logger("consumers")


class Consumers:
    """Handlers for each topic. They neither open nor commit the transaction of the store that they are given.

    ``any_hour`` lets a site switch the legal hours off: the demo alone may.
    """

    def __init__(
        self,
        clock: Clock,
        new_id: Callable[[], str],
        keys: ReaderKeys,
        services: PushServices,
        *,
        sample_link: str,
        any_hour: bool,
    ) -> None:
        self._clock = clock
        self._keys = keys
        self._services = services
        self._new_id = new_id
        self._sample_link = sample_link
        self._any_hour = any_hour

    async def apply_storefront_events(self, events: Sequence[StorefrontWanted], store: Store) -> None:
        """Bind numbers and subscriptions to browsers, and withdraw consents."""
        for event in events:
            with tracing.caused_by(event.event_id):
                await self._apply_storefront_event(event, store)

    async def _apply_storefront_event(self, event: StorefrontWanted, store: Store) -> None:
        match event:
            case ConsentGiven():
                await self._consent(store, event)
            case ConsentWithdrawn():
                for index in (event.recipient.index, *event.also):
                    await store.consents.withdraw(
                        event.site_id, event.visitor_id, event.channel.value, index, event.occurred_at, event.event_id
                    )
            case PushSubscribed():
                await self._subscribe(store, event)
            case PushUnsubscribed():
                recipient_index = None if event.recipient is None else event.recipient.index
                await store.consents.unsubscribe(
                    event.site_id, event.visitor_id, recipient_index, event.occurred_at, event.event_id
                )
            case PushShown():
                await self._shown(store, event)
            case OrderReported():
                if event.verified and event.status == "placed" and event.order_id is not None:
                    await store.budgets.note_order(event.site_id, event.order_id)
            case ErasureMarked():
                await apply_erasure_marked(event, store, self._clock.now())
            case PersonResolved():
                await apply_person_resolved(event, store, self._keys, self._clock.now())
            case _:
                assert_never(event)

    async def _subscribe(self, store: Store, event: PushSubscribed) -> None:
        """Keep a subscription, unless its address, which a page names, is of no known push service."""
        if event.origin is Origin.BACK_OFFICE or event.subscription.kind is not ContactKind.PUSH_ENDPOINT:
            return
        try:
            self._services.read(open_contact(self._keys, event.site_id, event.subscription))
        except (CannotOpen, NoSubscription) as error:
            log.warning("subscription_refused", site_id=str(event.site_id), why=str(error))
            return
        if await store.consents.subscribe(event):
            await store.nudges.wake(event.site_id, event.visitor_id)

    async def _shown(self, store: Store, event: PushShown) -> None:
        """Emit that the worker showed a push; used by the timeline alone.

        It may be here before the push service's answer is stored: then it is emitted after that (``ResultWriter``).
        """
        attempt = await store.attempts.lock_attempt(event.site_id, event.attempt_id)
        if attempt is None or (attempt.channel, attempt.visitor_id) != (Channel.PUSH, event.visitor_id):
            return
        if attempt.state not in CALLED or not await store.attempts.raise_rank(event.site_id, event.attempt_id, DELIVERED):
            return
        if attempt.state is AttemptState.ACCEPTED:
            await store.emit([events.delivered_event(attempt, self._clock.now())])

    async def _consent(self, store: Store, event: ConsentGiven) -> None:
        if event.origin is Origin.BACK_OFFICE or event.contact.kind is not ContactKind.PHONE:
            return
        binding = await store.consents.add_consent(event)
        if binding is not None:
            await store.emit([events.consent_recorded_event(event, self._clock.now())])
        site = await store.site(event.site_id)
        if binding is None or binding.state != "confirmed" or site is None:
            return
        suppression = await store.recipients.suppression(site.account_id, binding.recipient_index)
        if consent_refusal(binding, suppression) is None:
            await store.emit([events.opt_in_event(binding, "already_confirmed", None, None, self._clock.now())])

    async def apply_nudge_events(self, events: Sequence[NudgeEvent], store: Store) -> None:
        """Queue what is due; end what has a final answer. A grant is acted upon after this transaction, by its opener."""
        for event in events:
            with tracing.caused_by(event.event_id):
                await self._apply_nudge_event(event, store)

    async def _apply_nudge_event(self, event: NudgeEvent, store: Store) -> None:
        match event:
            case NudgeDue():
                await store.nudges.queue(event)
            case NudgeGranted():
                if not await record_if_lost(store, event, self._clock.now()):
                    await store.nudges.note_grant(event.site_id, event.nudge_id, event.attempt_id)
            case NudgePostponed():
                wait = timedelta(seconds=event.retry_after_seconds)
                if await store.attempts.write_not_sent(event.site_id, event.attempt_id, None):
                    await store.nudges.queue_again(event.site_id, event.nudge_id, wait)
            case NudgeWithheld() | NudgeCancelled():
                if event.attempt_id is not None:
                    await store.attempts.write_not_sent(event.site_id, event.attempt_id, None)
                await store.nudges.end(event.site_id, event.nudge_id)
            case NudgeLapsed():
                await store.nudges.end(event.site_id, event.nudge_id)
            case QuestionGranted():
                await record_if_lost(store, event, self._clock.now())  # else its opener waits for it
            case NudgesErased():
                pass  # what is due is erased with what the shop reported
            case QuestionPostponed():
                await self._question_waits(store, event)
            case QuestionWithheld() | QuestionCancelled():
                await self._question_ended(store, event)
            case _:
                assert_never(event)

    async def _question_waits(self, store: Store, event: QuestionPostponed) -> None:
        attempt = await store.attempts.lock_attempt(event.site_id, event.attempt_id)
        if attempt is not None and await store.attempts.write_not_sent(event.site_id, event.attempt_id, None):
            await store.recipients.ask_again(attempt, timedelta(seconds=event.retry_after_seconds))

    async def _question_ended(self, store: Store, event: QuestionWithheld | QuestionCancelled) -> None:
        attempt = await store.attempts.lock_attempt(event.site_id, event.attempt_id)
        if attempt is not None:
            await store.attempts.write_not_sent(event.site_id, event.attempt_id, None)
            await refuse_question(store, attempt, event.reason, self._clock.now())

    async def apply_site_settings(self, events: Sequence[SiteConfigured], store: Store) -> None:
        """Keep a copy of each. Outside the demo the legal hours hold, whatever a site's settings are."""
        for event in events:
            lawful = event if self._any_hour else event.model_copy(update={"hours": Hours.LEGAL})
            before = await store.site(event.site_id)
            await store.put_site(lawful)
            if before is not None and before.daily_limits != lawful.daily_limits:
                await release_own_limits(event.site_id, store)

    async def apply_merchant_actions(self, events: Sequence[MerchantAction], store: Store) -> None:
        """Pause, resume, suppress, erase, test."""
        for event in events:
            with tracing.caused_by(event.event_id):
                await self._apply_merchant_action(event, store)

    async def _apply_merchant_action(self, event: MerchantAction, store: Store) -> None:
        match event:
            case SendingPaused() | SendingResumed():
                paused = isinstance(event, SendingPaused)
                await store.put_pause(event.site_id, paused=paused, cause=event.event_id, now=self._clock.now())
            case ContactSuppressed():
                index = event.recipient.index
                await store.recipients.suppress_by_merchant(event.account_id, index, event.occurred_at)
            case ContactErased():
                await apply_contact_erased(event, store, self._clock.now())
            case TestMessageRequested():
                await self._test(store, event)
            case BudgetRaised():
                await raise_budget(event, store)
            case PersonDataRequested():
                pass  # orders resolves whom it is about first
            case _:
                assert_never(event)

    async def _test(self, store: Store, event: TestMessageRequested) -> None:
        site = await store.site(event.site_id)
        if site is not None and event.contact.index in site.test_recipients:
            attempt = merchant_test_of(event, site, self._sample_link, self._new_id(), self._clock.now())
            if attempt is not None:
                await store.attempts.open_attempt(attempt)
