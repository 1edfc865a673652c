"""Notices when a site gets more unsigned order reports than a shop sells: somebody may be silencing its carts."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

WINDOW_SECONDS = 60.0
MOST_WINDOWS = 50_000


@dataclass(slots=True)
class _Window:
    started_at: float
    count: int = 0


class OrderBursts:
    """Counts unsigned reports of each site in windows of a minute. The oldest windows are forgotten first."""

    def __init__(self, limit: int, most: int = MOST_WINDOWS) -> None:
        self._limit = limit
        self._most = most
        self._windows: OrderedDict[Hashable, _Window] = OrderedDict()

    @property
    def watched(self) -> int:
        """How many sites are remembered."""
        return len(self._windows)

    def count(self, site: Hashable, now: float) -> bool:
        """Count one report; true from the moment on that the minute holds more than the limit."""
        window = self._windows.get(site)
        if window is None or now - window.started_at >= WINDOW_SECONDS:
            self._windows.pop(site, None)
            window = self._windows[site] = _Window(now)
            if len(self._windows) > self._most:
                self._windows.popitem(last=False)
        window.count += 1
        return window.count > self._limit
