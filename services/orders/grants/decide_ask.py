"""One answer, in one transaction: load the facts behind the barrier, decide, store and tell."""

from datetime import datetime

from services.orders.events import answer_event, lapsed_event
from services.orders.grants.decide_question import decide_question
from services.orders.grants.silence import silence_of
from services.orders.grants.site_terms import terms_of
from services.orders.rules.carts import Cart
from services.orders.rules.control_group import draws_control
from services.orders.rules.granting import (
    DROPPED,
    Answer,
    Ask,
    Facts,
    Granted,
    Withheld,
    answer,
)
from services.orders.rules.nudges import Nudge, NudgeState, answered, final_answer_of
from services.orders.rules.opt_in import QuestionAsk
from services.orders.rules.withdrawals import why_silent
from services.orders.storage.protocols import ClaimedAsk, Store
from shared.events.envelope import Event
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured, SiteMode


async def decide_ask(store: Store, claimed: ClaimedAsk, marker_id: str, now: datetime) -> str | None:
    """Answer an ask that waited for this marker; returns the answer's name. None where the barrier does not stand."""
    ask = await store.asks.lock_open(claimed.site_id, claimed.attempt_id, marker_id)
    if ask is None:
        return None
    name, told = await decide_question(store, ask, now) if isinstance(ask, QuestionAsk) else await _decide(store, ask, now)
    await store.asks.close(ask.site_id, ask.attempt_id, name, now)
    await store.emit(told)
    return name


async def _decide(store: Store, ask: Ask, now: datetime) -> tuple[str, list[Event]]:
    cart = next(iter(await store.carts.lock([(ask.site_id, ask.cart_id)])), None)
    nudge = await store.nudges.lock(ask.site_id, ask.nudge_id)
    if nudge is None or ask.try_number < await store.asks.newest_try(ask.site_id, ask.nudge_id):
        return DROPPED, []  # a newer attempt of this nudge has asked: the older one has lapsed
    if nudge.state is NudgeState.ENDED:
        return DROPPED, []  # notify itself has said its last word: whatever asks now is a ghost
    if nudge.state is NudgeState.LAPSED:
        return DROPPED, [lapsed_event(nudge, now)]  # told again, for who asks has not heard of it
    assert nudge.cart_id == ask.cart_id, "a nudge is of one cart"
    given: Answer | None = final_answer_of(nudge)
    if given is None:
        given = await _grant_or_draw(store, ask, await _load(store, ask, nudge, cart, now), now)
        await store.nudges.put([answered(nudge, given, ask.attempt_id)])
    return type(given).__name__.lower(), [answer_event(ask, nudge, given, now)]


async def _load(store: Store, ask: Ask, nudge: Nudge, cart: Cart | None, now: datetime) -> Facts:
    """Everything that the answer depends on; the cart is locked."""
    finding = None if cart is None else await silence_of(cart, store)
    site = await store.sites.get(ask.site_id)
    return Facts(
        cart=cart,
        finding=finding,
        withdrawn=await _why_silent(store, ask, site),
        terms=None if site is None else await terms_of(store, ask.site_id, ask.recipient_index, site),
        abandonment=nudge.abandonment,
        due_at=nudge.due_at,
        not_after=nudge.not_after,
        now=now,
    )


async def _why_silent(store: Store, ask: Ask, site: SiteConfigured | None) -> Reason | None:
    if site is not None and await store.sites.is_suppressed(site.account_id, ask.recipient_index):
        return Reason.SUPPRESSED
    return why_silent(*await store.evidence.words_of(ask.site_id, ask.channel, ask.recipient_index, ask.visitor_id))


async def _grant_or_draw(store: Store, ask: Ask, facts: Facts, now: datetime) -> Answer:
    """Draw last of all: both arms hold only people who would really have been messaged."""
    given = answer(ask, facts)
    site = await store.sites.get(ask.site_id)
    if not isinstance(given, Granted) or site is None or site.mode is not SiteMode.LIVE or site.control_share <= 0:
        return given
    drawn = draws_control(site.account_id, ask.recipient_index, now, site.control_share)
    in_control = await store.sites.control_arm(site.account_id, ask.recipient_index, drawn=drawn, now=now)
    return Withheld(Reason.CONTROL_GROUP) if in_control else given
