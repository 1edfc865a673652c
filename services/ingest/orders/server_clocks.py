"""Clock offsets of shops' servers, learned from their orders: how far behind ours one is at most, and when to signal it.

Kept in the memory of one process: losing it loses a hint, and widens nothing. It never narrows a fence.
"""

from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

KEPT = 20
ENOUGH = 5
SLOW_BY = timedelta(minutes=1)
FAST_BY = timedelta(seconds=5)


class ServerClocks:
    """The delays between the placing of an order, by the shop's clock, and its report, by ours: the latest of each site."""

    def __init__(self) -> None:
        self._delays: dict[UUID, deque[timedelta]] = {}

    def note(self, site_id: UUID, delay: timedelta) -> None:
        """Note that an order was reported ``delay`` after the moment that it claims; before it, where that is negative."""
        self._delays.setdefault(site_id, deque(maxlen=KEPT)).append(delay)

    def lag(self, site_id: UUID) -> timedelta:
        """The most by which this clock can be slow: no report can come earlier than its order."""
        return max(timedelta(0), min(self._delays.get(site_id, ()), default=timedelta(0)))

    def offset(self, site_id: UUID) -> timedelta | None:
        """By how much this clock is behind ours (ahead, where negative), once that is clear enough to signal."""
        return clear_offset(self._delays.get(site_id, ()))


def clear_offset(delays: Sequence[timedelta]) -> timedelta | None:
    """The offset that these delays, the newest last, make clear; None where they make none clear.

    One order from the future is proof enough of a fast clock. A slow clock, or a server that reports late, shows only where
    several orders in a row all come late.
    """
    if delays and delays[-1] < -FAST_BY:
        return delays[-1]
    least = min(delays, default=timedelta(0))
    return least if len(delays) >= ENOUGH and least > SLOW_BY else None
