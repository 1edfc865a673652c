"""How fast one sender may send, and who goes first."""

from heapq import heapify, heappop, heappush

from hypothesis import given
from hypothesis import strategies as st

from services.notify.delivery.rate_limiter import RateLimiter
from shared.events.message import MessageKind

ANSWER, REMINDER, QUESTION = MessageKind.ACKNOWLEDGEMENT, MessageKind.REMINDER, MessageKind.QUESTION


def test_a_burst_goes_at_once_and_then_one_by_one() -> None:
    rate_limiter = RateLimiter(rate_per_second=2, burst=3)

    assert [rate_limiter.take("a", QUESTION, 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert rate_limiter.take("a", QUESTION, 0.5) == 0.0


def test_senders_do_not_wait_for_each_other() -> None:
    rate_limiter = RateLimiter(rate_per_second=1, burst=1)
    rate_limiter.take("a", QUESTION, 0.0)

    assert rate_limiter.take("a", QUESTION, 0.0) == 1.0
    assert rate_limiter.take("b", QUESTION, 0.0) == 0.0


def test_a_sender_that_is_too_fast_has_half_the_rate_for_a_minute() -> None:
    rate_limiter = RateLimiter(rate_per_second=2, burst=1)

    rate_limiter.slow_down("a", 0.0)

    assert rate_limiter.take("a", ANSWER, 0.0) == 1.0
    assert rate_limiter.take("a", ANSWER, 1.0) == 0.0
    assert [rate_limiter.take("a", ANSWER, 62.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_the_rate_never_falls_to_zero() -> None:
    rate_limiter = RateLimiter(rate_per_second=1, burst=1)
    for _ in range(20):
        rate_limiter.slow_down("a", 0.0)

    assert rate_limiter.take("a", ANSWER, 0.0) == 10.0


@given(st.integers(1, 1000), st.floats(0.1, 100), st.integers(1, 20))
def test_a_stop_is_answered_at_once_whatever_waits(waiting: int, rate: float, burst: int) -> None:
    rate_limiter = RateLimiter(rate, burst)
    for _ in range(waiting):
        rate_limiter.take("a", QUESTION, 0.0)

    assert rate_limiter.take("a", REMINDER, 0.0) == 0.0
    assert rate_limiter.take("a", ANSWER, 0.0) == 0.0


@given(st.lists(st.sampled_from([QUESTION, REMINDER]), max_size=100))
def test_a_slot_that_comes_free_goes_to_the_answer_first(tries: list[MessageKind]) -> None:
    rate_limiter = RateLimiter(rate_per_second=1, burst=1)
    while rate_limiter.take("a", ANSWER, 0.0) == 0.0:
        pass

    assert [rate_limiter.take("a", kind, 1.0) > 0 for kind in tries] == [True] * len(tries)
    assert rate_limiter.take("a", ANSWER, 1.0) == 0.0


def served(rate: float, seconds: float, wants: dict[str, int]) -> list[str]:
    """Sites in the order in which they got slots, each message coming back a moment after the wait that it was given."""
    rate_limiter, order = RateLimiter(rate, burst=1), list[str]()
    due = [(0.0, site, number) for site, count in wants.items() for number in range(count)]
    heapify(due)
    while due and due[0][0] <= seconds:
        moment, site, number = heappop(due)
        if (wait := rate_limiter.take("a", REMINDER, moment, site)) > 0:
            heappush(due, (moment + wait + 0.02 * (1 + number % 7), site, number))
        else:
            order.append(site)
    return order


def test_sites_that_share_a_sender_are_served_round_robin() -> None:
    order = served(1.0, 60.0, {"a-sale": 300, "small": 5})

    assert [place for place, site in enumerate(order) if site == "small"][-1] <= 15


@given(st.floats(0.5, 5), st.integers(1, 5), st.integers(20, 60))
def test_a_site_gets_its_share_beside_however_large_a_flood(rate: float, few: int, many: int) -> None:
    order = served(rate, 40 / rate, {"a-sale": many, "small": few, "other": few})

    assert order.count("small") == order.count("other") == few


@given(st.floats(0.5, 50), st.integers(1, 100))
def test_a_site_that_gave_up_its_place_delays_the_others_for_a_moment_only(rate: float, many: int) -> None:
    rate_limiter = RateLimiter(rate, burst=1)
    while rate_limiter.take("a", REMINDER, 0.0, "b") == 0.0:
        pass
    rate_limiter.take("a", REMINDER, 0.0, "gone")

    assert rate_limiter.take("a", REMINDER, 2 / rate + 1.1, "b") == 0.0
