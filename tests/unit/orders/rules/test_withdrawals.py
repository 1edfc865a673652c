"""The last withdrawal or confirmation: by the order in which orders read each, and by the cause of a yes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.orders.rules.evidence import visitor_key
from services.orders.rules.opt_in import why_taken_back
from services.orders.rules.withdrawals import Confirmation, Withdrawal, confirmations_in, why_silent, withdrawals_in
from shared.events.envelope import ContactKind, Origin, Recipient
from shared.events.message import ContactConfirmed
from shared.events.reasons import Reason
from shared.events.storefront import PushSubscribed, PushUnsubscribed
from tests.support.builders.orders import SITE, an_id

EXAMPLES = Path(__file__).parents[3] / "contract" / "examples"
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
TICK = an_id("tick")
SUBSCRIPTION = "i1.p1.AbCdEfGhIjKlMnOpQrStUv"
HOURS = [timedelta(hours=hours) for hours in (-1, 0, 1)]


def a_no(position: int, *, from_shop: bool = True, at: datetime = NOON, reason: Reason = Reason.WITHDRAWN) -> Withdrawal:
    return Withdrawal(SITE, "sms", "i1.p1.a", an_id(), at, reason, from_shop, position)


def a_yes(position: int, *, ticked: int | None, cause: UUID | None = TICK, at: datetime = NOON) -> Confirmation:
    return Confirmation(SITE, "sms", "i1.p1.a", "laptop", an_id(), at, cause, position, ticked)


@pytest.mark.parametrize("off", HOURS)
def test_a_yes_delivered_after_a_withdrawal_lifts_it_only_when_its_tick_was_later(off: timedelta) -> None:
    """Whatever the clocks of browser and handset show."""
    no = a_no(5, at=NOON + off)

    assert why_silent([no], [a_yes(9, ticked=2)]) is Reason.WITHDRAWN
    assert why_silent([no], [a_yes(9, ticked=7)]) is None
    assert why_silent([no], [a_yes(9, ticked=None)]) is Reason.WITHDRAWN


@pytest.mark.parametrize("off", HOURS)
def test_of_two_replies_of_a_handset_the_one_received_later_counts(off: timedelta) -> None:
    stop = a_no(5, from_shop=False, at=NOON + off)

    assert why_silent([stop], [a_yes(4, ticked=1)]) is Reason.WITHDRAWN
    assert why_silent([stop], [a_yes(6, ticked=1)]) is None


def test_a_push_subscription_is_its_own_cause() -> None:
    assert why_silent([a_no(5)], [a_yes(6, ticked=None, cause=None)]) is None
    assert why_silent([a_no(5)], [a_yes(4, ticked=None, cause=None)]) is Reason.WITHDRAWN


def test_each_no_needs_a_yes_of_its_own_and_the_last_is_named() -> None:
    shop, carrier = a_no(5), a_no(8, from_shop=False, reason=Reason.CONTACT_INVALID)

    assert why_silent([shop, carrier], []) is Reason.CONTACT_INVALID
    assert why_silent([shop, carrier], [a_yes(9, ticked=2)]) is Reason.WITHDRAWN
    assert why_silent([shop, carrier], [a_yes(9, ticked=6)]) is None


def test_a_question_is_asked_after_an_older_no_and_not_after_a_newer_one() -> None:
    assert why_taken_back(6, [a_no(5)], []) is None
    assert why_taken_back(4, [a_no(5)], []) is Reason.WITHDRAWN
    assert why_taken_back(None, [a_no(5)], []) is Reason.WITHDRAWN


def an_example(event_type: str) -> object:
    return json.loads((EXAMPLES / f"{event_type}.v1.json").read_text())[0]


def test_a_browser_that_unsubscribes_withdraws_for_all_that_it_was_subscribed_to() -> None:
    event = PushUnsubscribed.model_validate(an_example("push.unsubscribed"))
    known = event.model_copy(update={"recipient": Recipient(kind=ContactKind.PUSH_ENDPOINT, index=SUBSCRIPTION)})

    assert [(each.channel, each.key) for each in withdrawals_in(event)] == [("push", visitor_key(event.visitor_id))]
    assert [(each.channel, each.key) for each in withdrawals_in(known)] == [("push", SUBSCRIPTION)]


def test_a_push_subscription_binds_the_browser_that_asked_and_no_back_office() -> None:
    event = PushSubscribed.model_validate(an_example("push.subscribed"))
    office = event.model_copy(update={"origin": Origin.BACK_OFFICE})

    (yes,) = confirmations_in(event)

    assert (yes.channel, yes.visitor_id, yes.recipient_index) == ("push", event.visitor_id, event.subscription.index)
    assert yes.consent_event_id is None
    assert confirmations_in(office) == []


@pytest.mark.parametrize(
    ("kind", "channel", "has_cause"), [(ContactKind.PHONE, "sms", True), (ContactKind.PUSH_ENDPOINT, "push", False)]
)
def test_a_yes_counts_from_its_tick_only_where_a_handset_answered(kind: ContactKind, channel: str, has_cause: bool) -> None:
    event = ContactConfirmed.model_validate(an_example("contact.confirmed"))
    event = event.model_copy(update={"recipient": Recipient(kind=kind, index=SUBSCRIPTION)})

    (yes,) = confirmations_in(event)

    assert (yes.channel, yes.recipient_index) == (channel, SUBSCRIPTION)
    assert yes.consent_event_id == (event.consent_event_id if has_cause else None)


def test_a_yes_is_no_withdrawal_and_a_withdrawal_no_yes() -> None:
    event = PushUnsubscribed.model_validate(an_example("push.unsubscribed"))
    tick = ContactConfirmed.model_validate(an_example("contact.confirmed"))

    assert confirmations_in(event) == []
    assert withdrawals_in(tick) == []
