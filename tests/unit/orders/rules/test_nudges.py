"""A nudge's states, and the reasons that no waiting removes: by the rules alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.rules.carts import Cart, CartState, first_seen
from services.orders.rules.evidence import Unclear
from services.orders.rules.granting import Ask, Cancelled, Facts, Granted, Postponed, Terms, Withheld, answer
from services.orders.rules.nudges import Nudge, NudgeState, answered, cancelled, ended, final_answer_of, lapsed, not_sent
from services.orders.rules.opt_in import QuestionAsk, QuestionFacts, answer_question
from shared.events.reasons import Reason
from shared.events.settings import SiteMode
from tests.support.builders.orders import LAPTOP, NOON, PHONE, SITE, a_cart_update, an_id, an_index, at

TERMS = Terms(SiteMode.LIVE, is_test_recipient=False, paused=False, held=False, needs_source=False, source_fresh_through=None)
CART = replace(first_seen(a_cart_update(LAPTOP, NOON)), state=CartState.ABANDONED, abandonment=1, abandoned_at=at(30))
FACTS = Facts(CART, None, None, TERMS, abandonment=1, due_at=at(30), not_after=at(30) + timedelta(hours=48), now=at(31))
ANSWERS = [Granted(), Withheld(Reason.TEST_MODE), Postponed(Reason.PAUSED), Cancelled(Reason.BOUGHT)]


def an_ask(cart: Cart = CART, *, visitor_id: str = LAPTOP) -> Ask:
    return Ask(SITE, "attempt-1", an_id("nudge"), cart.cart_id, visitor_id, "sms", an_index("anna"), 1)


def a_nudge(state: NudgeState = NudgeState.DUE, attempt: str | None = None) -> Nudge:
    return Nudge(
        site_id=SITE,
        nudge_id=an_id("nudge"),
        cart_id=CART.cart_id,
        visitor_id=LAPTOP,
        abandonment=1,
        campaign_id="autumn",
        step=1,
        channels=("sms",),
        due_at=at(30),
        not_after=at(90),
        state=state,
        granted_attempt=attempt,
    )


def test_an_abandoned_cart_is_granted() -> None:
    assert answer(an_ask(), FACTS) == Granted()


def test_a_cart_that_was_erased_is_never_reminded_of() -> None:
    assert answer(an_ask(), replace(FACTS, cart=None)) == Cancelled(Reason.ERASED)


def test_a_cart_is_reminded_of_in_its_own_browser_alone() -> None:
    assert answer(an_ask(visitor_id=PHONE), FACTS) == Cancelled(Reason.NO_CHANNEL)


def test_a_browser_whose_keys_lead_to_too_many_people_is_not_reminded() -> None:
    assert answer(an_ask(), replace(FACTS, finding=Unclear())) == Cancelled(Reason.IDENTITY_UNCLEAR)


@pytest.mark.parametrize("state", [CartState.BOUGHT, CartState.BOUGHT_UNCERTAIN])
def test_nobody_is_asked_beside_a_cart_that_ended_as_bought(state: CartState) -> None:
    bought = replace(CART, state=state)
    facts = QuestionFacts(bought, finding=None, withdrawn=None, terms=TERMS, due_at=at(30), now=at(31))
    question = QuestionAsk(SITE, "q-1", an_id("tick"), LAPTOP, "sms", an_index("anna"), 1, at(10), at(10) + timedelta(hours=48))

    assert answer_question(question, facts) == Cancelled(Reason(state.value))
    assert answer_question(question, replace(facts, cart=CART)) == Granted()


@pytest.mark.parametrize(
    ("given", "state"),
    [(Withheld(Reason.TEST_MODE), NudgeState.WITHHELD), (Cancelled(Reason.BOUGHT), NudgeState.CANCELLED)],
)
def test_a_finished_nudge_answers_what_it_answered_before(given: Withheld | Cancelled, state: NudgeState) -> None:
    nudge = answered(a_nudge(), given, "attempt-1")

    assert (nudge.state, final_answer_of(nudge)) == (state, given)


def test_a_cancelled_nudge_is_cancelled_for_every_later_ask() -> None:
    assert final_answer_of(cancelled(a_nudge(), Reason.BOUGHT)) == Cancelled(Reason.BOUGHT)


def test_a_nudge_whose_time_ran_out_has_no_answer_to_repeat() -> None:
    nudge = lapsed(a_nudge(), Reason.TOO_LATE)

    assert (nudge.state, nudge.final_reason, final_answer_of(nudge)) == (NudgeState.LAPSED, Reason.TOO_LATE, None)


@pytest.mark.parametrize("given", ANSWERS)
def test_only_a_grant_names_the_attempt_that_may_call(given: Granted | Withheld | Postponed | Cancelled) -> None:
    nudge = answered(a_nudge(NudgeState.GRANTED, attempt="attempt-1"), given, "attempt-2")

    assert nudge.granted_attempt == ("attempt-2" if isinstance(given, Granted) else None)


def test_a_failed_attempt_frees_its_own_grant_and_no_later_one() -> None:
    nudge = a_nudge(NudgeState.GRANTED, attempt="attempt-2")

    own, older = not_sent(nudge, "attempt-2", "carrier_down"), not_sent(nudge, "attempt-1", "carrier_down")

    assert (own.state, own.granted_attempt, own.last_reason) == (NudgeState.DUE, None, "carrier_down")
    assert (older.state, older.granted_attempt, older.last_reason) == (NudgeState.GRANTED, "attempt-2", "carrier_down")


@given(st.sampled_from(NudgeState), st.one_of(st.none(), st.sampled_from(["accepted", "carrier_refused"])))
def test_what_notify_reports_ends_only_a_nudge_that_is_under_way(state: NudgeState, reason: str | None) -> None:
    before = replace(a_nudge(state), last_reason="earlier")

    after = ended(before, reason)

    if state in (NudgeState.DUE, NudgeState.GRANTED):
        assert (after.state, after.last_reason) == (NudgeState.ENDED, reason or "earlier")
    else:
        assert after == before
