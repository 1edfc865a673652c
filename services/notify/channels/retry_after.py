"""Retry-After and the dates of carriers: one reader for whatever the other side sends, which never raises."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT_SECONDS = 3600.0
LONGEST_TEXT = 64


def seconds_until(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds to wait by a Retry-After in seconds or as a date (RFC 9110, 10.2.3), at most an hour.

    None where there is none or it cannot be read; 0 for a moment that has passed.
    """
    text = (retry_after or "").strip()[:LONGEST_TEXT]
    try:
        wait = float(text)
    except ValueError:
        moment = moment_of(text)
        if moment is None:
            return None
        wait = (moment - now).total_seconds()
    return min(max(wait, 0.0), LONGEST_WAIT_SECONDS) if wait == wait else None  # NaN alone differs from itself


def moment_of(text: str) -> datetime | None:
    """Return a moment written as in RFC 9110, RFC 2822 (Twilio's ``+0000``) or ISO 8601; one without a zone is UTC.

    ``-0000`` is a moment in UTC whose local zone is unknown (RFC 2822, 3.3). None where it cannot be read.
    """
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text[:LONGEST_TEXT])
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
