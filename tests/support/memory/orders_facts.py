"""The tables of asks, sites and reports in dictionaries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.orders.handlers.order_reports import fences_of
from services.orders.rules.attribution import Sent
from services.orders.rules.evidence import Sighting
from services.orders.rules.granting import CONTROL_ARM_HOLDS_FOR, Ask
from services.orders.rules.opt_in import Question, QuestionAsk
from shared.events.envelope import CartItem
from shared.events.settings import SiteConfigured
from shared.events.storefront import OrderReported
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.security.sealed_answers import Rows


@dataclass(frozen=True)
class AskRow:
    """An ask and what became of it."""

    ask: Ask | QuestionAsk
    partition: int
    arrived_at: datetime
    marker_site_id: UUID | None = None
    marker_id: str | None = None
    answer: str | None = None

    @property
    def waits(self) -> bool:
        """No marker is on its way for it."""
        return self.answer is None and self.marker_id is None

    @property
    def subject_id(self) -> UUID:
        """What it asks for: a nudge, or the question of a consent."""
        return self.ask.consent_event_id if isinstance(self.ask, QuestionAsk) else self.ask.nudge_id


@dataclass
class MemoryTables:
    """Tables by their keys."""

    asks: dict[tuple[UUID, str], AskRow] = field(default_factory=dict)
    questions: dict[tuple[UUID, UUID], Question] = field(default_factory=dict)
    markers: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    sites: dict[UUID, SiteConfigured] = field(default_factory=dict)
    pauses: dict[UUID, tuple[tuple[UUID, ...], bool]] = field(default_factory=dict)
    held: set[UUID] = field(default_factory=set)
    syncs: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    suppressed: set[tuple[UUID, str]] = field(default_factory=set)
    arms: dict[tuple[UUID, str], tuple[datetime, bool]] = field(default_factory=dict)
    reports: dict[tuple[UUID, UUID], tuple[OrderReported, UUID]] = field(default_factory=dict)
    sightings: dict[tuple[UUID, str, str], Sighting] = field(default_factory=dict)
    erased_reports: set[tuple[UUID, UUID]] = field(default_factory=set)
    followed: set[tuple[UUID, str, str, datetime]] = field(default_factory=set)
    accepted: dict[tuple[UUID, str], tuple[str | None, Sent]] = field(default_factory=dict)


class MemoryAsks:
    """Asks and markers."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    async def add(self, asks: Sequence[tuple[Ask | QuestionAsk, int]], now: datetime) -> None:
        for ask, partition in asks:
            self._tables.asks.setdefault((ask.site_id, ask.attempt_id), AskRow(ask, partition, now))

    async def lock_open(self, site_id: UUID, attempt_id: str, marker_id: str) -> Ask | QuestionAsk | None:
        row = self._tables.asks.get((site_id, attempt_id))
        if row is None or row.answer is not None or row.marker_id != marker_id or row.marker_site_id is None:
            return None
        return row.ask if (row.marker_site_id, marker_id) in self._tables.markers else None

    async def close(self, site_id: UUID, attempt_id: str, answer: str, now: datetime) -> None:
        self._tables.asks[site_id, attempt_id] = replace(self._tables.asks[site_id, attempt_id], answer=answer)

    async def newest_try(self, site_id: UUID, subject_id: UUID) -> int:
        return max((row.ask.try_number for row in self._of(site_id, subject_id)), default=0)

    async def has_open(self, site_id: UUID, nudge_id: UUID, since: datetime) -> bool:
        return any(row.answer is None and row.arrived_at > since for row in self._of(site_id, nudge_id))

    async def lock_question(self, site_id: UUID, consent_event_id: UUID, now: datetime) -> Question:
        fresh = Question(site_id, consent_event_id, now)
        return self._tables.questions.setdefault((site_id, consent_event_id), fresh)

    async def put_question(self, question: Question) -> None:
        self._tables.questions[question.site_id, question.consent_event_id] = question

    def _of(self, site_id: UUID, subject_id: UUID) -> list[AskRow]:
        return [row for row in self._tables.asks.values() if (row.ask.site_id, row.subject_id) == (site_id, subject_id)]

    async def pass_markers(self, markers: Sequence[tuple[UUID, str]], now: datetime) -> None:
        for marker in markers:
            self._tables.markers.setdefault(marker, now)


class MemorySites:
    """What merchants set and order. A hold is put into ``held`` by the test."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    async def put(self, settings: SiteConfigured) -> None:
        old = self._tables.sites.get(settings.site_id)
        if old is None or old.revision < settings.revision:
            self._tables.sites[settings.site_id] = settings.model_copy(update={"secrets": (), "api_keys": ()})

    async def get(self, site_id: UUID) -> SiteConfigured | None:
        return self._tables.sites.get(site_id)

    async def put_pause(self, site_id: UUID, *, paused: bool, cause: UUID, now: datetime) -> None:
        applied = self._tables.pauses.get(site_id, ((), False))[0]
        if cause not in applied:
            self._tables.pauses[site_id] = ((*applied, cause), paused)

    async def is_paused(self, site_id: UUID) -> bool:
        return any(self._tables.pauses[key][1] for key in (site_id, EVERY_SITE) if key in self._tables.pauses)

    async def is_held(self, site_id: UUID) -> bool:
        return bool(self._tables.held & {site_id, EVERY_SITE})

    async def put_source_sync(self, site_id: UUID, source: str, synced_through: datetime) -> None:
        old = self._tables.syncs.get((site_id, source), synced_through)
        self._tables.syncs[site_id, source] = max(old, synced_through)

    async def source_fresh_through(self, site_id: UUID) -> datetime | None:
        return min((moment for (s, _), moment in self._tables.syncs.items() if s == site_id), default=None)

    async def suppress(self, account_id: UUID, recipient_index: str) -> None:
        self._tables.suppressed.add((account_id, recipient_index))

    async def is_suppressed(self, account_id: UUID, recipient_index: str) -> bool:
        return (account_id, recipient_index) in self._tables.suppressed

    async def control_arm(self, account_id: UUID, recipient_index: str, *, drawn: bool, now: datetime) -> bool:
        site_status = self._tables.arms.get((account_id, recipient_index))
        if site_status is None or site_status[0] <= now - CONTROL_ARM_HOLDS_FOR:
            site_status = self._tables.arms[account_id, recipient_index] = (now, drawn)
        return site_status[1]


class MemoryReports:
    """Reports, links, messages."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    async def add(self, reports: Sequence[tuple[OrderReported, UUID]]) -> set[UUID]:
        known = self._tables.reports.keys() | self._tables.erased_reports
        new = {r.event_id: (r, key) for r, key in reversed(reports) if (r.site_id, r.event_id) not in known}
        for report, key in new.values():
            self._tables.reports[report.site_id, report.event_id] = (report, key)
        return set(new)

    async def counts(self, orders: Sequence[tuple[UUID, UUID]], most: int) -> dict[tuple[UUID, UUID], int]:
        kept = Counter((report.site_id, key) for report, key in self._tables.reports.values())
        return {order: min(kept[order], most) for order in orders}

    async def of_order(self, site_id: UUID, order_key: UUID) -> list[OrderReported]:
        found = [r for r, key in self._tables.reports.values() if r.site_id == site_id and key == order_key]
        return sorted(found, key=lambda report: (report.effective_at, report.event_id))

    async def items_of(self, site_id: UUID, report_ids: Sequence[UUID]) -> dict[UUID, tuple[CartItem, ...]]:
        found = [self._tables.reports.get((site_id, report_id)) for report_id in report_ids]
        return {kept[0].event_id: kept[0].items for kept in found if kept is not None and kept[0].items}

    async def orders_near(self, site_id: UUID, keys: Sequence[str], since: datetime, until: datetime) -> list[UUID]:
        found = {
            order_key
            for report, order_key in self._tables.reports.values()
            if report.site_id == site_id and since <= report.effective_at <= until and names(report, keys)
        }
        return sorted(found)

    async def add_followed(self, site_id: UUID, link_id: str, visitor_id: str, followed_at: datetime) -> bool:
        self._tables.followed.add((site_id, link_id, visitor_id, followed_at))
        return any(link == link_id for (site, _), (link, _) in self._tables.accepted.items() if site == site_id)

    async def add_accepted(self, site_id: UUID, attempt_id: str, link_id: str | None, sent: Sent) -> None:
        self._tables.accepted.setdefault((site_id, attempt_id), (link_id, sent))

    async def is_accepted(self, site_id: UUID, cart_id: UUID, nudge_id: UUID) -> bool:
        accepted = [sent for (site, _), (_, sent) in self._tables.accepted.items() if site == site_id]
        return any((sent.cart_id, sent.nudge_id) == (cart_id, nudge_id) for sent in accepted)

    async def sent_to(self, site_id: UUID, visitor_ids: Sequence[str], cart_ids: Sequence[UUID]) -> list[Sent]:
        accepted = [(link, sent) for (s, _), (link, sent) in self._tables.accepted.items() if s == site_id]
        followed = {
            replace(sent, followed_at=moment)
            for link, sent in accepted
            for s, followed_link, v, moment in self._tables.followed
            if s == site_id and followed_link == link and (v in visitor_ids or sent.cart_id in cart_ids)
        }
        return [*followed, *(sent for _, sent in accepted if sent.cart_id in cart_ids)]

    async def named_with(self, site_id: UUID, keys: Sequence[str]) -> list[str]:
        reports = [report for report, _ in self._tables.reports.values() if report.site_id == site_id]
        return sorted({fence.key for report in reports if names(report, keys) for fence in fences_of(report)})


class MemoryPersonData:
    """What is kept of a person: their carts, of everything that PostgreSQL has."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    async def reports_naming(self, site_id: UUID, keys: Sequence[str]) -> list[OrderReported]:
        found = [report for report, _ in self._tables.reports.values() if report.site_id == site_id and names(report, keys)]
        return sorted(found, key=lambda report: (report.effective_at, report.event_id), reverse=True)

    async def sightings_of(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Sighting] | None:
        return [
            each for (site, visitor, _), each in self._tables.sightings.items() if site == site_id and visitor in visitor_ids
        ]

    async def collect(self, site_id: UUID, visitor_ids: Sequence[str], contacts: Sequence[str]) -> dict[str, Rows]:
        return {"browsers": [{"visitor_id": visitor} for visitor in visitor_ids]}

    async def is_suppressed(self, site_id: UUID, contacts: Sequence[str]) -> bool:
        account = self._tables.sites[site_id].account_id if site_id in self._tables.sites else None
        return any((account, contact.partition(":")[2]) in self._tables.suppressed for contact in contacts)


def names(report: OrderReported, keys: Sequence[str]) -> bool:
    return any(fence.key in keys for fence in fences_of(report))
