"""The set-up claims no cart that the merchant has not compared, and names what is missing of carts and contacts."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.onboarding.setup.cart_reading import NO, YES, carts_step, contacts_step, is_met
from services.onboarding.setup.checklist import Question, Seen, Statement, StepState
from shared.events.envelope import Channel, Money
from shared.events.settings import Campaign, CampaignStep
from shared.events.signals import SampledCart, SampledLine
from tests.support.builders.onboarding import NOON, a_site

TOTAL = Money(minor=6495, currency="USD")
DAY = timedelta(days=1)


def a_cart(reader: str | None = "shopify", **changes: Any) -> dict[str, Any]:
    cart = SampledCart(lines=(SampledLine(name="Harbor Red", quantity=1),), total=TOTAL, reader=reader)
    return {"cart": cart.model_copy(update=changes).model_dump(mode="json"), "host": "shop.example", "path": "/cart"}


def a_signal(sample: dict[str, Any] | None = None, at: datetime = NOON) -> dict[str, Any]:
    return {"last_at": at, "count": 1, "sample": sample or {}}


def seen(signals: dict[str, dict[str, Any]], reader: str | None = "shopify", **answers: str) -> Seen:
    stated = {Question(name): Statement(Question(name), answer, reader, NOON, "anna") for name, answer in answers.items()}
    return Seen(signals, None, NOON, statements=stated)


def test_a_cart_is_verified_only_once_the_merchant_has_found_it_right() -> None:
    signals = {"cart_seen": a_signal(a_cart())}

    before, after = carts_step(seen(signals)), carts_step(seen(signals, cart_is_right=YES))

    assert (before.state, after.state) == (StepState.CLAIMED, StepState.VERIFIED)
    assert after.proof == "shop.example/cart, read by: shopify"


def test_a_cart_that_came_after_a_readers_failure_shows_that_it_is_past() -> None:
    signals = {"reader_failed": a_signal(at=NOON - timedelta(minutes=1)), "cart_seen": a_signal(a_cart())}

    assert carts_step(seen(signals, cart_is_right=YES)).state is StepState.VERIFIED


def test_a_cart_found_wrong_is_asked_about_anew_when_another_reader_reads_it() -> None:
    wrong = carts_step(seen({"cart_seen": a_signal(a_cart())}, cart_is_right=NO))
    pointed = carts_step(seen({"cart_seen": a_signal(a_cart("pointing"))}, cart_is_right=NO))

    assert (wrong.state, wrong.fault) == (StepState.BROKEN, "cart_is_wrong")
    assert pointed.state is StepState.CLAIMED


@pytest.mark.parametrize("answer", [YES, NO])
def test_an_answer_lapses_when_the_cart_is_read_in_another_way(answer: str) -> None:
    found = seen({"cart_seen": a_signal(a_cart("pointing"))}, "pointing", cart_is_right=answer)
    by_another = seen({"cart_seen": a_signal(a_cart("data layer"))}, "pointing", cart_is_right=answer)

    steps = [
        carts_step(found),
        carts_step(replace(found, pointed_at=NOON - DAY)),
        carts_step(by_another),
        carts_step(replace(found, pointed_at=NOON + DAY)),
        carts_step(replace(seen({"cart_seen": a_signal(a_cart())}, cart_is_right=answer), pointed_at=NOON + DAY)),
    ]

    stated = StepState.VERIFIED if answer == YES else StepState.BROKEN
    assert [step.state for step in steps] == [stated, stated, StepState.CLAIMED, StepState.CLAIMED, stated]
    assert "in another way than the one that you compared" in steps[2].sentence


@pytest.mark.parametrize(
    ("signals", "fault"),
    [
        ({"order_seen": a_signal()}, "no_carts"),
        ({"order_seen": a_signal(), "cart_seen": a_signal(a_cart(), NOON - 2 * DAY)}, "no_carts"),
        ({"cart_seen": a_signal(a_cart(unread_lines=2))}, "lines_unread"),
        ({"cart_seen": a_signal(a_cart(total=None))}, "no_total"),
        ({"reader_failed": a_signal({"field": "data layer: TypeError"})}, "reader_failed"),
        ({"cart_seen": a_signal(a_cart(), NOON - DAY), "reader_failed": a_signal()}, "reader_failed"),
    ],
)
def test_what_is_wrong_with_carts_has_a_name_a_sentence_and_a_remedy(signals: dict[str, Any], fault: str) -> None:
    step = carts_step(seen(signals))

    assert (step.state, step.fault) == (StepState.BROKEN, fault)
    assert step.sentence.endswith(".")
    assert "Point at your cart" in step.remedy


def test_an_order_within_a_day_of_the_last_cart_is_no_sign_that_carts_stopped() -> None:
    signals = {"order_seen": a_signal(), "cart_seen": a_signal(a_cart(), NOON - DAY)}

    assert carts_step(seen(signals, cart_is_right=YES)).state is StepState.VERIFIED


def test_the_phone_counts_only_where_the_campaign_has_texts() -> None:
    pushed = CampaignStep(delay_seconds=60, channel_order=(Channel.PUSH,), template="{brand} {link} STOP")
    pushing = a_site().model_copy(update={"campaign": Campaign(id="default", steps=(pushed,))})
    found = seen({"email_seen": a_signal()})

    assert contacts_step(pushing, found).state is StepState.VERIFIED
    assert contacts_step(a_site(), found).sentence == "Not found yet: phone."


def test_a_ticked_box_beside_the_phone_is_a_phone_that_was_found() -> None:
    found = seen({"email_seen": a_signal(), "opt_in_seen": a_signal()})

    assert contacts_step(a_site(), found).state is StepState.VERIFIED


def test_orders_of_shoppers_whom_nobody_knew_name_what_to_do() -> None:
    step = contacts_step(a_site(), seen({"order_seen": a_signal()}))

    assert (step.state, step.fault) == (StepState.BROKEN, "no_contacts")
    assert "setEmail" in step.remedy


KINDS = ("order_seen", "email_seen", "phone_seen", "opt_in_seen")
SIGNALS = st.dictionaries(st.sampled_from(KINDS), st.integers(-100, 100).map(lambda h: a_signal({}, NOON + timedelta(hours=h))))
CARTS = st.none() | st.builds(
    lambda reader, lines, total: a_signal(a_cart(reader, unread_lines=lines, total=TOTAL if total else None)),
    st.none() | st.sampled_from(("shopify", "pointing")),
    st.integers(0, 2),
    st.booleans(),
)


@given(signals=SIGNALS, cart=CARTS, answer=st.none() | st.sampled_from((YES, NO)))
def test_without_the_choice_of_own_code_nothing_is_met_that_is_not_verified(
    signals: dict[str, Any], cart: dict[str, Any] | None, answer: str | None
) -> None:
    answers = {} if answer is None else {"cart_is_right": answer}
    found = seen(signals | ({} if cart is None else {"cart_seen": cart}), **answers)

    for step in (carts_step(found), contacts_step(a_site(), found)):
        assert is_met(step, found) is (step.state is StepState.VERIFIED)
        assert bool(step.remedy) or step.state in (StepState.VERIFIED, StepState.CLAIMED)
    assert carts_step(found).state is not StepState.VERIFIED or answer == YES


@given(signals=SIGNALS, cart=CARTS)
def test_who_sends_carts_from_own_code_is_kept_from_going_live_by_neither_step(
    signals: dict[str, Any], cart: dict[str, Any] | None
) -> None:
    found = seen(signals | ({} if cart is None else {"cart_seen": cart}), own_carts=YES)

    assert is_met(carts_step(found), found)
    assert is_met(contacts_step(a_site(), found), found)
