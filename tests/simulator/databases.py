"""The memories of both services with a network before them: commits that are lost, or last unconfirmed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.rules.attempts import Attempt
from services.notify.rules.bindings import Binding
from services.orders.rules.timers import Timer
from services.orders.storage.protocols import ClaimedAsk
from shared.events.envelope import Event
from shared.runtime.clock import Clock
from shared.runtime.postgres.pool import CommitUnconfirmed
from tests.simulator.faults import Faults
from tests.simulator.log import Place
from tests.simulator.transactions import read_only, unconfirmed, without
from tests.support.memory import notify, notify_erasure, orders, orders_erasure


@dataclass
class Lease:
    """Who may send the outbox, and until when."""

    holder: str = ""
    until: float = 0.0


@dataclass
class OrdersTables(orders_erasure.Tables):
    """With the offsets of its readers."""

    offsets: dict[Place, int] = field(default_factory=dict)


@dataclass
class NotifyTables(notify_erasure.Tables):
    """With the offsets of its readers."""

    offsets: dict[Place, int] = field(default_factory=dict)


class OrdersDatabase(orders.MemoryDatabase):
    """What orders remembers. Searches over all sites see what is committed, as each transaction does."""

    tables: OrdersTables

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self.tables = OrdersTables()
        self.lease = Lease()
        self._faults = faults

    def passes(self, error: BaseException) -> bool:
        return isinstance(error, OSError | TimeoutError | CommitUnconfirmed)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[orders.MemoryStore]:
        async with unconfirmed(self._faults, super().transaction()):
            yield self.store()

    def store(self) -> orders.MemoryStore:
        """The store of a transaction."""
        return orders.MemoryStore(self.tables)

    async def due_timers(self, floor: datetime, now: datetime, limit: int) -> list[Timer]:
        async with read_only(self._one_at_a_time):
            return await super().due_timers(floor, now, limit)

    async def due_timers_in_turn(self, now: datetime, limit: int) -> list[Timer]:
        async with read_only(self._one_at_a_time):
            return await super().due_timers_in_turn(now, limit)

    async def partitions_with_asks(self) -> list[int]:
        async with read_only(self._one_at_a_time):
            return await super().partitions_with_asks()

    async def claim_asks(self, partition: int, marker_id: str, now: datetime, limit: int) -> list[ClaimedAsk]:
        async with read_only(self._one_at_a_time):
            claimed = await super().claim_asks(partition, marker_id, now, limit)
        await self._faults.pause()
        return claimed

    async def is_marked(self, site_id: UUID, marker_id: str) -> bool:
        async with read_only(self._one_at_a_time):
            marked = await super().is_marked(site_id, marker_id)
        await self._faults.pause()
        return marked

    async def outbox(self) -> list[Event]:
        """What has not yet left."""
        async with self._one_at_a_time:
            return list(self.tables.emitted)

    async def forget_sent(self, sent: Sequence[Event]) -> None:
        """These have left."""
        async with self._one_at_a_time:
            self.tables.emitted = without(self.tables.emitted, sent)


class NotifyDatabase(notify.MemoryDatabase):
    """What notify remembers."""

    tables: NotifyTables

    def __init__(self, faults: Faults, clock: Clock) -> None:
        super().__init__(clock)
        self.tables = NotifyTables()
        self.lease = Lease()
        self._faults = faults

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[notify.MemoryStore]:
        async with unconfirmed(self._faults, super().transaction()):
            yield self.store()

    def store(self) -> notify.MemoryStore:
        """The store of a transaction."""
        return notify.MemoryStore(self.tables, self._clock)

    async def claim_nudges(self, partitions: Sequence[int], limit: int) -> list[tuple[UUID, UUID]]:
        async with read_only(self._one_at_a_time):
            claimed = await super().claim_nudges(partitions, limit)
        if claimed:
            await self._faults.pause()
        return claimed

    async def claim_bindings(self, partitions: Sequence[int], limit: int) -> list[Binding]:
        async with read_only(self._one_at_a_time):
            claimed = await super().claim_bindings(partitions, limit)
        if claimed:
            await self._faults.pause()
        return claimed

    async def claim_transactional(self, limit: int, lease: timedelta) -> list[tuple[UUID, str]]:
        async with read_only(self._one_at_a_time):
            claimed = await super().claim_transactional(limit, lease)
        if claimed:
            await self._faults.pause()
        return claimed

    async def unresolved(self) -> list[Attempt]:
        async with read_only(self._one_at_a_time):
            return await super().unresolved()

    async def resume_asking(self, older_than: timedelta) -> None:
        async with read_only(self._one_at_a_time):
            await super().resume_asking(older_than)

    async def outbox(self) -> list[Event]:
        """What has not yet left."""
        async with self._one_at_a_time:
            return list(self.tables.emitted)

    async def forget_sent(self, sent: Sequence[Event]) -> None:
        """These have left."""
        async with self._one_at_a_time:
            self.tables.emitted = without(self.tables.emitted, sent)
