"""Group commit under faults: what is answered as durable, is durable; the order of a partition is kept."""

import asyncio
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.group_commit import Caps, GroupCommit, Outcome
from shared.events.codec import Encoded
from tests.support.builders.ingest import MemoryKafka


def a_record(partition: int, number: int, size: int = 10) -> Encoded:
    value = f"{number:06d}".encode().ljust(size, b".")
    return Encoded("storefront-events", str(UUID(int=partition)).encode(), value, ())


def a_commit(kafka: MemoryKafka, caps: Caps | None = None) -> GroupCommit:
    return GroupCommit(kafka, lambda record: record.key[-1] % 4, caps or Caps(seconds=0.2), lambda _count, _error: None)


async def test_what_arrives_while_a_batch_is_under_way_leaves_as_one_batch() -> None:
    kafka = MemoryKafka()
    commit = a_commit(kafka, Caps(seconds=5))
    kafka.open.clear()
    first = asyncio.create_task(commit.append([a_record(0, 0)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(commit.append([a_record(0, number)])) for number in range(1, 50)]
    await asyncio.sleep(0)

    kafka.open.set()
    outcomes = await asyncio.gather(first, *others)

    assert set(outcomes) == {Outcome.DURABLE}
    assert kafka.batches <= 3
    assert [value for _, _, value in kafka.stored] == [a_record(0, number).value for number in range(50)]


async def test_a_partition_without_a_leader_holds_up_nobody_else() -> None:
    kafka = MemoryKafka()
    commit = a_commit(kafka)
    kafka.open.clear()
    stuck = asyncio.create_task(commit.append([a_record(0, 1)]))
    await asyncio.sleep(0.02)
    kafka.open = asyncio.Event()
    kafka.open.set()

    other = await commit.append([a_record(1, 2)])

    assert other is Outcome.DURABLE
    assert await stuck is Outcome.LATE


async def test_a_record_that_fits_no_batch_fails_alone() -> None:
    kafka = MemoryKafka(capacity=100)
    commit = a_commit(kafka)

    outcomes = await asyncio.gather(
        commit.append([a_record(0, 1)]), commit.append([a_record(0, 2, size=101)]), commit.append([a_record(0, 3)])
    )

    assert list(outcomes) == [Outcome.DURABLE, Outcome.TOO_LARGE, Outcome.DURABLE]


async def test_no_answer_in_time_is_never_durable_and_nothing_waits_for_ever() -> None:
    kafka = MemoryKafka()
    commit = a_commit(kafka, Caps(seconds=0.05))
    kafka.open.clear()

    outcomes = await asyncio.gather(*(commit.append([a_record(0, number)]) for number in range(20)))
    kafka.open.set()
    await commit.drain(1)

    assert set(outcomes) == {Outcome.LATE}
    assert (commit.waiting_records, commit.waiting_bytes) == (0, 0)


async def test_too_much_waiting_is_refused_at_once_by_count_and_by_size() -> None:
    kafka = MemoryKafka()
    kafka.open.clear()
    by_count = a_commit(kafka, Caps(records=2, seconds=0.05))
    by_size = a_commit(kafka, Caps(bytes=500, seconds=0.05))

    counted = await asyncio.gather(*(by_count.append([a_record(0, number)]) for number in range(4)))
    sized = await asyncio.gather(*(by_size.append([a_record(0, number)]) for number in range(4)))

    assert counted.count(Outcome.FULL) == 2
    assert sized.count(Outcome.FULL) == 2


async def test_a_cancelled_request_cancels_nobody_else() -> None:
    kafka = MemoryKafka()
    commit = a_commit(kafka, Caps(seconds=5))
    kafka.open.clear()
    gone = asyncio.create_task(commit.append([a_record(0, 1)]))
    stays = asyncio.create_task(commit.append([a_record(0, 2)]))
    await asyncio.sleep(0.01)

    gone.cancel()
    kafka.open.set()

    assert await stays is Outcome.DURABLE


async def test_a_failure_reaches_those_whom_it_concerns_and_the_next_batch_goes() -> None:
    kafka = MemoryKafka()
    commit = a_commit(kafka)
    kafka.failure = OSError("reset")

    failed = await commit.append([a_record(0, 1)])
    kafka.failure = None
    next_one = await commit.append([a_record(0, 2)])

    assert (failed, next_one) == (Outcome.FAILED, Outcome.DURABLE)


@given(partitions=st.lists(st.integers(0, 3), max_size=60), capacity=st.integers(10, 60))
def test_the_order_of_each_partition_is_the_order_of_arrival(partitions: list[int], capacity: int) -> None:
    async def run() -> MemoryKafka:
        kafka = MemoryKafka(capacity=capacity)
        commit = a_commit(kafka, Caps(seconds=60))  # a machine that pauses for a moment is not what this is about
        records = [a_record(partition, number) for number, partition in enumerate(partitions)]
        outcomes = await asyncio.gather(*(commit.append([record]) for record in records))
        assert set(outcomes) <= {Outcome.DURABLE}
        return kafka

    stored = asyncio.run(run()).stored

    assert len(stored) == len(partitions)
    for partition in range(4):
        values = [value for _, where, value in stored if where == partition]
        assert values == sorted(values)
