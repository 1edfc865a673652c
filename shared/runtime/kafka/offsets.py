"""Offsets of a member in each partition it reads, and its return to those that PostgreSQL has after a failure."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.runtime.cancellation import cancel
from shared.runtime.kafka.log_identity import LogLost, Position, hold_everything, read_positions
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, is_away
from shared.runtime.postgres.tables import Tables

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
DOUBT_SECONDS = 15.0  # longer than clients keep their metadata: by then a leader that was cut off is known for one

READ_SECONDS = 30.0  # an answer that never comes must not keep a partition away for ever

log = structlog.get_logger("offsets")


@dataclass
class PartitionState:
    """One partition that is being read. ``next_offset`` is what PostgreSQL has; ``sought`` is where reading began."""

    next_offset: int
    sought: int
    unreadable_in_row: int


class Doubt:
    """How long a log has been too short. Counted from the first such answer: a broker that was away for long gives it too."""

    def __init__(self) -> None:
        self._since: float | None = None

    def lasts(self, found: Iterable[Position | LogLost], now: float) -> bool:
        """True when it is certain by ``now``, in monotonic seconds."""
        if not any(isinstance(each, LogLost) and each.may_pass for each in found):
            self._since = None
        elif self._since is None:
            self._since = now
        return self._since is not None and now - self._since > DOUBT_SECONDS


class Offsets:
    """The partitions that this member reads. One that is not here is somebody else's, on its way back, or refused.

    A failure takes a partition out: it is paused, and returns when its stored offset was read again. Nothing here waits
    inside a callback of the client library, whose heart would stop beating meanwhile.
    """

    def __init__(self, pool: Pool, tables: Tables, metrics: RuntimeMetrics) -> None:
        self.refused: dict[TopicPartition, str] = {}
        self._pool = pool
        self._tables = tables
        self._metrics = metrics
        self._known: dict[TopicPartition, PartitionState] = {}
        self._pauses: dict[TopicPartition, float] = {}
        self._returning: dict[TopicPartition, asyncio.Task[None]] = {}

    def get(self, partition: TopicPartition) -> PartitionState | None:
        """The state of a partition, None while it is not ours to read."""
        return self._known.get(partition)

    def all(self) -> frozenset[TopicPartition]:
        """The partitions that are being read."""
        return frozenset(self._known)

    def went_well(self, partition: TopicPartition) -> None:
        """Record that a batch was applied: the next failure pauses shortly again."""
        self._pauses.pop(partition, None)

    def assigned(self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> None:
        """Take partitions; they are read once their stored offsets are known."""
        self._return(consumer, [partition for partition in partitions if partition not in self.refused], 0.0)

    def failed(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        """Go back to the stored offset after a pause that grows with each failure."""
        pause = self._pauses.get(partition, FIRST_PAUSE)
        self._pauses[partition] = min(pause * 2, LONGEST_PAUSE)
        self._return(consumer, [partition], pause)

    def moved(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        """Go to the stored offset now: another member has moved it, or the client skipped something."""
        self._return(consumer, [partition], 0.0)

    def revoked(self, partitions: Iterable[TopicPartition]) -> None:
        """Leave partitions to another member."""
        for partition in list(partitions):
            self._known.pop(partition, None)
            self._pauses.pop(partition, None)
            if (task := self._returning.pop(partition, None)) is not None:
                task.cancel()

    async def close(self) -> None:
        """Forget all and leave no task behind."""
        tasks = set(self._returning.values())
        self.revoked([*self._known, *self._returning])
        await cancel(tasks)

    async def refuse(self, partition: TopicPartition, lost: LogLost) -> None:
        """Hold every site and never read this partition again; the others go on."""
        await hold_everything(self._pool, self._tables, partition, str(lost))
        self.refused[partition] = str(lost)
        self._metrics.log_lost.set(1)
        log.error("everything_held", reason=str(lost))

    def _return(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition], pause: float) -> None:
        if not partitions:
            return
        self._each(consumer.pause, partitions)
        for partition in partitions:
            self._known.pop(partition, None)
        task = asyncio.create_task(self._go_back(consumer, partitions, pause))
        self._returning |= dict.fromkeys(partitions, task)

    async def _go_back(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition], pause: float) -> None:
        doubt = Doubt()
        while partitions:
            await asyncio.sleep(pause)
            pause = min(max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            try:
                async with asyncio.timeout(READ_SECONDS):
                    found = await read_positions(self._pool, self._tables, consumer, partitions)
                certain = doubt.lasts(found.values(), asyncio.get_running_loop().time())
                partitions = [
                    partition
                    for partition in partitions
                    if not await self._arrive(consumer, partition, found[partition], certain)
                ]
            except Exception as error:
                if not (is_away(error) or isinstance(error, KafkaError)):
                    log.exception("position_unknown", partitions=len(partitions))

    async def _arrive(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, found: Position | LogLost, certain: bool
    ) -> bool:
        """True when there is nothing more to ask about this partition."""
        if self._returning.get(partition) is not asyncio.current_task():
            return True  # it was taken from us, or left again, while we asked
        if isinstance(found, LogLost):
            if found.may_pass and not certain:
                return False
            await self.refuse(partition, found)
        else:
            self._begin(consumer, partition, found)
        del self._returning[partition]
        return True

    def _begin(self, consumer: AIOKafkaConsumer, partition: TopicPartition, position: Position) -> None:
        try:
            consumer.seek(partition, position.offset)
            consumer.resume(partition)
        except IllegalStateError:
            return  # taken from us, and the callback for it is still to come
        self._known[partition] = PartitionState(position.offset, position.offset, position.unreadable_in_row)

    @staticmethod
    def _each(action: Callable[[TopicPartition], object], partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            try:
                action(partition)
            except IllegalStateError:
                continue  # taken from us meanwhile
