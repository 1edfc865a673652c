"""Appends records to Kafka in groups: what arrives while one batch is under way leaves with the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from shared.events.codec import Encoded


class Outcome(StrEnum):
    """What became of an append."""

    DURABLE = "durable"
    FULL = "full"  # too much is waiting already: nothing was taken
    LATE = "late"  # no answer of the broker in time: it may or may not be stored
    FAILED = "failed"
    TOO_LARGE = "too_large"


class Batch(Protocol):
    """As aiokafka's ``BatchBuilder``: ``append`` answers None when the record does not fit any more."""

    def append(
        self,
        *,
        timestamp: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
    ) -> object: ...


class BatchProducer(Protocol):
    """The part of ``AIOKafkaProducer`` that is used here. Both calls may raise; the future may fail."""

    def create_batch(self) -> Batch: ...

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Awaitable[object]: ...


@dataclass(eq=False)
class _Ticket:
    """One request's wait for all of its records. Not shared, so a cancelled request cancels nobody else."""

    missing: int
    outcome: asyncio.Future[Outcome]

    def resolve(self, outcome: Outcome) -> None:
        self.missing -= 1
        if self.outcome.done():
            return
        if outcome is not Outcome.DURABLE or self.missing == 0:
            self.outcome.set_result(outcome)


@dataclass(frozen=True, eq=False)
class _Waiting:
    record: Encoded
    ticket: _Ticket

    @property
    def size(self) -> int:
        return len(self.record.value) + 200  # key, headers and framing


@dataclass(eq=False)
class _Lane:
    """The queue of one partition. Its batches leave one at a time, so its order is the order of arrival."""

    topic: str
    partition: int
    waiting: deque[_Waiting] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True)
class Caps:
    """What may wait, and for how long."""

    records: int = 20_000
    bytes: int = 32 * 1024 * 1024
    seconds: float = 2.0


class GroupCommit:
    """Reports ``durable`` when the broker has, and never otherwise.

    A partition whose leader is gone holds up nobody else: each has its own lane.
    """

    def __init__(
        self,
        producer: BatchProducer,
        partition_of: Callable[[Encoded], int],
        caps: Caps,
        on_batch: Callable[[int, Exception | None], None],
    ) -> None:
        self._producer = producer
        self._partition_of = partition_of
        self._caps = caps
        self._on_batch = on_batch
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self.waiting_records = 0
        self.waiting_bytes = 0

    async def append(self, records: Sequence[Encoded]) -> Outcome:
        """Wait until all of the records are durable, but not for longer than the cap."""
        if not records:
            return Outcome.DURABLE
        ticket = self._enqueue(records)
        if ticket is None:
            return Outcome.FULL
        try:
            async with asyncio.timeout(self._caps.seconds):
                return await ticket.outcome
        except TimeoutError:
            return Outcome.LATE

    def append_unwatched(self, record: Encoded) -> None:
        """Append a record that nobody waits for. It is dropped when too much is waiting."""
        self._enqueue([record])

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way. New records still come in: stop taking them first."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    def _enqueue(self, records: Sequence[Encoded]) -> _Ticket | None:
        ticket = _Ticket(len(records), asyncio.get_running_loop().create_future())
        entries = [_Waiting(record, ticket) for record in records]
        size = sum(entry.size for entry in entries)
        if self.waiting_records + len(entries) > self._caps.records or self.waiting_bytes + size > self._caps.bytes:
            return None
        self.waiting_records += len(entries)
        self.waiting_bytes += size
        for entry in entries:
            self._lane_of(entry.record).waiting.append(entry)
        return ticket

    def _lane_of(self, record: Encoded) -> _Lane:
        key = record.topic, self._partition_of(record)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(*key)
        if lane.task is None:
            lane.task = asyncio.get_running_loop().create_task(self._run(lane))
        return lane

    async def _run(self, lane: _Lane) -> None:
        try:
            await asyncio.sleep(0)  # let everything that is read in this turn of the loop join
            while lane.waiting:
                await self._send(lane, *self._fill(lane))
        finally:
            lane.task = None

    def _fill(self, lane: _Lane) -> tuple[Batch, list[_Waiting]]:
        """As many waiting records as one batch holds; those whose request has gone are dropped."""
        batch = self._producer.create_batch()
        members: list[_Waiting] = []
        while lane.waiting:
            entry = lane.waiting[0]
            if entry.ticket.outcome.done():
                self._leave(lane.waiting.popleft(), Outcome.LATE)
                continue
            record = entry.record
            fits = batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
            if fits is not None:
                members.append(lane.waiting.popleft())
            elif members:
                break
            else:
                self._leave(lane.waiting.popleft(), Outcome.TOO_LARGE)  # it fits no batch: it fails alone
        return batch, members

    async def _send(self, lane: _Lane, batch: Batch, members: list[_Waiting]) -> None:
        if not members:
            return
        outcome = Outcome.FAILED
        try:
            await (await self._producer.send_batch(batch, lane.topic, partition=lane.partition))
            outcome = Outcome.DURABLE
            self._on_batch(len(members), None)
        except Exception as error:  # whatever it was, those who wait must learn that it failed
            self._on_batch(len(members), error)
        finally:
            for entry in members:
                self._leave(entry, outcome)

    def _leave(self, entry: _Waiting, outcome: Outcome) -> None:
        self.waiting_records -= 1
        self.waiting_bytes -= entry.size
        entry.ticket.resolve(outcome)
