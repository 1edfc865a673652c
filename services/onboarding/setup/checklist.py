"""The set-up's checklist: its steps, and the facts that they are derived from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.onboarding.shop_pages.findings import CodeHistory, Findings
from services.onboarding.shop_pages.page_histories import PageHistory, PageKind

STALE = timedelta(hours=1)
"""How long a fault that a browser met holds when it is not met again."""


class Question(StrEnum):
    """What only the merchant can state of the shop."""

    CART_IS_RIGHT = "cart_is_right"
    OWN_CARTS = "own_carts"
    CONFIRMATION_PAGE = "confirmation_page"


@dataclass(frozen=True)
class Statement:
    """A merchant's answer; ``reader`` read the cart that was shown with it, None where the shop's own code sent it."""

    question: Question
    answer: str
    reader: str | None
    stated_at: datetime
    stated_by: str


class StepState(StrEnum):
    """``claimed``: the merchant states it. ``broken``: we saw it, and no longer do, or it is in a way that cannot work."""

    TODO = "todo"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    BROKEN = "broken"


@dataclass(frozen=True)
class Step:
    """One step of the checklist. ``proof`` is what was seen; ``fault`` names what is wrong, for the API and tests."""

    key: str
    title: str
    state: StepState
    sentence: str
    remedy: str = ""
    proof: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Seen:
    """What ingest noticed of the site, by kind, and the last check of the shop's page."""

    signals: Mapping[str, Mapping[str, Any]]
    findings: Findings | None
    now: datetime
    history: CodeHistory | None = None
    pages: tuple[PageHistory, ...] = ()
    statements: Mapping[Question, Statement] = field(default_factory=dict)
    pointed_at: datetime | None = None
    """When the merchant last saved or undid what is read by pointing."""

    def answer(self, question: Question) -> str | None:
        """What the merchant has stated last; None where they never did."""
        statement = self.statements.get(question)
        return None if statement is None else statement.answer

    def at(self, kind: str) -> datetime | None:
        """The moment at which a kind of signal was noticed last; None where it never was."""
        signal = self.signals.get(kind)
        return None if signal is None else signal["last_at"]

    def lately(self, kind: str, since: datetime | None = None) -> bool:
        """Whether a fault holds: noticed within the hour, and not before ``since``, which has put it right."""
        at = self.at(kind)
        return at is not None and self.now - at <= STALE and (since is None or at >= since)

    def since(self, kind: str, span: timedelta) -> bool:
        """Whether it was noticed within a span."""
        at = self.at(kind)
        return at is not None and self.now - at <= span

    def histories(self, host: str) -> list[PageHistory]:
        """What checks found on the pages of the shop's host as it is now, the first page before the others."""
        first, pages = self.history, [page for page in self.pages if page.host == host]
        if first is None or first.host != host:
            return pages
        error = None if self.findings is None or self.findings.error is None else self.findings.error.value
        return [PageHistory(PageKind.FIRST, host, "/", self.now, error, first.seen_at, first.gone_at), *pages]

    def page_of(self, kind: str) -> str:
        """Host and path where it was noticed last; empty where they are not known."""
        sample = self.signals.get(kind, {}).get("sample") or {}
        return f"{sample.get('host') or ''}{sample.get('path') or ''}"


def broken(key: str, title: str, fault: str, sentence: str, remedy: str) -> Step:
    """A step that is broken: what is wrong, and what to do."""
    return Step(key, title, StepState.BROKEN, sentence, remedy, fault=fault)
