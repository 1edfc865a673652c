"""The log: partitions that only grow, with a broker that may lose a request or its answer, never a record."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from services.orders.grants.barrier import NotAppended
from shared.events.catalogue import topic_of
from shared.events.envelope import Event
from shared.events.markers import BarrierMarked
from shared.runtime.kafka.producer import partition_of
from tests.simulator.faults import Faults

Place = tuple[str, int]
"""A topic and a partition of it."""


@dataclass(frozen=True)
class Record:
    """An event, and since when it is on the broker for good."""

    event: Event
    durable_at: float


class Log:
    """All topics."""

    def __init__(self, faults: Faults) -> None:
        self.records: dict[Place, list[Record]] = defaultdict(list)
        self._faults = faults
        self._grown: dict[Place, asyncio.Event] = defaultdict(asyncio.Event)

    async def publish(self, event: Event) -> None:
        """Into the partition of its site. Raises NotAppended when it is uncertain whether it is there."""
        topic = topic_of(event)
        await self._append((topic.name, partition_of(event.site_id, topic.partitions)), event)

    async def append(self, marker: BarrierMarked, partition: int) -> None:
        """A marker, into the partition whose asks it answers."""
        await self._append((topic_of(marker).name, partition), marker)

    async def _append(self, place: Place, event: Event) -> None:
        await self._faults.pause()
        if self._faults.happens(self._faults.rates.append_lost):
            raise NotAppended("the request was lost")
        self.records[place].append(Record(event, asyncio.get_running_loop().time()))
        self._grown[place].set()
        await self._faults.pause()
        if self._faults.happens(self._faults.rates.append_unheard):
            raise NotAppended("its answer was lost")

    async def read(self, place: Place, offset: int, wait_seconds: float) -> list[Event]:
        """What is there from an offset on, after a while where nothing is there yet."""
        if offset >= len(self.records[place]):
            self._grown[place].clear()
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._grown[place].wait()
            except TimeoutError:
                return []
        return [record.event for record in self.records[place][offset : offset + 20]]
