"""The decision about an ask of the opt-in question, in one transaction: load behind the barrier, decide, store, emit."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.orders.events import question_answer_event
from services.orders.rules.evidence import find_silence, key_of
from services.orders.rules.granting import DROPPED, Answer, Terms
from services.orders.rules.opt_in import (
    Question,
    QuestionAsk,
    QuestionFacts,
    after_answer,
    answer_question,
    began_at,
    cart_of_tick,
    why_taken_back,
)
from services.orders.storage.protocols import Store
from shared.events.envelope import Channel, ContactKind, Event
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured


async def decide_question(store: Store, ask: QuestionAsk, now: datetime) -> tuple[str, list[Event]]:
    """The answer's name and the events that report it. A final answer is repeated to every later ask of the same tick."""
    if not ask.visitor_id:
        return DROPPED, []  # its shopper was erased meanwhile, and the attempt with it
    question = await store.asks.lock_question(ask.site_id, ask.consent_event_id, now)
    if ask.try_number < await store.asks.newest_try(ask.site_id, ask.consent_event_id):
        return DROPPED, []  # a newer attempt has asked: the older one has lapsed
    given: Answer | None = question.final
    if given is None:
        given = answer_question(ask, await _load(store, ask, question, now))
        await store.asks.put_question(after_answer(question, given, now))
    return type(given).__name__.lower(), [question_answer_event(ask, given, now)]


async def _load(store: Store, ask: QuestionAsk, question: Question, now: datetime) -> QuestionFacts:
    carts = await store.carts.opened_before(ask.site_id, ask.visitor_id, ask.ticked_at)
    cart = cart_of_tick(ask.ticked_at, carts)
    around = await store.evidence.neighbourhood(ask.site_id, ask.visitor_id)
    if around.tombstones and await store.erasures.is_named_anew(ask.site_id, ask.visitor_id, _key_of(ask)):
        around = replace(around, tombstones=())  # a tick after the erasure is a new shopper's
    site = await store.sites.get(ask.site_id)
    return QuestionFacts(
        cart=cart,
        finding=find_silence(began_at(ask.ticked_at, cart), around),
        withdrawn=await _why_taken_back(store, ask, site),
        terms=None if site is None else await terms_of(store, ask.site_id, ask.recipient_index, site),
        due_at=question.due_at,
        now=now,
    )


def _key_of(ask: QuestionAsk) -> str:
    assert ask.channel == Channel.SMS, "a number is asked, a browser is not"
    return key_of(ContactKind.PHONE.value, ask.recipient_index)


async def _why_taken_back(store: Store, ask: QuestionAsk, site: SiteConfigured | None) -> Reason | None:
    if site is not None and await store.sites.is_suppressed(site.account_id, ask.recipient_index):
        return Reason.SUPPRESSED
    ticked = await store.evidence.opt_in_position(ask.site_id, ask.consent_event_id)
    history = await store.evidence.consent_history(ask.site_id, ask.channel, ask.recipient_index, ask.visitor_id)
    return why_taken_back(ticked, *history)


async def terms_of(store: Store, site_id: UUID, recipient_index: str, site: SiteConfigured) -> Terms:
    """The terms under which this recipient may be written to now."""
    return Terms(
        mode=site.mode,
        is_test_recipient=recipient_index in site.test_recipients,
        paused=await store.sites.is_paused(site_id),
        held=await store.sites.is_held(site_id),
        needs_source=site.has_order_source,
        source_fresh_through=await store.sites.source_fresh_through(site_id),
    )
