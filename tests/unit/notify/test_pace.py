"""How fast one sender may send."""

from services.notify.pace import Pace


def test_a_burst_goes_at_once_and_then_one_by_one() -> None:
    pace = Pace(rate_per_second=2, burst=3)

    assert [pace.take("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert pace.take("a", 0.5) == 0.0


def test_senders_do_not_wait_for_each_other() -> None:
    pace = Pace(rate_per_second=1, burst=1)
    pace.take("a", 0.0)

    assert pace.take("a", 0.0) == 1.0
    assert pace.take("b", 0.0) == 0.0


def test_who_is_too_fast_goes_at_half_the_pace_for_a_minute() -> None:
    pace = Pace(rate_per_second=2, burst=1)

    pace.slow_down("a", 0.0)

    assert pace.take("a", 0.0) == 1.0
    assert pace.take("a", 1.0) == 0.0
    assert pace.take("a", 62.0) == 0.0
    assert pace.take("a", 62.0) == 0.5


def test_it_never_stands_still() -> None:
    pace = Pace(rate_per_second=1, burst=1)
    for _ in range(20):
        pace.slow_down("a", 0.0)

    assert pace.take("a", 0.0) == 10.0
