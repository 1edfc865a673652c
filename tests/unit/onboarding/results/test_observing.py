"""Observe mode: each cart is in one of the two lists, with the text or with the reason."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.onboarding.results.observing import WouldAsk, WouldNot, WouldSend, observe
from shared.messages.rendering import ReminderFields, question, render
from tests.unit.onboarding.campaign.test_drafts import LINK, a_site

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
CART = UUID(int=7)
DUE: dict[str, Any] = {"type": "nudge.due", "nudge_id": "n", "step": 1, "cart": {"items": [{"quantity": 2}, {"quantity": 1}]}}
PREPARED = {"type": "message.prepared", "nudge_id": "n", "channel": "sms"}
OBSERVING = {"type": "nudge.withheld", "nudge_id": "n", "reason": "observing"}
DECLINED = {"type": "message.declined", "nudge_id": "n", "reason": "no_consent"}
LAPSED = {"type": "nudge.lapsed", "nudge_id": "n", "reason": "no_consent"}
CANCELLED = {"type": "nudge.cancelled", "nudge_id": "n", "step": 1, "reason": "bought"}
BOUGHT = {"type": "cart.closed", "outcome": "bought"}
EXPIRED = {"type": "cart.closed", "outcome": "expired"}


def seen(*events: dict[str, Any]) -> list[WouldSend | WouldNot | WouldAsk]:
    """One event a minute."""
    timed = [(NOON + timedelta(minutes=n), event) for n, event in enumerate(events)]
    return observe(CART, timed, a_site(), LINK)


def test_a_reminder_held_back_for_observing_shows_the_text_that_would_have_gone() -> None:
    text = render(a_site().campaign.steps[0].template, ReminderFields(a_site().name, 3, LINK))

    found = seen(DUE, PREPARED, OBSERVING)

    assert found == [WouldSend(CART, NOON + timedelta(minutes=2), 1, "sms", text, bought_later=False)]


def test_who_bought_after_it_would_have_gone_out_is_still_one_who_would_have_got_it() -> None:
    [found] = seen(DUE, PREPARED, OBSERVING, BOUGHT)

    assert isinstance(found, WouldSend)
    assert found.bought_later


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ((DUE, DECLINED), "no_consent"),
        ((DUE, DECLINED, LAPSED, EXPIRED), "no_consent"),
        ((DUE, DECLINED, BOUGHT), "bought"),
        ((CANCELLED,), "bought"),
        ((DUE, PREPARED, {**OBSERVING, "reason": "control_group"}), "control_group"),
    ],
)
def test_who_would_get_nothing_has_the_newest_reason(events: tuple[dict[str, Any], ...], reason: str) -> None:
    [found] = seen(*events)

    assert isinstance(found, WouldNot)
    assert found.reason == reason


def test_a_cart_that_still_waits_is_in_no_list() -> None:
    assert seen(DUE, PREPARED) == []


def test_a_step_that_the_campaign_lost_has_no_text() -> None:
    [found] = seen({**DUE, "step": 3}, PREPARED, OBSERVING)

    assert isinstance(found, WouldSend)
    assert found.text == ""


TICKED = {"type": "opt_in.handled", "outcome": "refused", "reason": "observing"}
UNCONFIRMED = {"type": "message.declined", "nudge_id": "n", "reason": "not_confirmed"}


def test_who_ticked_the_box_would_have_been_asked_and_then_reminded() -> None:
    text = render(a_site().campaign.steps[0].template, ReminderFields(a_site().name, 3, LINK))

    found = seen(TICKED, DUE, UNCONFIRMED)

    assert found == [WouldAsk(CART, NOON, question(a_site().name), 1, text, None, bought_later=False)]


@pytest.mark.parametrize(
    ("events", "reason", "bought_later"),
    [
        ((TICKED, DUE, UNCONFIRMED, {**LAPSED, "reason": "not_confirmed"}, EXPIRED), None, False),
        ((TICKED, DUE, UNCONFIRMED, BOUGHT), None, True),
        ((TICKED, CANCELLED, BOUGHT), "bought", True),
        ((TICKED, DUE, {**DECLINED, "reason": "suppressed"}), "suppressed", False),
        ((TICKED, {**DUE, "channels": ["push"]}, {**DECLINED, "reason": "no_channel"}), "no_channel", False),
    ],
)
def test_what_would_have_followed_a_yes_is_shown_or_why_nothing(
    events: tuple[dict[str, Any], ...], reason: str | None, bought_later: bool
) -> None:
    [found] = seen(*events)

    assert isinstance(found, WouldAsk)
    assert (found.reason, found.bought_later, bool(found.text)) == (reason, bought_later, reason is None)


def test_who_would_get_a_push_and_the_question_is_in_both_lists() -> None:
    found = seen(TICKED, DUE, {**PREPARED, "channel": "push"}, OBSERVING)

    assert [type(each) for each in found] == [WouldSend, WouldAsk]


def test_a_number_asked_without_an_answer_is_not_listed_as_would_have_been_asked() -> None:
    [found] = seen({**TICKED, "outcome": "asked", "reason": None}, DUE, UNCONFIRMED)

    assert isinstance(found, WouldNot)
    assert found.reason == "not_confirmed"
