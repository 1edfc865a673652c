"""When a recipient may be written to: in every zone the phone may be in, under every law that may apply."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.rules.country import region_of
from services.notify.rules.quiet_hours import LAWS, OPEN_HOURS, candidate_zones, closing, is_open, next_opening
from shared.events.settings import Hours

NEW_YORK, CHICAGO, LOS_ANGELES = "America/New_York", "America/Chicago", "America/Los_Angeles"
DAYS_8 = timedelta(days=8)
moments = st.integers(0, 2 * 365 * 86_400).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
zones = st.sets(
    st.sampled_from([NEW_YORK, CHICAGO, LOS_ANGELES, "America/Phoenix", "America/St_Johns"]),
    min_size=1,
    max_size=3,
)


def local(day: int, hour: int, minute: int = 0, second: int = 0, zone: str = NEW_YORK) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_every_law_names_its_source_and_none_is_wider_than_what_we_do() -> None:
    for law in LAWS:
        assert law.source
        days = [law.weekdays] * 5 + [law.saturday, law.sunday]
        for ours, theirs in zip(OPEN_HOURS, days, strict=True):
            assert theirs[0] <= ours[0] < ours[1] <= theirs[1], law.where


def test_the_strictest_hours_are_nine_to_six_ten_to_five_and_noon_to_five() -> None:
    assert OPEN_HOURS == ((9, 18),) * 5 + ((10, 17), (12, 17))


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (local(25, 8, 59, 59), False),
        (local(25, 9), True),
        (local(25, 17, 59, 59), True),
        (local(25, 18), False),
        (local(28, 9, 59, 59), False),
        (local(28, 10), True),
        (local(28, 17), False),
        (local(29, 11, 59, 59), False),
        (local(29, 12), True),
        (local(29, 17), False),
    ],
)
def test_it_opens_and_closes_to_the_second(moment: datetime, allowed: bool) -> None:
    assert is_open(moment, NEW_YORK) is allowed


def test_it_opens_when_the_last_zone_opens_and_closes_with_the_first() -> None:
    coast_to_coast = [NEW_YORK, LOS_ANGELES]
    morning = local(25, 9)

    assert next_opening(morning, coast_to_coast, Hours.LEGAL) == local(25, 12)
    assert closing(local(25, 12), coast_to_coast, Hours.LEGAL) == local(25, 18)


def test_from_any_second_of_the_night_the_first_moment_of_the_morning_is_found() -> None:
    assert next_opening(local(25, 3, 58, 31), [NEW_YORK], Hours.LEGAL) == local(25, 9)
    assert next_opening(local(27, 18, 0, 1), [NEW_YORK], Hours.LEGAL) == local(28, 10)


def test_the_demo_may_at_any_hour() -> None:
    night = local(25, 3)

    assert next_opening(night, [NEW_YORK], Hours.ALWAYS) == night
    assert closing(night, [NEW_YORK], Hours.ALWAYS) is None


def test_zones_that_are_never_open_together_never_open() -> None:
    assert next_opening(local(25, 12), ["Europe/London", "Pacific/Honolulu"], Hours.LEGAL) is None


def test_without_a_zone_nothing_opens() -> None:
    assert next_opening(local(25, 12), [], Hours.LEGAL) is None


@given(moments, zones)
def test_an_opening_is_open_everywhere_and_nothing_before_it_is(now: datetime, places: set[str]) -> None:
    opening = next_opening(now, places, Hours.LEGAL)

    assert opening is not None
    assert now <= opening <= now + DAYS_8
    assert all(is_open(opening, zone) for zone in places)
    before = opening - timedelta(seconds=1)
    assert opening == now or not all(is_open(before, zone) for zone in places)


@pytest.mark.parametrize("zone", [NEW_YORK, CHICAGO, LOS_ANGELES, "America/Phoenix", "America/Halifax"])
def test_a_year_of_quarter_hours_never_opens_outside_the_federal_hours(zone: str) -> None:
    """Through both changes of the clock."""
    moment, end, opened = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 0
    while moment < end:
        if is_open(moment, zone):
            opened += 1
            assert 8 <= moment.astimezone(ZoneInfo(zone)).hour < 21
        moment += timedelta(minutes=15)

    assert opened > 52 * 5 * 9 * 4 * 0.95


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+14232651234", {NEW_YORK, CHICAGO}),
        ("+14235550123", {NEW_YORK, CHICAGO}),
        ("+18505550123", {NEW_YORK, CHICAGO}),
        ("+12085550123", {"America/Boise", "America/Denver", LOS_ANGELES}),
        ("+17095550123", {"America/Halifax", "America/St_Johns"}),
        ("+12025550143", {NEW_YORK}),
    ],
)
def test_a_number_may_be_in_any_zone_of_its_area_code(number: str, expected: set[str]) -> None:
    assert candidate_zones(number, []) >= expected


def test_the_zone_of_the_browser_is_one_more_and_never_one_less() -> None:
    assert candidate_zones("+12025550143", [LOS_ANGELES]) == {NEW_YORK, LOS_ANGELES}


def test_a_number_without_area_codes_is_in_the_zones_of_its_country() -> None:
    assert candidate_zones("+447400123456", []) >= {"Europe/London"}
    assert not candidate_zones("+447400123456", []) & {NEW_YORK, CHICAGO, LOS_ANGELES}


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "America", "x\x00y", "☃"])
def test_a_zone_that_is_none_changes_nothing_and_breaks_nothing(name: str) -> None:
    assert candidate_zones("+12025550143", [name]) == {NEW_YORK}


@pytest.mark.parametrize(
    ("number", "region"),
    [("+12025550143", "US"), ("+17095550123", "CA"), ("+447400123456", "GB"), ("+18005550123", None), ("+18695550123", None)],
)
def test_only_a_number_that_a_handset_can_have_belongs_to_a_country(number: str, region: str | None) -> None:
    assert region_of(number) == region
