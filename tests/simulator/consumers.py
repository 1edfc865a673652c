"""How partitions are read: one reader each, mostly; its offset is stored with what it did."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from shared.runtime.postgres.pool import CommitUnconfirmed
from tests.simulator.databases import NotifyDatabase, OrdersDatabase
from tests.simulator.faults import Faults
from tests.simulator.log import Log, Place

IDLE_SECONDS = 0.5


class Moved(Exception):
    """Somebody else has read on: what was read here is undone."""


class Group:
    """Who reads what. A process that lost a partition may believe for a while that it still has it."""

    def __init__(self, partitions: Sequence[Place]) -> None:
        self.partitions = partitions
        self._believers: dict[Place, list[str]] = {place: [] for place in partitions}

    def believed_by(self, name: str) -> list[Place]:
        """The partitions that this process thinks it reads."""
        return [place for place in self.partitions if name in self._believers[place]]

    def give(self, place: Place, name: str) -> None:
        """The broker's word: theirs from now on."""
        if name not in self._believers[place]:
            self._believers[place].append(name)

    def forget(self, place: Place, name: str) -> None:
        """It has learned that the partition is not its own any more, or it is dead."""
        if name in self._believers[place]:
            self._believers[place].remove(name)

    def others(self, place: Place, name: str) -> list[str]:
        """Who else believes so."""
        return [believer for believer in self._believers[place] if believer != name]


class Reader:
    """One process's way through one partition, as ``shared/runtime/kafka/consumer.py`` goes it."""

    def __init__(
        self,
        name: str,
        group: Group,
        place: Place,
        database: OrdersDatabase | NotifyDatabase,
        log: Log,
        faults: Faults,
        apply: Callable[[Any, Any], Awaitable[None]],
        committed: Callable[[Any], Awaitable[None]],
    ) -> None:
        self._name = name
        self._group = group
        self._place = place
        self._database = database
        self._log = log
        self._faults = faults
        self._apply = apply
        self._committed = committed

    async def run(self) -> None:
        """Read until killed."""
        while True:
            if self._place not in self._group.believed_by(self._name):
                await asyncio.sleep(IDLE_SECONDS)
                continue
            try:
                await self._run_once()
            except (Moved, OSError, CommitUnconfirmed):
                await asyncio.sleep(0.1)

    async def _run_once(self) -> None:
        offset = self._database.tables.offsets.get(self._place, 0)
        events = await self._log.read(self._place, offset, IDLE_SECONDS)
        if not events:
            return
        if self._faults.happens(self._faults.rates.lag):
            await asyncio.sleep(self._faults.random.uniform(0, 12))
        async with self._database.transaction() as store:
            if self._database.tables.offsets.get(self._place, 0) != offset:
                raise Moved
            await self._apply(events, store)
            self._database.tables.offsets[self._place] = self._next(offset, len(events))
        await self._committed(events)

    def _next(self, offset: int, count: int) -> int:
        """Now and then the stored place goes back: everything from there is read, and applied, again."""
        if self._faults.happens(self._faults.rates.rewind):
            return self._faults.random.randint(0, offset)
        return offset + count
