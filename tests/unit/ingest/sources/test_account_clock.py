"""The account's clock: wide until an order that two polls enclose shows it, and wide again once that fits no longer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.nexternal.clock import AccountClock, learn, moment_of, window_of
from services.ingest.sources.nexternal.replies import PolledOrder

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NEW_YORK = timedelta(hours=-5)
TEN_MINUTES = timedelta(minutes=10)
QUARTERS = st.integers(-48, 56).map(lambda n: timedelta(minutes=15) * n)


def shown(moment: datetime, offset: timedelta) -> datetime:
    """What a clock shows: to the minute, without a zone."""
    return (moment + offset).replace(second=0, microsecond=0, tzinfo=None)


def an_order(number: int, placed_at: datetime | None, *, has_browser: bool = True) -> PolledOrder:
    """An order of the account."""
    return PolledOrder(
        str(number), placed_at, "Unshipped", "Paid", "Consumer", "Customer", has_browser, "1.00", "5001", "", "", ()
    )


@given(QUARTERS, st.timedeltas(timedelta(0), TEN_MINUTES))
def test_an_online_order_between_two_polls_shows_the_offset_of_any_zone(offset: timedelta, since: timedelta) -> None:
    order = an_order(1002, shown(NOON - TEN_MINUTES + since, offset))

    known = learn(AccountClock(None, 1001), [order], NOON - TEN_MINUTES, NOON)

    assert known == AccountClock(offset, 1002)


@pytest.mark.parametrize(
    "order",
    [
        an_order(1002, shown(NOON, NEW_YORK), has_browser=False),  # staff may date it as they like
        an_order(1001, shown(NOON, NEW_YORK)),  # known before, and only changed now
        an_order(1002, shown(NOON - timedelta(minutes=20), NEW_YORK)),  # no offset in quarters of an hour fits
        an_order(1002, None),
    ],
)
def test_an_order_that_proves_nothing_teaches_nothing(order: PolledOrder) -> None:
    assert learn(AccountClock(None, 1001), [order], NOON - timedelta(minutes=1), NOON).offset is None


def test_a_first_poll_and_one_after_a_long_pause_teach_nothing() -> None:
    order = an_order(1002, shown(NOON, NEW_YORK))

    assert learn(AccountClock(None, None), [order], None, NOON) == AccountClock(None, 1002)
    assert learn(AccountClock(None, 1001), [order], NOON - timedelta(hours=3), NOON).offset is None


def test_an_offset_that_fits_no_longer_is_replaced_and_one_that_fits_stays() -> None:
    winter, summer = AccountClock(NEW_YORK, 1001), NEW_YORK + timedelta(hours=1)
    order = an_order(1002, shown(NOON, summer))

    assert learn(winter, [order], NOON - TEN_MINUTES, NOON).offset == summer
    assert learn(winter, [an_order(1002, shown(NOON, NEW_YORK))], NOON - timedelta(hours=3), NOON).offset == NEW_YORK


@given(QUARTERS, st.booleans(), st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_poll_asks_for_every_minute_since_the_last_one_on_any_clock(
    offset: timedelta, is_learned: bool, ago: timedelta
) -> None:
    minutes = window_of(NOON - ago, NOON, offset if is_learned else None)

    assert minutes.start <= shown(NOON - ago, offset)
    assert shown(NOON, offset) <= minutes.end


@given(st.timedeltas(timedelta(0), timedelta(hours=2) - timedelta(minutes=1)), st.sampled_from([None, NEW_YORK]))
def test_an_order_that_may_be_of_just_now_silences_up_to_its_receipt(ago: timedelta, offset: timedelta | None) -> None:
    moment = moment_of(shown(NOON - ago, NEW_YORK), NOON, offset)

    assert moment.fences_until >= NOON


def test_an_old_order_on_a_learned_clock_silences_nothing_that_was_opened_long_after() -> None:
    moment = moment_of(shown(NOON - timedelta(days=3), NEW_YORK), NOON, NEW_YORK)

    assert moment.placed_at == NOON - timedelta(days=3)
    assert moment.fences_until == NOON - timedelta(days=3) + timedelta(hours=1, minutes=1)
