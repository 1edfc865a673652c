"""Findings of a check of a shop's pages: what was seen, what could not be read, and what that means for the code. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.onboarding.shop_pages.page_histories import PageCheck
from services.onboarding.shop_pages.shop_page import PageFindings
from shared.events.settings import SiteConfigured


class PageError(StrEnum):
    """Why a shop's page could not be read."""

    NOT_REACHED = "not_reached"
    NO_TLS = "no_tls"
    MOVED = "moved"
    REFUSED = "refused"


class WorkerState(StrEnum):
    """The result of the check of the worker file."""

    GOOD = "good"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    WRONG_HOST = "wrong_host"
    OLD = "old"
    NOT_OURS = "not_ours"


WORKER_FAULTS = {
    WorkerState.MISSING: ("worker_missing", "There is no such file on your shop.", "Upload the file there."),
    WorkerState.WRONG_TYPE: ("worker_wrong_type", "Your shop serves the file as something else than a script.",
                             "Have it served as text/javascript; the ending .js does it on most platforms."),
    WorkerState.WRONG_HOST: ("worker_wrong_host", "Your shop sends who asks for the file to another address.",
                             "Put the file on the shop's own address: browsers take it from nowhere else."),
    WorkerState.OLD: ("worker_old", "The file is of an earlier version.", "Upload the file of this page in its place."),
    WorkerState.NOT_OURS: ("worker_not_ours", "The file there is another one.", "Upload the file of this page in its place."),
}  # fmt: skip
"""The name of each fault of the worker file, what a merchant reads of it, and the remedy."""


@dataclass(frozen=True)
class Findings:
    """One check. ``worker`` is None where the shop has named no worker file; ``further`` are the other pages that were due."""

    error: PageError | None
    page: PageFindings
    worker: WorkerState | None
    further: tuple[PageCheck, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class CodeHistory:
    """When checks of a shop's page found our code last, and since when they no longer do. A shop that moved begins anew."""

    host: str
    seen_at: datetime | None = None
    gone_at: datetime | None = None


def history_after(before: CodeHistory | None, site: SiteConfigured, findings: Findings, now: datetime) -> CodeHistory:
    """The history with one more check. A page that could not be read changes nothing."""
    host = site.hosts[0]
    known = before if before is not None and before.host == host else CodeHistory(host)
    if findings.error is not None:
        return known
    if set(findings.page.keys) & set(site.site_keys):
        return CodeHistory(host, seen_at=now)
    return known if known.seen_at is None else CodeHistory(host, known.seen_at, known.gone_at or now)
