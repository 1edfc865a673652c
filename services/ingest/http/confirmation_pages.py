"""Notices when a page on which orders were reported is shown and none comes with it: its code may have gone.

Kept in the memory of one process: losing it loses a hint until the next order.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

Key = TypeVar("Key")
Value = TypeVar("Value")

EXPECTED_WITHIN_SECONDS = 10.0
"""A page reports itself as soon as our script runs, which may be before the shop's own code has reported the order."""
MOST_WAITING = 20_000
MOST_SITES = 10_000
MOST_PAGES = 64
_OF_ONE_ORDER = re.compile(r"[0-9a-f-]{16,64}|\d{1,64}")


@dataclass(frozen=True)
class ShownPage:
    """A page that a browser showed."""

    site_id: UUID
    host: str | None
    path: str
    at: datetime

    @property
    def shape(self) -> str:
        """Its address without what differs from order to order."""
        return f"{self.host}{_OF_ONE_ORDER.sub('#', self.path)}"


class ConfirmationPages:
    """Pages of each site by their shape: true where every visit so far came with an order.

    A page that was visited before without one, such as the one address of a whole checkout, proves nothing.
    """

    def __init__(self, most_waiting: int = MOST_WAITING, most_sites: int = MOST_SITES) -> None:
        self._most_waiting = most_waiting
        self._most_sites = most_sites
        self._waiting: OrderedDict[tuple[UUID, str], tuple[ShownPage, float]] = OrderedDict()
        self._ordered: OrderedDict[tuple[UUID, str], tuple[ShownPage, float]] = OrderedDict()
        self._missed: OrderedDict[tuple[UUID, str], ShownPage] = OrderedDict()
        self._new: list[ShownPage] = []
        self._sites: OrderedDict[UUID, OrderedDict[str, bool]] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many visits and sites are remembered."""
        return len(self._waiting) + len(self._ordered) + len(self._missed) + len(self._new) + len(self._sites)

    def note_page(self, visitor_id: str, page: ShownPage, now: float) -> None:
        """Note that a visitor is on another page. ``now`` is monotonic; visits beyond the bound are not waited for."""
        key = (page.site_id, visitor_id)
        self._give_up(key)
        ordered = self._ordered.pop(key, None)
        if ordered is not None and ordered[0].path == page.path and now - ordered[1] < EXPECTED_WITHIN_SECONDS:
            self._pages_of(page).setdefault(page.shape, True)  # our script takes what the page reported before it came first
        elif page.path != "/" and len(self._waiting) < self._most_waiting:
            self._waiting[key] = page, now

    def note_order(self, visitor_id: str, page: ShownPage, now: float) -> None:
        """Note that a visitor's browser reported an order from a page."""
        key = (page.site_id, visitor_id)
        waiting, missed = self._waiting.pop(key, None), self._missed.pop(key, None)
        _put(self._ordered, key, (page, now), self._most_waiting)
        if waiting is not None and waiting[0].shape == page.shape:
            self._pages_of(page).setdefault(page.shape, True)
        elif missed is not None and missed.shape == page.shape:
            self._pages_of(page)[page.shape] = False  # its visitors are on it for a while before they order

    def overdue(self, now: float) -> list[ShownPage]:
        """The pages on which an order was to be expected, and on which none was reported. Each is returned once."""
        while self._waiting:
            key, (_, since) = next(iter(self._waiting.items()))
            if now - since < EXPECTED_WITHIN_SECONDS:
                break
            self._give_up(key)
        new, self._new = self._new, []
        return new

    def _give_up(self, key: tuple[UUID, str]) -> None:
        """Note that no order came with the page on which this visitor was."""
        waiting = self._waiting.pop(key, None)
        if waiting is None:
            return
        page = waiting[0]
        if self._pages_of(page).setdefault(page.shape, False) and len(self._new) < self._most_waiting:
            self._new.append(page)
            _put(self._missed, key, page, self._most_waiting)

    def _pages_of(self, page: ShownPage) -> OrderedDict[str, bool]:
        """What is known of the site's pages. Where there are too many, one that never came with an order makes room."""
        pages = self._sites.pop(page.site_id, None) or OrderedDict()
        self._sites[page.site_id] = pages
        if len(self._sites) > self._most_sites:
            self._sites.popitem(last=False)
        if len(pages) >= MOST_PAGES and page.shape not in pages:
            del pages[next((shape for shape, reports in pages.items() if not reports), next(iter(pages)))]
        return pages


def _put(into: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Store a visit as the newest; beyond the bound the oldest is forgotten."""
    into.pop(key, None)
    into[key] = value
    if len(into) > most:
        into.popitem(last=False)
