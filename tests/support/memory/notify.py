"""The memory of notify in dictionaries. It passes the same behaviour tests as the one in PostgreSQL.

One transaction at a time; one that fails leaves everything as it was. ``MemoryDatabase.emitted`` is what was emitted by those
that committed, in their order. The clock stands for the database's own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.bindings import Binding
from services.notify.storage.protocols import LinkRow, SiteStatus
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.envelope import Event
from shared.events.merchant import NO_SITE
from shared.events.message import MessageKind
from shared.events.settings import SiteConfigured
from shared.runtime.clock import Clock
from shared.runtime.kafka.producer import partition_of
from shared.runtime.postgres.pool import CommitUnconfirmed
from tests.support.memory.notify_attempts import MemoryAttempts
from tests.support.memory.notify_budgets import MemoryBudgets
from tests.support.memory.notify_consents import MemoryConsents
from tests.support.memory.notify_erasure import MemoryErasures, Tables
from tests.support.memory.notify_nudges import MemoryNudges
from tests.support.memory.notify_people import key_of
from tests.support.memory.notify_recipients import MemoryPersonData, MemoryRecipients
from tests.support.memory.notify_tables import NudgeRow, NudgeState

LEASE = timedelta(seconds=10)
LINKS_LIVE = timedelta(days=60)
Key = TypeVar("Key", bound=tuple[Any, ...])


def round_robin(waiting: Iterable[tuple[datetime, Key]]) -> list[Key]:
    """The first of each site, then the second of each. The site is the first part of a key."""
    counts: Counter[UUID] = Counter()
    placed: list[tuple[int, datetime, Key]] = []
    for moment, key in waiting:
        counts[key[0]] += 1
        placed.append((counts[key[0]], moment, key))
    return [key for _, _, key in sorted(placed)]


class MemoryStore:
    """The memory of one transaction."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._tables = tables
        self.attempts = MemoryAttempts(tables, clock)
        self.nudges = MemoryNudges(tables, clock)
        self.consents = MemoryConsents(tables, clock)
        self.recipients = MemoryRecipients(tables, clock)
        self.erasures = MemoryErasures(tables)
        self.budgets = MemoryBudgets(tables, clock)
        self.person_data = MemoryPersonData()

    async def emit(self, events: Sequence[Event]) -> None:
        self._tables.emitted.extend(events)

    async def put_site(self, settings: SiteConfigured) -> None:
        known = self._tables.sites.get(settings.site_id)
        if known is None or known.revision < settings.revision:
            self._tables.sites[settings.site_id] = settings

    async def site(self, site_id: UUID) -> SiteConfigured | None:
        return self._tables.sites.get(site_id)

    async def sites_of(self, account_id: UUID) -> list[UUID]:
        return sorted(site.site_id for site in self._tables.sites.values() if site.account_id == account_id)

    async def put_pause(self, site_id: UUID, *, paused: bool, cause: UUID, now: datetime) -> None:
        applied = self._tables.pauses.get(site_id, ((), False))[0]
        if cause not in applied:
            self._tables.pauses[site_id] = ((*applied, cause), paused)

    async def site_status(self, site_id: UUID) -> SiteStatus:
        both = (site_id, NO_SITE)
        paused = any(self._tables.pauses[each][1] for each in both if each in self._tables.pauses)
        return SiteStatus(paused, any(each in self._tables.held for each in both))


class MemoryDatabase:
    """``unconfirmed`` is asked at each commit: None confirms it, True keeps it and raises, False loses it and raises."""

    def __init__(self, clock: Clock) -> None:
        self.tables = Tables()
        self.unconfirmed: Callable[[], bool | None] = lambda: None
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    @property
    def emitted(self) -> list[Event]:
        """What was emitted, in order; take from its front what a relay would send."""
        return self.tables.emitted

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryStore]:
        async with self._one_at_a_time:
            before = {item.name: copy(getattr(self.tables, item.name)) for item in fields(self.tables)}
            try:
                yield MemoryStore(self.tables, self._clock)
            except BaseException:
                self._restore(before)
                raise
            if (kept := self.unconfirmed()) is not None:
                if not kept:
                    self._restore(before)
                raise CommitUnconfirmed("in memory")

    def _restore(self, before: dict[str, object]) -> None:
        for name, content in before.items():
            setattr(self.tables, name, content)

    def passes(self, error: BaseException) -> bool:
        return isinstance(error, OSError | TimeoutError | CommitUnconfirmed)

    async def claim_nudges(self, partitions: Sequence[int], limit: int) -> list[tuple[UUID, UUID]]:
        now, tables = self._clock.now(), self.tables

        def waits(row: NudgeRow) -> bool:
            return row.state is NudgeState.QUEUED and row.look_at <= now and row.partition in partitions

        due = round_robin(sorted((row.look_at, key) for key, row in tables.nudges.items() if waits(row)))[:limit]
        for key in due:
            tables.nudges[key] = replace(tables.nudges[key], look_at=now + LEASE)
        return due

    async def claim_bindings(self, partitions: Sequence[int], limit: int) -> list[Binding]:
        now, tables = self._clock.now(), self.tables

        def waits(row: Binding) -> bool:
            own = partition_of(row.site_id, NUDGE_EVENTS.partitions) in partitions
            return own and row.state == "new" and tables.look_at[key_of(row)] <= now

        new = sorted((tables.look_at[key], key) for key, row in tables.bindings.items() if waits(row))
        claimed = round_robin(new)[:limit]
        for key in claimed:
            tables.look_at[key] = now + LEASE
        return [tables.bindings[key] for key in claimed]

    async def claim_transactional(self, limit: int, lease: timedelta) -> list[tuple[UUID, str]]:
        now, tables = self._clock.now(), self.tables

        def waiting(kind: MessageKind) -> list[tuple[datetime, tuple[UUID, str]]]:
            return sorted(
                (row.opened_at, key)
                for key, row in tables.attempts.items()
                if row.attempt.state is AttemptState.PREPARED and row.attempt.kind is kind and row.call_after <= now
            )

        claimed = [*round_robin(waiting(MessageKind.ACKNOWLEDGEMENT)), *round_robin(waiting(MessageKind.TEST))][:limit]
        for key in claimed:
            tables.attempts[key] = replace(tables.attempts[key], call_after=now + lease)
        return claimed

    async def unresolved(self) -> list[Attempt]:
        rows = [row.attempt for row in self.tables.attempts.values()]
        return [attempt for attempt in rows if attempt.state is AttemptState.UNRESOLVED and not attempt.given_up]

    async def resume_asking(self, older_than: timedelta) -> None:
        now = self._clock.now()
        for key, row in self.tables.nudges.items():
            if row.state is NudgeState.ASKING and row.look_at < now - older_than and not self._is_open(key):
                self.tables.nudges[key] = replace(row, state=NudgeState.QUEUED, look_at=now)

    def _is_open(self, nudge: tuple[UUID, UUID]) -> bool:
        return any(
            (row.attempt.site_id, row.attempt.nudge_id) == nudge and row.attempt.state is not AttemptState.NOT_SENT
            for row in self.tables.attempts.values()
        )

    async def find_link(self, token: str) -> LinkRow | None:
        link = self.tables.links.get(token)
        if link is None or link.created_at <= self._clock.now() - LINKS_LIVE:
            return None
        site = self.tables.sites[link.site_id]
        return LinkRow(link.attempt_id, link.cart, site.model_dump_json(by_alias=True))
