"""The one place of the demo that reads a clock."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def monotonic_now() -> float:
    """Seconds of the machine's monotonic clock: comparable between the processes of one machine, and never set back."""
    return time.monotonic()
