"""Observe mode: each cart is in one of the two lists, with the text or with the reason."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.onboarding.observing import WouldNot, WouldSend, observe
from shared.messages.rendering import ReminderFields, render
from tests.unit.onboarding.test_campaigns import LINK, a_site

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


def seen(*events: dict[str, Any]) -> list[WouldSend | WouldNot]:
    """One event a minute."""
    heard = [(NOON + timedelta(minutes=n), event) for n, event in enumerate(events)]
    return observe(CART, heard, a_site(), LINK)


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
