"""Moments as shops' servers write them: ISO 8601, RFC 5322, seconds or milliseconds since 1970; each with its zone."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.ingest.wire_fields import LATEST_MS
from shared.runtime.http.untrusted import LONGEST_MOMENT, moment

EARLIEST_ORDER = datetime(2000, 1, 1, tzinfo=UTC)  # earlier is an empty field of some database

_APART = re.compile(r"(?<!\s)\s+(?:(UTC|GMT|Z)|([+-]\d{2}:?\d{2}))\s*\Z", re.ASCII)


def zoned(raw: object) -> datetime | None:
    """The moment in UTC. A local time without a zone could be off by half a day, and is none."""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 < raw < LATEST_MS:
        raw = str(int(raw))
    if not isinstance(raw, str) or len(raw) > LONGEST_MOMENT:
        return None
    found = moment(_APART.sub(lambda zone: zone[2] or "Z", raw)) or _of_mail(raw)
    return found if found is not None and found > EARLIEST_ORDER else None


def _of_mail(raw: str) -> datetime | None:
    """``Wed, 25 Nov 2026 10:00:00 +0100``."""
    try:
        return moment(parsedate_to_datetime(raw).isoformat())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
