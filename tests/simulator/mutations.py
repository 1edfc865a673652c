"""Worlds with a guard taken out. What is left of each is the code that ships; only the guard's own memory is weaker."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.ingest.orders.reports import OrderMoment, order_moment
from services.orders.rules.carts import Cart
from services.orders.rules.granting import Ask
from services.orders.rules.opt_in import QuestionAsk
from shared.events.envelope import Origin
from shared.runtime.clock import Clock
from shared.runtime.postgres.pool import CommitUnconfirmed
from tests.simulator.databases import NotifyDatabase, OrdersDatabase
from tests.simulator.faults import Faults
from tests.support.memory.notify import MemoryStore as NotifyStore
from tests.support.memory.notify_nudges import MemoryNudges
from tests.support.memory.orders import MemoryCarts
from tests.support.memory.orders import MemoryStore as OrdersStore
from tests.support.memory.orders_facts import MemoryAsks


def the_clock_is_believed(claimed: datetime | None, received_at: datetime, origin: Origin) -> OrderMoment:
    """An order counts from the moment that its shop's clock shows, give or take five seconds."""
    moment = order_moment(claimed, received_at, origin)
    return replace(moment, fences_until=moment.effective_at + timedelta(seconds=moment.uncertainty_seconds))


class AsksWithoutMarker(MemoryAsks):
    """Answers whoever asks."""

    async def lock_open(self, site_id: UUID, attempt_id: str, marker_id: str) -> Ask | QuestionAsk | None:
        row = self._tables.asks.get((site_id, attempt_id))
        return None if row is None or row.answer is not None else row.ask


class NobodyWaitsForTheMarker(OrdersDatabase):
    """Every marker is recorded as applied as soon as it is appended, whatever is still unread before it."""

    async def is_marked(self, site_id: UUID, marker_id: str) -> bool:
        return True

    def store(self) -> OrdersStore:
        store = super().store()
        store.asks = AsksWithoutMarker(self.tables)
        return store


class CartsThatEndedAreForgotten(MemoryCarts):
    """What was in a bought cart is not known any more."""

    async def opened_since(self, site_id: UUID, visitor_ids: Sequence[str], since: datetime) -> list[Cart]:
        return []


class EveryCartIsNew(OrdersDatabase):
    """A cart that repeats what was bought is a cart like any other."""

    def store(self) -> OrdersStore:
        store = super().store()
        store.carts = CartsThatEndedAreForgotten(self.tables)
        return store


class ForgetfulNudges(MemoryNudges):
    """A row that does not remember that somebody asks: it is claimed again as soon as its lease is over."""

    async def set_asking(self, site_id: UUID, nudge_id: UUID) -> None:
        row = self._living(site_id, nudge_id)
        if row is not None:
            self._tables.nudges[site_id, nudge_id] = replace(row, tries=row.tries + 1)


class NudgesForget(NotifyDatabase):
    """The unique index alone stands between a nudge and a second attempt."""

    def store(self) -> NotifyStore:
        store = super().store()
        store.nudges = ForgetfulNudges(self.tables, self._clock)
        return store


class NoIndex(NotifyDatabase):
    """The nudge's row alone stands between it and a second attempt."""

    def __init__(self, faults: Faults, clock: Clock) -> None:
        super().__init__(faults, clock)
        self.tables.unique = False


class NothingIsUnique(NudgesForget, NoIndex):
    """Nothing stands between a nudge and a second attempt."""


class UnconfirmedIsFine(NotifyDatabase):
    """A driver that drops what PostgreSQL answers to a commit, as asyncpg does: it seems to have gone well."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[NotifyStore]:
        try:
            async with super().transaction() as store:
                yield store
        except CommitUnconfirmed:
            return
