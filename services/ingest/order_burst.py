"""Notices when a site gets more unsigned order reports than a shop sells: somebody may be silencing its carts."""

from collections.abc import Hashable
from dataclasses import dataclass

WINDOW_SECONDS = 60.0


@dataclass(slots=True)
class _Window:
    started_at: float
    count: int = 0


class OrderBursts:
    """Counts unsigned reports of each site in windows of a minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._windows: dict[Hashable, _Window] = {}

    def count(self, site: Hashable, now: float) -> bool:
        """Count one report; true from the moment on that the minute holds more than the limit."""
        window = self._windows.get(site)
        if window is None or now - window.started_at >= WINDOW_SECONDS:
            window = self._windows[site] = _Window(now)
        window.count += 1
        return window.count > self._limit
