"""The tables of notify in dictionaries, and what an erasure does to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.bindings import Binding
from services.notify.storage.erasure import MOST_BROWSERS, MOST_NUMBERS
from shared.events.envelope import Channel, Event
from shared.events.settings import SiteConfigured
from tests.support.memory.notify_people import PeopleTables
from tests.support.memory.notify_tables import AttemptTables, NudgeState


@dataclass
class Tables(PeopleTables, AttemptTables):
    """Every table, by its key."""

    sites: dict[UUID, SiteConfigured] = field(default_factory=dict)
    pauses: dict[UUID, tuple[tuple[UUID, ...], bool]] = field(default_factory=dict)
    held: dict[UUID, str] = field(default_factory=dict)
    erasures: set[tuple[UUID, UUID]] = field(default_factory=set)
    emitted: list[Event] = field(default_factory=list)


class MemoryErasures:
    """What an erasure deletes, and what it leaves."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def first_time(self, site_id: UUID, event_id: UUID, now: datetime) -> bool:
        first = (site_id, event_id) not in self._tables.erasures
        self._tables.erasures.add((site_id, event_id))
        return first

    async def put_tombstones(self, site_id: UUID, erasure_id: UUID, keys: Sequence[str], now: datetime) -> None:
        self._tables.tombstones |= {(site_id, key): erasure_id for key in keys}

    async def mark(self, site_id: UUID, erasure_id: UUID) -> None:
        stones = self._tables.tombstones
        self._tables.tombstones = {key: cause for key, cause in stones.items() if (key[0], cause) != (site_id, erasure_id)}

    async def browsers_of(self, site_id: UUID, index: str) -> list[str]:
        bindings = [binding for binding in self._tables.bindings.values() if binding.site_id == site_id]
        named = [binding for binding in bindings if binding.recipient_index == index]
        own = [
            binding.visitor_id
            for binding in named
            if sum((b.visitor_id, b.channel) == (binding.visitor_id, binding.channel) for b in bindings) <= MOST_NUMBERS
        ]
        return [] if len(own) > MOST_BROWSERS else own

    async def erase(
        self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str], now: datetime
    ) -> list[tuple[UUID, UUID]]:
        tables = self._tables
        ended: list[tuple[UUID, UUID]] = []
        for key, nudge in tables.nudges.items():
            if key[0] == site_id and nudge.due is not None and nudge.due.visitor_id in visitor_ids:
                if nudge.state is not NudgeState.ENDED:
                    ended.append((nudge.due.nudge_id, nudge.due.cart_id))
                tables.nudges[key] = replace(nudge, state=NudgeState.ENDED, due=None)

        def is_theirs(thing: Attempt | Binding) -> bool:
            return thing.site_id == site_id and (thing.visitor_id in visitor_ids or thing.recipient_index in indexes)

        tables.bindings = {key: binding for key, binding in tables.bindings.items() if not is_theirs(binding)}
        for key_of_consent, event in list(tables.evidence.items()):
            if event.site_id == site_id and (event.visitor_id in visitor_ids or event.contact.index in indexes):
                del tables.evidence[key_of_consent]
                tables.receipts.add(key_of_consent)
        gone = {key[1] for key, row in tables.attempts.items() if is_theirs(row.attempt)}
        tables.links = {token: link for token, link in tables.links.items() if link.attempt_id not in gone}
        for attempt_key, row in tables.attempts.items():
            if is_theirs(row.attempt):
                tables.attempts[attempt_key] = replace(row, attempt=_nobodys(row.attempt))
        for number, rows in tables.questions.items():
            whole = number[1] in indexes
            tables.questions[number] = tuple(
                replace(row, visitor_id="") if row.site_id == site_id and (whole or row.visitor_id in visitor_ids) else row
                for row in rows
            )
        await self.forget_reported(site_id, visitor_ids)
        return ended

    async def forget_reported(self, site_id: UUID, visitor_ids: Sequence[str]) -> None:
        tables = self._tables
        tables.bindings = {
            key: binding
            for key, binding in tables.bindings.items()
            if binding.site_id != site_id or binding.channel != Channel.PUSH or binding.visitor_id not in visitor_ids
        }


def _nobodys(attempt: Attempt) -> Attempt:
    prepared, unresolved = attempt.state is AttemptState.PREPARED, attempt.state is AttemptState.UNRESOLVED
    return replace(
        attempt,
        state=AttemptState.NOT_SENT if prepared else attempt.state,
        given_up=attempt.given_up or unresolved,
        body=None,
        box="",
        recipient_index="",
        visitor_id=None,
        link_id=None,
    )
