"""Retry-After and carriers' dates: within reason whatever is sent, and never an error."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.retry_after import LONGEST_WAIT_SECONDS, moment_of, seconds_until

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("1e99", 3600.0),
        ("inf", 3600.0),
        ("-inf", 0.0),
        ("nan", None),
        ("Wed, 25 Nov 2026 12:01:00 GMT", 60.0),
        ("Wed, 25 Nov 2026 12:01:00 +0000", 60.0),
        ("Wed, 25 Nov 2026 12:01:00 -0000", 60.0),
        ("Wed, 25 Nov 2026 13:01:00 +0100", 60.0),
        ("Wednesday, 25-Nov-26 12:01:00 GMT", 60.0),
        ("2026-11-25T12:01:00Z", 60.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -1400", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +1400", 0.0),
        ("Wed, 25 Nov 2026 12:01:00 +9999999999", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("soon", None),
        ("9" * 10_000, 3600.0),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_reason(header: str | None, seconds: float | None) -> None:
    assert seconds_until(header, NOON) == seconds


FRAGMENTS = st.sampled_from(
    ["Wed,", " 25", " Nov", " 9999", " 99999", " 12:01:00", " 99:99", " -0000", " +99999", "T", "Z", "inf", "1e400"]
)


@given(st.one_of(st.text(), st.lists(FRAGMENTS).map("".join)))
def test_no_retry_after_fails_or_waits_longer_than_an_hour(header: str) -> None:
    wait = seconds_until(header, NOON)

    assert wait is None or 0 <= wait <= LONGEST_WAIT_SECONDS
    assert wait is None or NOON + timedelta(seconds=wait)


@given(st.one_of(st.text(), st.lists(FRAGMENTS).map("".join)))
def test_every_moment_that_is_read_can_be_compared(header: str) -> None:
    moment = moment_of(header)

    assert moment is None or moment.tzinfo is UTC
