"""What the set-up's checklist is made of: steps, their states, and what was seen of a shop. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.onboarding.setup.page_histories import PageHistory, PageKind
from services.onboarding.setup.shop_check import CodeHistory, Findings

QUIET = timedelta(hours=24)
"""A shop without a single page view for a day has lost its code, or its shoppers."""
STALE = timedelta(hours=1)
"""How long a fault that a browser met stands when it is not met again."""
NEARLY = timedelta(minutes=1)
"""What ingest notices is told once a minute, so what belongs together may be told so far apart."""


class StepState(StrEnum):
    """``claimed``: the merchant says so. ``broken``: we saw it, and no longer do, or it is in a way that cannot work."""

    TODO = "todo"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    BROKEN = "broken"


@dataclass(frozen=True)
class Step:
    """One line of the checklist. ``proof`` is what was seen; ``fault`` names what is wrong, for programs and tests."""

    key: str
    title: str
    state: StepState
    sentence: str
    remedy: str = ""
    proof: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Seen:
    """What ingest noticed of the site, by kind, and the last look at the shop's page."""

    signals: Mapping[str, Mapping[str, Any]]
    findings: Findings | None
    now: datetime
    history: CodeHistory | None = None
    pages: tuple[PageHistory, ...] = ()

    def at(self, kind: str) -> datetime | None:
        """When something was noticed last."""
        signal = self.signals.get(kind)
        return None if signal is None else signal["last_at"]

    def lately(self, kind: str, since: datetime | None = None) -> bool:
        """It stands: noticed within the hour, and not before ``since``, which has put it right."""
        at = self.at(kind)
        return at is not None and self.now - at <= STALE and (since is None or at >= since)

    def since(self, kind: str, span: timedelta) -> bool:
        """It was noticed within so long."""
        at = self.at(kind)
        return at is not None and self.now - at <= span

    def histories(self, host: str) -> list[PageHistory]:
        """What looks found on the pages of the shop's host as it is now, the first page before the others."""
        first, pages = self.history, [page for page in self.pages if page.host == host]
        if first is None or first.host != host:
            return pages
        trouble = None if self.findings is None or self.findings.trouble is None else self.findings.trouble.value
        return [PageHistory(PageKind.FIRST, host, "/", self.now, trouble, first.seen_at, first.gone_at), *pages]

    def place(self, kind: str) -> str:
        """Where it was noticed, for people."""
        sample = self.signals.get(kind, {}).get("sample") or {}
        return f"{sample.get('host') or ''}{sample.get('path') or ''}"


def broken(key: str, title: str, fault: str, sentence: str, remedy: str) -> Step:
    """Something is wrong with a step: what, and what to do."""
    return Step(key, title, StepState.BROKEN, sentence, remedy, fault=fault)
