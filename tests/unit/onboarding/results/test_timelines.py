"""Every reason reaches the screen in words."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.onboarding.results.timelines import entry_of, title_of
from services.onboarding.web.reason_texts import REASONS, reason_text
from shared.events.catalogue import CART_EVENTS, MESSAGE_EVENTS, NUDGE_EVENTS
from shared.events.envelope import Event
from shared.events.reasons import Reason

EXAMPLES = Path(__file__).parents[3] / "contract" / "examples"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SHOWN = (CART_EVENTS, NUDGE_EVENTS, MESSAGE_EVENTS)
CARRIERS = ("nudge.withheld", "nudge.postponed", "nudge.cancelled", "nudge.lapsed", "message.failed", "message.declined")


def an_example(event_type: str) -> dict[str, Any]:
    loaded: list[dict[str, Any]] = json.loads((EXAMPLES / f"{event_type}.v1.json").read_text())
    return loaded[0]


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_a_sentence_of_its_own(reason: Reason) -> None:
    assert REASONS[reason].endswith(".")
    assert (
        reason.value not in REASONS[reason].replace(" ", "_").lower() or reason is Reason.SUPPRESSED or " " in REASONS[reason]
    )
    assert list(REASONS.values()).count(REASONS[reason]) == 1


@pytest.mark.parametrize("event_type", CARRIERS)
@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_shown_on_each_event_that_carries_one(event_type: str, reason: Reason) -> None:
    entry = entry_of({**an_example(event_type), "reason": reason.value}, NOON)

    assert entry.sentence == reason_text(reason.value)
    assert entry.reason == reason.value


def test_a_reason_of_a_later_version_is_shown_as_another_reason() -> None:
    assert reason_text("a_reason_of_next_year") == REASONS[Reason.OTHER]


@pytest.mark.parametrize("event", [event for topic in SHOWN for event in topic.events], ids=lambda event: event.__name__)
def test_no_title_shows_an_internal_name(event: type[Event]) -> None:
    title = title_of(an_example(event.model_fields["type"].default))

    assert "." not in title
    assert "_" not in title


@pytest.mark.parametrize(
    ("order_id", "shown"),
    [("1001", "1001"), ("#W-2024/17", "#W-2024/17"), (None, "without a number"), ("visit evil.tld 1", None), ("urgent", None)],
)
def test_an_order_is_named_by_a_number_and_not_by_words(order_id: str | None, shown: str | None) -> None:
    title = title_of({**an_example("order.reconciled"), "order_id": order_id})

    assert title.startswith(f"Order {shown or 'with a number that cannot be shown'}:")


def test_an_attempt_that_was_given_up_is_shown_as_such() -> None:
    entry = entry_of({**an_example("message.unresolved"), "given_up": True}, NOON)

    assert entry.title == "Reminder unresolved, given up"
    assert entry.reason == "given_up"


def test_an_abandoned_cart_names_what_read_it() -> None:
    example = {**an_example("cart.abandoned"), "planned": []}

    read, sent = entry_of({**example, "reader": "data layer"}, NOON), entry_of({**example, "reader": None}, NOON)

    assert read.sentence == f"{sent.sentence} Read by: data layer."


@pytest.mark.parametrize(("planned", "sentence"), [(0, "0 reminders"), (1, "1 reminder"), (2, "2 reminders")])
def test_an_abandoned_cart_counts_the_reminders_that_are_planned(planned: int, sentence: str) -> None:
    example = an_example("cart.abandoned")

    entry = entry_of({**example, "planned": example["planned"][:1] * planned, "reader": None}, NOON)

    assert entry.sentence == f"{sentence} planned."
