"""The promises hold in every run; with a guard taken out they do not, and the simulation sees it."""

import logging
from collections import Counter
from collections.abc import Iterator

import pytest
import structlog

from shared.events.nudge import NudgeCancelled, NudgeGranted, QuestionCancelled
from tests.simulator.databases import NotifyDatabase
from tests.simulator.mutations import (
    EveryCartIsNew,
    NobodyWaitsForTheMarker,
    NoIndex,
    NothingIsUnique,
    NudgesForget,
    UnconfirmedIsFine,
    the_clock_is_believed,
)
from tests.simulator.run import Build, Result, simulate

SEEDS = range(120)
FEW = range(25)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of warnings about faults that are meant to happen."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


def first_broken(build: Build, kind: str) -> str | None:
    """The first broken promise of a kind that the seeds show."""
    for seed in SEEDS:
        for broken in simulate(seed, build).broken:
            if broken.startswith(kind):
                return f"seed {seed}: {broken}"
    return None


def test_no_seed_breaks_a_promise() -> None:
    counted: Counter[str] = Counter()

    for seed in SEEDS:
        result = simulate(seed)
        assert result.broken == [], f"seed {seed}"
        counted += counts_of(result)

    assert counted["calls"] > 180
    assert counted["granted"] > counted["calls"], "some grants came too late to be used"
    assert counted["cancelled"] > 180, "orders did come between an ask and its answer"
    assert counted["questions"] > 120
    assert counted["questions cancelled"] > 120, "orders did come between a tick and its question"


def counts_of(result: Result) -> Counter[str]:
    """What a run was about."""
    emitted = result.history.emitted
    return Counter(
        {
            "questions": sum(call.attempt_id in result.history.questions for call in result.history.calls),
            "questions cancelled": sum(isinstance(event, QuestionCancelled) for event in emitted),
        }
    ) + Counter(
        calls=sum(call.attempt_id in result.history.reminders for call in result.history.calls),
        granted=sum(isinstance(event, NudgeGranted) for event in emitted),
        cancelled=sum(isinstance(event, NudgeCancelled) for event in emitted),
    )


def test_the_same_seed_is_the_same_run() -> None:
    one, other = simulate(7), simulate(7)

    assert [record.event.event_id for record in one.history.storefront] == [
        record.event.event_id for record in other.history.storefront
    ]
    assert [event.event_id for event in one.history.emitted] == [event.event_id for event in other.history.emitted]
    assert [(call.attempt_id, call.started_at) for call in one.history.calls] == [
        (call.attempt_id, call.started_at) for call in other.history.calls
    ]


def test_without_the_marker_a_call_follows_an_order() -> None:
    found = first_broken(Build(orders=NobodyWaitsForTheMarker), "P1")

    assert found is not None


def test_without_the_marker_a_question_follows_an_order() -> None:
    found = first_broken(Build(orders=NobodyWaitsForTheMarker), "P1: question")

    assert found is not None


def test_where_the_shops_clock_is_believed_a_call_follows_an_order() -> None:
    found = first_broken(Build(moment=the_clock_is_believed), "P1")

    assert found is not None


def test_where_every_cart_is_new_a_call_follows_an_order_that_the_cart_repeats() -> None:
    found = first_broken(Build(orders=EveryCartIsNew), "P1")

    assert found is not None


def test_without_the_unique_index_a_message_is_sent_twice() -> None:
    found = first_broken(Build(notify=NoIndex), "P2")

    assert found is not None


def test_without_the_index_and_the_row_that_remembers_who_asks_a_nudge_is_sent_twice() -> None:
    found = first_broken(Build(notify=NothingIsUnique), "P2: nudge")

    assert found is not None


@pytest.mark.parametrize("database", [NudgesForget, NoIndex])
def test_either_of_the_two_keeps_a_nudge_from_being_sent_twice(database: type[NotifyDatabase]) -> None:
    broken = [simulate(seed, Build(notify=database)).broken for seed in FEW]

    assert [promise for each in broken for promise in each if not promise.startswith("P2: test")] == []


def test_calling_on_an_unconfirmed_commit_sends_twice() -> None:
    found = first_broken(Build(notify=UnconfirmedIsFine), "P2")

    assert found is not None
