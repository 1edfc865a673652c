"""How fast one sender may send, and who goes first."""

from hypothesis import given
from hypothesis import strategies as st

from services.notify.pace import Pace
from shared.events.message import MessageKind

ANSWER, REMINDER, QUESTION = MessageKind.ACKNOWLEDGEMENT, MessageKind.REMINDER, MessageKind.QUESTION


def test_a_burst_goes_at_once_and_then_one_by_one() -> None:
    pace = Pace(rate_per_second=2, burst=3)

    assert [pace.take("a", QUESTION, 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert pace.take("a", QUESTION, 0.5) == 0.0


def test_senders_do_not_wait_for_each_other() -> None:
    pace = Pace(rate_per_second=1, burst=1)
    pace.take("a", QUESTION, 0.0)

    assert pace.take("a", QUESTION, 0.0) == 1.0
    assert pace.take("b", QUESTION, 0.0) == 0.0


def test_who_is_too_fast_goes_at_half_the_pace_for_a_minute() -> None:
    pace = Pace(rate_per_second=2, burst=1)

    pace.slow_down("a", 0.0)

    assert pace.take("a", ANSWER, 0.0) == 1.0
    assert pace.take("a", ANSWER, 1.0) == 0.0
    assert [pace.take("a", ANSWER, 62.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_it_never_stands_still() -> None:
    pace = Pace(rate_per_second=1, burst=1)
    for _ in range(20):
        pace.slow_down("a", 0.0)

    assert pace.take("a", ANSWER, 0.0) == 10.0


@given(st.integers(1, 1000), st.floats(0.1, 100), st.integers(1, 20))
def test_who_says_stop_is_answered_at_once_whatever_waits(waiting: int, rate: float, burst: int) -> None:
    pace = Pace(rate, burst)
    for _ in range(waiting):
        pace.take("a", QUESTION, 0.0)

    assert pace.take("a", REMINDER, 0.0) == 0.0
    assert pace.take("a", ANSWER, 0.0) == 0.0


@given(st.lists(st.sampled_from([QUESTION, REMINDER]), max_size=100))
def test_a_slot_that_comes_free_goes_to_the_answer_first(tries: list[MessageKind]) -> None:
    pace = Pace(rate_per_second=1, burst=1)
    while pace.take("a", ANSWER, 0.0) == 0.0:
        pass

    assert [pace.take("a", kind, 1.0) > 0 for kind in tries] == [True] * len(tries)
    assert pace.take("a", ANSWER, 1.0) == 0.0
