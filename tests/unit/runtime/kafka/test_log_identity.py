"""A log that others write to and read from while we read it is not taken for a lost one."""

from typing import Any

from aiokafka import TopicPartition

from shared.runtime.kafka.log_identity import LogLost, Position, read_positions
from shared.runtime.kafka.offsets import DOUBT_SECONDS, Doubt
from shared.runtime.postgres.tables import Tables

PARTITION = TopicPartition("storefront-events", 3)


class BusyLog:
    """At every request, another member has applied one more record and committed it to Kafka, and retention has run."""

    def __init__(self) -> None:
        self.offset = 10

    def _goes_on(self) -> int:
        self.offset += 1
        return self.offset

    async def committed(self, _: TopicPartition) -> int:
        """What the group has committed."""
        return self._goes_on()

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Retention is right behind the reader."""
        return dict.fromkeys(partitions, self._goes_on())

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """The reader is at the end."""
        return dict.fromkeys(partitions, self._goes_on())

    async def fetchrow(self, *_: object) -> dict[str, int]:
        """The stored offset."""
        return {"next_offset": self._goes_on(), "unreadable_in_row": 0}


async def test_a_busy_log_is_not_a_lost_one() -> None:
    busy: Any = BusyLog()

    found = await read_positions(busy, Tables("orders"), busy, [PARTITION])

    assert isinstance(found[PARTITION], Position)


async def test_an_end_that_is_behind_may_pass_and_another_loss_may_not() -> None:
    beyond: Any = BusyLog()
    beyond.end_offsets = beyond.beginning_offsets = Fixed(0)
    deleted: Any = BusyLog()
    deleted.beginning_offsets = Fixed(1_000)

    lost = [(await read_positions(log, Tables("orders"), log, [PARTITION]))[PARTITION] for log in (beyond, deleted)]

    assert [isinstance(each, LogLost) and each.may_pass for each in lost] == [True, False]


class Fixed:
    """Always the same offset."""

    def __init__(self, offset: int) -> None:
        self.offset = offset

    async def __call__(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.offset)


def test_a_log_that_seems_too_short_is_doubted_from_the_first_such_answer_on() -> None:
    doubt, short, whole = Doubt(), LogLost("too short", may_pass=True), Position(10, 0)

    after_a_long_absence = doubt.lasts([whole, short], 1_000)
    while_it_lasts = [doubt.lasts([short], 1_000 + seconds) for seconds in (DOUBT_SECONDS, DOUBT_SECONDS + 1)]
    when_it_passed = doubt.lasts([whole], 1_020)
    anew = doubt.lasts([short], 1_021)

    assert after_a_long_absence is False
    assert while_it_lasts == [False, True]
    assert [when_it_passed, anew] == [False, False]
