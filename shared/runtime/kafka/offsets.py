"""Where a member stands in each partition it reads, and how it gets back to where PostgreSQL says after a failure."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.runtime.cancellation import cancel
from shared.runtime.kafka.log_identity import LogLost, Position, hold_everything, look_up
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, is_away
from shared.runtime.postgres.tables import Tables

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
DOUBT_SECONDS = 15.0  # longer than clients keep their metadata: by then a leader that was cut off is known for one

LOOK_UP_SECONDS = 30.0  # an answer that never comes must not keep a partition away for ever

log = structlog.get_logger("places")


@dataclass
class Place:
    """One partition that is being read. ``next_offset`` is what PostgreSQL has; ``sought`` is where reading began."""

    next_offset: int
    sought: int
    unreadable_in_row: int


class Doubt:
    """How long a log has looked too short. Counted from the first such answer: a broker that was away for long says it too."""

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
        self._known: dict[TopicPartition, Place] = {}
        self._pauses: dict[TopicPartition, float] = {}
        self._returning: dict[TopicPartition, asyncio.Task[None]] = {}

    def get(self, place: TopicPartition) -> Place | None:
        """Where we stand in a partition, None while it is not ours to read."""
        return self._known.get(place)

    def all(self) -> frozenset[TopicPartition]:
        """Those that are being read."""
        return frozenset(self._known)

    def went_well(self, place: TopicPartition) -> None:
        """A batch was applied: the next failure pauses shortly again."""
        self._pauses.pop(place, None)

    def assigned(self, consumer: AIOKafkaConsumer, places: Iterable[TopicPartition]) -> None:
        """These are ours from now on; they are read once their stored offsets are known."""
        self._return(consumer, [place for place in places if place not in self.refused], 0.0)

    def failed(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
        """Go back to the stored offset after a pause that grows with each failure."""
        pause = self._pauses.get(place, FIRST_PAUSE)
        self._pauses[place] = min(pause * 2, LONGEST_PAUSE)
        self._return(consumer, [place], pause)

    def moved(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
        """Go to the stored offset now: somebody else has moved it, or the client skipped something."""
        self._return(consumer, [place], 0.0)

    def revoked(self, places: Iterable[TopicPartition]) -> None:
        """These are somebody else's now."""
        for place in list(places):
            self._known.pop(place, None)
            self._pauses.pop(place, None)
            if (task := self._returning.pop(place, None)) is not None:
                task.cancel()

    async def close(self) -> None:
        """Forget all and leave no task behind."""
        tasks = set(self._returning.values())
        self.revoked([*self._known, *self._returning])
        await cancel(tasks)

    async def refuse(self, place: TopicPartition, lost: LogLost) -> None:
        """Hold every site and never read this partition again; the others go on."""
        await hold_everything(self._pool, self._tables, place, str(lost))
        self.refused[place] = str(lost)
        self._metrics.log_lost.set(1)
        log.error("everything_held", reason=str(lost))

    def _return(self, consumer: AIOKafkaConsumer, places: list[TopicPartition], pause: float) -> None:
        if not places:
            return
        self._each(consumer.pause, places)
        for place in places:
            self._known.pop(place, None)
        task = asyncio.create_task(self._go_back(consumer, places, pause))
        self._returning |= dict.fromkeys(places, task)

    async def _go_back(self, consumer: AIOKafkaConsumer, places: list[TopicPartition], pause: float) -> None:
        doubt = Doubt()
        while places:
            await asyncio.sleep(pause)
            pause = min(max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            try:
                async with asyncio.timeout(LOOK_UP_SECONDS):
                    found = await look_up(self._pool, self._tables, consumer, places)
                certain = doubt.lasts(found.values(), asyncio.get_running_loop().time())
                places = [place for place in places if not await self._arrive(consumer, place, found[place], certain)]
            except Exception as error:
                if not (is_away(error) or isinstance(error, KafkaError)):
                    log.exception("position_unknown", places=len(places))

    async def _arrive(
        self, consumer: AIOKafkaConsumer, place: TopicPartition, found: Position | LogLost, certain: bool
    ) -> bool:
        """True when there is nothing more to ask about this partition."""
        if self._returning.get(place) is not asyncio.current_task():
            return True  # it was taken from us, or left again, while we asked
        if isinstance(found, LogLost):
            if found.may_pass and not certain:
                return False
            await self.refuse(place, found)
        else:
            self._begin(consumer, place, found)
        del self._returning[place]
        return True

    def _begin(self, consumer: AIOKafkaConsumer, place: TopicPartition, position: Position) -> None:
        try:
            consumer.seek(place, position.offset)
            consumer.resume(place)
        except IllegalStateError:
            return  # taken from us, and the callback that says so is still to come
        self._known[place] = Place(position.offset, position.offset, position.unreadable_in_row)

    @staticmethod
    def _each(action: Callable[[TopicPartition], object], places: list[TopicPartition]) -> None:
        for place in places:
            try:
                action(place)
            except IllegalStateError:
                continue  # taken from us meanwhile
