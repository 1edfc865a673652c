"""The memory of orders in dictionaries. It passes the same behaviour tests as the one in PostgreSQL.

One transaction at a time; one that fails leaves everything as it was. ``MemoryDatabase.emitted`` is what was emitted by those
that committed, in their order.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import fields, replace
from datetime import datetime
from uuid import UUID

from services.orders.rules.carts import Cart, CartState, erased
from services.orders.rules.evidence import Fence, Neighbourhood, Sighting, VisitorSeen, visitor_key, visitors_named
from services.orders.rules.nudges import Nudge, NudgeState
from services.orders.rules.timers import Timer
from services.orders.rules.withdrawals import Confirmation, Withdrawal
from services.orders.storage.protocols import ClaimedAsk, Named
from shared.events.envelope import Event
from tests.support.memory.orders_erasure import MemoryErasures, Tables
from tests.support.memory.orders_facts import MemoryAsks, MemoryPersonData, MemoryReports, MemorySites


class MemoryCarts:
    """Carts."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def _where(self, keep: Callable[[Cart], bool]) -> list[Cart]:
        return [cart for _, cart in sorted(self._tables.carts.items()) if keep(cart)]

    async def lock(self, carts: Sequence[Named]) -> list[Cart]:
        return [self._tables.carts[key] for key in sorted(set(carts)) if key in self._tables.carts]

    async def lock_abandoned(self, visitors: Sequence[tuple[UUID, str]]) -> list[Cart]:
        return self._where(lambda c: (c.site_id, c.visitor_id) in visitors and c.state is CartState.ABANDONED)

    async def lock_living(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Cart]:
        return self._where(lambda c: c.site_id == site_id and c.visitor_id in visitor_ids and c.state.living)

    async def opened_before(self, site_id: UUID, visitor_id: str, moment: datetime) -> list[Cart]:
        return self._where(lambda c: c.site_id == site_id and c.visitor_id == visitor_id and c.opened_at <= moment)

    async def opened_since(self, site_id: UUID, visitor_ids: Sequence[str], since: datetime) -> list[Cart]:
        found = self._where(lambda c: c.site_id == site_id and c.visitor_id in visitor_ids and c.opened_at >= since)
        return sorted(found, key=lambda cart: cart.opened_at, reverse=True)

    async def put(self, carts: Sequence[Cart]) -> None:
        for cart in carts:
            self._tables.carts[cart.site_id, cart.cart_id] = cart

    async def abandoned_before(
        self, site_id: UUID, visitor_ids: Sequence[str], moment: datetime, report_ids: Sequence[UUID]
    ) -> list[UUID]:
        found = [
            (cart.abandoned_at, cart.cart_id)
            for cart in self._where(lambda c: c.site_id == site_id and c.visitor_id in visitor_ids)
            if cart.abandoned_at is not None
            and cart.abandoned_at <= moment
            and (cart.state.living or cart.closed_by in report_ids)
        ]
        return [cart_id for _, cart_id in sorted(found, key=lambda f: (-f[0].timestamp(), f[1]))]

    async def erase(self, site_id: UUID, visitor_ids: Sequence[str]) -> None:
        for cart in self._where(lambda c: c.site_id == site_id and c.visitor_id in visitor_ids):
            await self.put([replace(erased(cart), visitor_id="")])


class MemoryNudges:
    """Nudges and timers."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, site_id: UUID, nudge_id: UUID) -> Nudge | None:
        return self._tables.nudges.get((site_id, nudge_id))

    async def lock(self, site_id: UUID, nudge_id: UUID) -> Nudge | None:
        return await self.get(site_id, nudge_id)

    async def lock_planned(self, carts: Sequence[Named]) -> list[Nudge]:
        found = [n for n in self._tables.nudges.values() if (n.site_id, n.cart_id) in carts and n.state is NudgeState.PLANNED]
        return sorted(found, key=lambda nudge: (nudge.site_id, nudge.cart_id, nudge.step))

    async def put(self, nudges: Sequence[Nudge]) -> None:
        for nudge in nudges:
            self._tables.nudges[nudge.site_id, nudge.nudge_id] = nudge

    async def arm(self, timers: Sequence[Timer]) -> None:
        for timer in timers:
            self._tables.timers.setdefault((timer.site_id, timer.kind, timer.subject), timer.due_at)

    async def take(self, timer: Timer) -> bool:
        return self._tables.timers.get((timer.site_id, timer.kind, timer.subject)) == timer.due_at

    async def set_again(self, timer: Timer, due_at: datetime | None) -> None:
        key = (timer.site_id, timer.kind, timer.subject)
        if due_at is None:
            self._tables.timers.pop(key, None)
        else:
            self._tables.timers[key] = due_at


class MemoryEvidence:
    """Sets that only grow."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add_sightings(self, sightings: Sequence[tuple[UUID, Sighting]]) -> None:
        for site_id, seen in sightings:
            key = (site_id, seen.visitor_id, seen.key)
            old = self._tables.sightings.get(key, seen)
            other = old.is_other_reading and seen.is_other_reading
            self._tables.sightings[key] = replace(old, seen_at=min(old.seen_at, seen.seen_at), is_other_reading=other)

    async def add_fences(self, fences: Sequence[tuple[UUID, Fence]]) -> None:
        for site_id, fence in fences:
            key = (site_id, fence.key, fence.report_id)
            old = self._tables.fences.get(key, fence)
            effective_at = max(old.effective_at, fence.effective_at)
            until = max(old.stands_until, fence.stands_until)
            certain = min(old.certain_until, fence.certain_until)
            self._tables.fences[key] = replace(fence, effective_at=effective_at, stands_until=until, certain_until=certain)

    async def see_visitors(self, seen: Sequence[VisitorSeen]) -> None:
        for one in seen:
            key = (one.site_id, one.visitor_id)
            old = self._tables.visitors.get(key, one)
            latest = max(old.seen_at, one.seen_at)
            self._tables.visitors[key] = replace(one, seen_at=latest, back_office=old.back_office or one.back_office)

    async def last_active(self, site_id: UUID, visitor_id: str) -> datetime | None:
        seen = self._tables.visitors.get((site_id, visitor_id))
        return None if seen is None else seen.seen_at

    async def neighbourhood(self, site_id: UUID, visitor_id: str) -> Neighbourhood:
        own = [seen.key for seen in await self.named_by(site_id, [visitor_id])]
        near = {visitor_id, *await self.visitors_naming(site_id, own)}
        sightings = [seen for (s, v, _), seen in self._tables.sightings.items() if s == site_id and v in near]
        keys = {sighting.key for sighting in sightings} | {visitor_key(visitor) for visitor in near}
        named = {*near, *visitors_named(keys)}
        return Neighbourhood(
            visitor_id=visitor_id,
            sightings=tuple(sightings),
            fences=tuple(f for (s, k, _), f in self._tables.fences.items() if s == site_id and k in keys),
            back_office_visitors=await self.staff_among(site_id, named),
            tombstones=tuple(row.stone for (s, k), row in self._tables.tombstones.items() if s == site_id and k in keys),
        )

    async def visitors_around(self, site_id: UUID, visitor_ids: Sequence[str], keys: Sequence[str]) -> list[str]:
        near = {*visitor_ids, *await self.visitors_naming(site_id, keys)}
        theirs = [seen.key for seen in await self.named_by(site_id, sorted(near))]
        return sorted(near | set(await self.visitors_naming(site_id, theirs)))

    async def visitors_naming(self, site_id: UUID, keys: Sequence[str]) -> list[str]:
        return sorted({v for (s, v, k) in self._tables.sightings if s == site_id and k in keys})

    async def named_by(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Sighting]:
        found = [seen for (s, v, _), seen in self._tables.sightings.items() if s == site_id and v in visitor_ids]
        return sorted(found, key=lambda seen: (seen.visitor_id, seen.key))

    async def staff_among(self, site_id: UUID, visitors: Collection[str]) -> frozenset[str]:
        seen = self._tables.visitors
        return frozenset(v for v in visitors if (site_id, v) in seen and seen[site_id, v].back_office)

    async def add_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> None:
        for no in withdrawals:
            key = (no.site_id, no.channel, no.key, no.event_id)
            self._tables.withdrawals.setdefault(key, replace(no, position=self._next_position()))

    async def add_confirmations(self, confirmations: Sequence[Confirmation]) -> None:
        for yes in confirmations:
            key = (yes.site_id, yes.channel, yes.recipient_index, yes.visitor_id, yes.event_id)
            self._tables.confirmations.setdefault(key, replace(yes, position=self._next_position()))

    async def add_opt_ins(self, opt_ins: Sequence[tuple[UUID, UUID]]) -> None:
        for opt_in in opt_ins:
            self._tables.opt_ins.setdefault(opt_in, self._next_position())

    async def opt_in_position(self, site_id: UUID, consent_event_id: UUID) -> int | None:
        return self._tables.opt_ins.get((site_id, consent_event_id))

    def _next_position(self) -> int:
        noes = [no.position for no in self._tables.withdrawals.values()]
        yeses = [yes.position for yes in self._tables.confirmations.values()]
        return 1 + max([*noes, *yeses, *self._tables.opt_ins.values()], default=0)

    async def visitors_confirming(self, site_id: UUID, recipient_indexes: Sequence[str]) -> list[str]:
        keys = self._tables.confirmations
        return sorted({v for s, c, index, v, _ in keys if s == site_id and c == "sms" and index in recipient_indexes})

    async def consent_history(
        self, site_id: UUID, channel: str, recipient_index: str, visitor_id: str
    ) -> tuple[list[Withdrawal], list[Confirmation]]:
        keys = (recipient_index, visitor_key(visitor_id))
        noes = [no for (s, c, k, _), no in self._tables.withdrawals.items() if s == site_id and c == channel and k in keys]
        binding = (site_id, channel, recipient_index, visitor_id)
        last = {no.from_shop: no for no in sorted(noes, key=lambda no: no.position)}
        yeses = [yes for key, yes in self._tables.confirmations.items() if key[:4] == binding]
        ticked = [self._tables.opt_ins.get((site_id, yes.consent_event_id)) if yes.consent_event_id else None for yes in yeses]
        return list(last.values()), [
            replace(yes, consent_position=position) for yes, position in zip(yeses, ticked, strict=True)
        ]


class MemoryStore:
    """Everything, in one transaction."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.carts = MemoryCarts(tables)
        self.nudges = MemoryNudges(tables)
        self.evidence = MemoryEvidence(tables)
        self.asks = MemoryAsks(tables)
        self.sites = MemorySites(tables)
        self.reports = MemoryReports(tables)
        self.erasures = MemoryErasures(tables)
        self.person_data = MemoryPersonData(tables)

    async def emit(self, events: Sequence[Event]) -> None:
        self._tables.emitted.extend(events)


class MemoryDatabase:
    """``fails_emitting`` makes the next commit fail that would emit an event of this type."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.fails_emitting: type[Event] | None = None
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
                yield MemoryStore(self.tables)
                new = self.tables.emitted[len(before["emitted"]) :]
                if self.fails_emitting is not None and any(isinstance(event, self.fails_emitting) for event in new):
                    self.fails_emitting = None
                    raise ConnectionError("the server went away")
            except BaseException:
                for name, content in before.items():
                    setattr(self.tables, name, content)
                raise

    def passes(self, error: BaseException) -> bool:
        return isinstance(error, OSError | TimeoutError)

    async def due_timers(self, floor: datetime, now: datetime, limit: int) -> list[Timer]:
        due = [Timer(*key, due_at) for key, due_at in self.tables.timers.items() if floor < due_at <= now]
        return sorted(due, key=lambda timer: timer.due_at)[:limit]

    async def due_timers_in_turn(self, now: datetime, limit: int) -> list[Timer]:
        due = sorted(
            (Timer(*key, due_at) for key, due_at in self.tables.timers.items() if due_at <= now), key=lambda timer: timer.due_at
        )
        before: Counter[UUID] = Counter()
        placed = []
        for timer in due:
            before[timer.site_id] += 1
            placed.append((before[timer.site_id], timer))
        return [timer for _, timer in sorted(placed, key=lambda each: (each[0], each[1].due_at))][:limit]

    async def partitions_with_asks(self) -> list[int]:
        return sorted({row.partition for row in self.tables.asks.values() if row.waits})

    async def claim_asks(self, partition: int, marker_id: str, now: datetime, limit: int) -> list[ClaimedAsk]:
        waiting = [row for row in self.tables.asks.values() if row.waits and row.partition == partition]
        claimed = sorted(waiting, key=lambda row: row.arrived_at)[:limit]
        for row in claimed:
            key = (row.ask.site_id, row.ask.attempt_id)
            self.tables.asks[key] = replace(row, marker_id=marker_id, marker_site_id=claimed[0].ask.site_id)
        return [ClaimedAsk(row.ask.site_id, row.ask.attempt_id, claimed[0].ask.site_id) for row in claimed]

    async def is_marked(self, site_id: UUID, marker_id: str) -> bool:
        return (site_id, marker_id) in self.tables.markers

    async def asks_without_grant(self, since: datetime) -> int:
        rows = [row for row in self.tables.asks.values() if row.arrived_at > since]
        granted = any(row.answer == "granted" for row in rows)
        return 0 if granted else sum(row.answer in (None, "postponed", "dropped") for row in rows)
