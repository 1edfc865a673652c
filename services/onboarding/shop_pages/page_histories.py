"""What checks have found of our code on a shop's further pages: its cart and a product. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.onboarding.shop_pages.shop_links import Links

FURTHER_EVERY = timedelta(seconds=10)
"""While somebody waits the first page is checked every two seconds; these less, for a shop has to answer each."""

KEPT_AS = {"error": "trouble"}
"""Fields that are stored under an older name: rows of every age, and processes of the release before, have it."""


class PageKind(StrEnum):
    """Why a page is checked."""

    FIRST = "first"
    CART = "cart"
    PRODUCT = "product"


@dataclass(frozen=True)
class PageCheck:
    """One check. ``error`` is why the page could not be read; ``has_code`` whether the shop's own code is on it."""

    kind: PageKind
    path: str
    error: str | None = None
    has_code: bool = False


@dataclass(frozen=True)
class PageHistory:
    """When checks found the code on this very page last, and since when they no longer do."""

    kind: PageKind
    host: str
    path: str
    looked_at: datetime
    error: str | None = None
    seen_at: datetime | None = None
    gone_at: datetime | None = None


def paths_due(
    known: Sequence[PageHistory], links: Links, host: str, now: datetime, cart_seen: str | None
) -> list[tuple[PageKind, str]]:
    """Which pages are due. One that was read stays: what a first page recommends changes, and would begin anew each time.

    ``cart_seen`` is where a browser reported a cart, for shops whose first page does not link to it.
    """
    found = {PageKind.CART: links.cart or cart_seen, PageKind.PRODUCT: links.product}
    due = []
    for kind, link in found.items():
        before = next((each for each in known if each.kind is kind and each.host == host), None)
        if before is not None and now - before.looked_at < FURTHER_EVERY:
            continue
        path = link if before is None or before.error is not None else before.path
        path = path or (None if before is None else before.path)
        if path is not None:
            due.append((kind, path))
    return due


def pages_after(known: Sequence[PageHistory], checks: Iterable[PageCheck], host: str, now: datetime) -> tuple[PageHistory, ...]:
    """The histories with these checks. A page that could not be read changes nothing."""
    pages = {each.kind: each for each in known if each.host == host}
    for check in checks:
        before = pages.get(check.kind)
        if before is None or before.path != check.path:
            before = PageHistory(check.kind, host, check.path, now)
        seen_at, gone_at = before.seen_at, before.gone_at
        if check.has_code:
            seen_at, gone_at = now, None
        elif check.error is None and seen_at is not None:
            gone_at = gone_at or now
        pages[check.kind] = PageHistory(check.kind, host, check.path, now, check.error, seen_at, gone_at)
    return tuple(pages[kind] for kind in PageKind if kind in pages)


def to_json(pages: Iterable[PageHistory]) -> list[dict[str, Any]]:
    """Histories as they are stored."""
    moments = ("looked_at", "seen_at", "gone_at")
    return [
        {
            KEPT_AS.get(name, name): value.isoformat() if name in moments and value else value
            for name, value in vars(page).items()
        }
        for page in pages
    ]


def from_json(kept: Iterable[dict[str, Any]]) -> tuple[PageHistory, ...]:
    """Histories as they were stored."""
    return tuple(
        PageHistory(
            kind=PageKind(page["kind"]),
            host=page["host"],
            path=page["path"],
            looked_at=datetime.fromisoformat(page["looked_at"]),
            error=page[KEPT_AS["error"]],
            seen_at=None if page["seen_at"] is None else datetime.fromisoformat(page["seen_at"]),
            gone_at=None if page["gone_at"] is None else datetime.fromisoformat(page["gone_at"]),
        )
        for page in kept
    )
