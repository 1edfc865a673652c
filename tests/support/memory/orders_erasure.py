"""The tables of orders in dictionaries, and what an erasure does to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.orders.rules.carts import Cart, CartState
from services.orders.rules.erasure import Subject
from services.orders.rules.evidence import Fence, Tombstone, VisitorSeen, visitor_key
from services.orders.rules.nudges import Nudge
from services.orders.rules.timers import TimerKind
from services.orders.rules.withdrawals import Confirmation, Withdrawal
from services.orders.storage.protocols import Named
from shared.events.envelope import Event
from tests.support.memory.orders_facts import MemoryTables, names


@dataclass(frozen=True)
class StoneRow:
    """A tombstone, and whether its erasure is marked."""

    stone: Tombstone
    erasure_id: UUID
    marked: bool


@dataclass
class Tables(MemoryTables):
    """Every table, by its key."""

    carts: dict[Named, Cart] = field(default_factory=dict)
    nudges: dict[Named, Nudge] = field(default_factory=dict)
    timers: dict[tuple[UUID, TimerKind, UUID], datetime] = field(default_factory=dict)
    fences: dict[tuple[UUID, str, UUID], Fence] = field(default_factory=dict)
    visitors: dict[tuple[UUID, str], VisitorSeen] = field(default_factory=dict)
    withdrawals: dict[tuple[UUID, str, str, UUID], Withdrawal] = field(default_factory=dict)
    confirmations: dict[tuple[UUID, str, str, str, UUID], Confirmation] = field(default_factory=dict)
    opt_ins: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    tombstones: dict[tuple[UUID, str], StoneRow] = field(default_factory=dict)
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

    async def staff_among(self, site_id: UUID, visitor_ids: Sequence[str]) -> frozenset[str]:
        seen = self._tables.visitors
        return frozenset(v for v in visitor_ids if (site_id, v) in seen and seen[site_id, v].back_office)

    async def put_tombstones(self, site_id: UUID, erasure_id: UUID, stones: Sequence[Tombstone], now: datetime) -> None:
        for stone in stones:
            old = self._tables.tombstones.get((site_id, stone.key))
            until = stone.silences_until if old is None else max(old.stone.silences_until, stone.silences_until)
            deleted = stone.deleted or (old is not None and old.stone.deleted)
            self._tables.tombstones[site_id, stone.key] = StoneRow(Tombstone(stone.key, until, deleted), erasure_id, False)

    async def mark(self, site_id: UUID, erasure_id: UUID) -> None:
        for key, row in self._tables.tombstones.items():
            if key[0] == site_id and row.erasure_id == erasure_id:
                self._tables.tombstones[key] = replace(row, marked=True)

    async def is_named_anew(self, site_id: UUID, visitor_id: str, key: str) -> bool:
        keys = [(site_id, visitor_key(visitor_id)), (site_id, key)]
        rows = [self._tables.tombstones[each] for each in keys if each in self._tables.tombstones]
        seen = (site_id, visitor_id, key) in self._tables.sightings
        return seen and any(row.stone.deleted for row in rows) and all(row.marked for row in rows)

    async def forget_messages(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str]) -> None:
        tables = self._tables
        for key, row in tables.asks.items():
            if key[0] == site_id and (row.ask.visitor_id in visitor_ids or row.ask.recipient_index in indexes):
                tables.asks[key] = replace(row, ask=replace(row.ask, visitor_id="", recipient_index=""))
        for s, c, index, v, event_id in list(tables.confirmations):
            if (s, c) == (site_id, "sms") and (v in visitor_ids or index in indexes):
                del tables.confirmations[s, c, index, v, event_id]
        theirs = {
            key
            for key, cart in tables.carts.items()
            if key[0] == site_id and (cart.state is CartState.ERASED or cart.visitor_id in visitor_ids)
        }
        for attempt, (_, sent) in list(tables.accepted.items()):
            if (attempt[0], sent.cart_id) in theirs:
                tables.accepted[attempt] = (None, sent)
        for s, v, k in list(tables.sightings):
            if s == site_id and v in visitor_ids and k.startswith("link:"):
                del tables.sightings[s, v, k]

    async def forget_nudged(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str]) -> None:
        for key, nudge in self._tables.nudges.items():
            if key[0] == site_id and nudge.visitor_id in visitor_ids:
                self._tables.nudges[key] = replace(nudge, visitor_id="")
        site = self._tables.sites.get(site_id)
        for index in indexes if site is not None else ():
            assert site is not None, "the loop is empty without one"
            self._tables.arms.pop((site.account_id, index), None)

    async def forget_reported(self, site_id: UUID, subject: Subject) -> None:
        tables = self._tables
        for key in [k for k, (r, _) in tables.reports.items() if k[0] == site_id and names(r, list(subject.keys))]:
            del tables.reports[key]
            tables.erased_reports.add(key)
        tables.fences = {k: f for k, f in tables.fences.items() if k[0] != site_id or k[1] not in subject.keys}
        visitors = subject.visitor_ids
        tables.sightings = {
            k: t for k, t in tables.sightings.items() if k[0] != site_id or (k[1] not in visitors and k[2] not in subject.keys)
        }
        tables.visitors = {k: v for k, v in tables.visitors.items() if k[0] != site_id or k[1] not in visitors}
        tables.followed = {row for row in tables.followed if row[0] != site_id or row[2] not in visitors}
        tables.confirmations = {
            k: yes for k, yes in tables.confirmations.items() if (k[0], k[1]) != (site_id, "push") or k[3] not in visitors
        }
