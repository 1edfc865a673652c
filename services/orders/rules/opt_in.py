"""Granting of the opt-in question, by the same evidence as a nudge, from the moment at which its shopper began to buy."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.orders.rules.carts import Cart, CartState
from services.orders.rules.evidence import Finding
from services.orders.rules.granting import (
    Answer,
    Cancelled,
    Postponed,
    Terms,
    Withheld,
    answer_by,
    reason_of,
)
from services.orders.rules.withdrawals import Confirmation, Withdrawal, why_silent
from shared.events.reasons import Reason

TOUCHED_WITHIN = timedelta(hours=24)
"""A tick belongs to a cart that has ended if the cart was touched within the day before: checkouts end carts."""


@dataclass(frozen=True)
class QuestionAsk:
    """An attempt at the question asks to be granted. ``try_number`` counts the attempts for its tick, from 1."""

    site_id: UUID
    attempt_id: str
    consent_event_id: UUID
    visitor_id: str
    channel: str
    recipient_index: str
    try_number: int
    ticked_at: datetime
    not_after: datetime


@dataclass(frozen=True)
class Question:
    """The question for one tick. ``due_at`` is the moment up to which a polled source must be read."""

    site_id: UUID
    consent_event_id: UUID
    due_at: datetime
    final: Withheld | Cancelled | None = None


@dataclass(frozen=True)
class QuestionFacts:
    """All that an answer depends on. ``cart`` is the one in which the box was ticked; its finding counts from its opening."""

    cart: Cart | None
    finding: Finding | None
    withdrawn: Reason | None
    terms: Terms | None
    due_at: datetime
    now: datetime


def cart_of_tick(ticked_at: datetime, carts: Iterable[Cart]) -> Cart | None:
    """The cart in which the box was ticked: of those opened by then and not long over, the latest. None without one."""
    there = [
        cart
        for cart in carts
        if cart.opened_at <= ticked_at and (cart.state.living or cart.last_active_at >= ticked_at - TOUCHED_WITHIN)
    ]
    return max(there, key=lambda cart: (cart.opened_at, cart.cart_id), default=None)


def began_at(ticked_at: datetime, cart: Cart | None) -> datetime:
    """The earliest moment of intent: a purchase since then is of what the shopper ticked the box for."""
    return ticked_at if cart is None else min(ticked_at, cart.opened_at)


def answer_question(ask: QuestionAsk, facts: QuestionFacts) -> Answer:
    """Decide whether the question may leave now. Nobody is drawn for a control group: a question reminds of nothing."""
    return answer_by(why_never_asked(ask, facts), facts.terms, facts.due_at)


def why_never_asked(ask: QuestionAsk, facts: QuestionFacts) -> Reason | None:
    """The reason that no waiting removes, None without one."""
    if facts.finding is not None:
        return reason_of(facts.finding)
    if facts.cart is not None and facts.cart.state in (CartState.BOUGHT, CartState.BOUGHT_UNCERTAIN):
        return Reason(facts.cart.state.value)
    if facts.withdrawn is not None:
        return facts.withdrawn
    return Reason.TOO_LATE if facts.now > ask.not_after else None


def why_taken_back(
    tick_position: int | None, withdrawals: Iterable[Withdrawal], confirmations: Iterable[Confirmation]
) -> Reason | None:
    """The reason why this recipient may not be asked: a no received since the tick. A new tick asks about an older no.

    Behind the barrier the tick is known; where it is gone all the same, every no counts.
    """
    since = 0 if tick_position is None else tick_position
    return why_silent([no for no in withdrawals if no.position > since], confirmations)


def after_answer(question: Question, given: Answer, now: datetime) -> Question:
    """The question once its answer is stored. What waited for a merchant waits for the source's newest orders again."""
    match given:
        case Withheld() | Cancelled():
            return replace(question, final=given)
        case Postponed(reason) if reason is not Reason.SOURCE_STALE:
            return replace(question, due_at=now)
        case _:
            return question
