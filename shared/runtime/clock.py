"""Clocks: the only place that reads the time."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one to write down, one to measure with. Only the second never jumps."""

    def now(self) -> datetime:
        """The wall clock, in UTC. It may step; never measure a deadline with it."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment in this process. Means nothing to any other process."""
        ...


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()
