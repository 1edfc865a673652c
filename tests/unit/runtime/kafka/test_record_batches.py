"""Whatever a writer left in a batch, the consumer reads to its end, and each record becomes an event or a letter."""

import gzip
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from hypothesis import example, given
from hypothesis import strategies as st

from shared.events.codec import SILENCES_HEADER, encode
from shared.events.merchant import SendingPaused
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.kafka.record_batches import LARGEST_BATCH, read_any_record
from tests.support.builders.ingest import NOON, SITE
from tests.support.raw_batches import batch, raw_record
from tests.unit.runtime.kafka.test_any_record import OTHER, applied

PLACE = TopicPartition("merchant-actions", 0)
PAUSED = SendingPaused(event_id=OTHER, site_id=SITE, occurred_at=NOON, received_at=NOON)
GOOD = encode(PAUSED)
NUMBERS = st.sampled_from([-1, 0, 1, 2**31 - 1, 2**62, -(2**62)])
GZIP = 1


def a_record(delta: int, headers: Sequence[tuple[bytes, bytes | None]], **terms: int) -> bytes:
    return raw_record(delta, GOOD.key, GOOD.value, headers, **terms)


def read(data: bytes, offset: int = 0) -> tuple[list[Any], int]:
    """The records of an answer of a broker, and from where the client would ask on."""
    read_any_record()
    found = fetcher.PartitionRecords(PLACE, fetcher.MemoryRecords(data), [], offset, None, None, True, 0)
    return list(found), found.next_fetch_offset


GOOD_HEADERS = [(name.encode(), value) for name, value in GOOD.headers]


@given(st.lists(st.tuples(st.binary(max_size=40), st.none() | st.binary(max_size=20)), max_size=4), NUMBERS)
@example([(b"\xff\xfe", None)], -1)
@example([(b"beckon-silences\xff", b"1")], 0)
async def test_any_name_of_a_header_leaves_its_event_as_it_is(headers: list[tuple[bytes, bytes | None]], time: int) -> None:
    records = b"".join(a_record(delta, headers, time=time % 1000) for delta in range(3))

    found, next_offset = read(batch(records, 3, time=time))

    assert ([record.offset for record in found], next_offset) == ([0, 1, 2], 3)
    for record in found:
        came, _ = await applied(record)
        assert list(came.events) == [PAUSED]


async def test_a_record_that_ends_too_early_silences_and_its_neighbours_go_on() -> None:
    torn = a_record(1, [(b"x", b"1")], count=7)

    found, next_offset = read(batch(a_record(0, GOOD_HEADERS) + torn + a_record(2, GOOD_HEADERS), 3))

    assert ([record.offset for record in found], next_offset) == ([0, 1, 2], 3)
    assert SILENCES_HEADER in dict(found[1].headers)


@pytest.mark.parametrize("codec", [2, 3, 4, 5, 6, 7, GZIP])
async def test_a_batch_that_cannot_be_decompressed_is_one_letter_that_silences_all(codec: int) -> None:
    packed = batch(b"\x1f\x8b no such thing", 5, codec=codec)

    found, next_offset = read(packed + batch(a_record(0, GOOD_HEADERS), 1, base=5))

    assert ([record.offset for record in found], next_offset) == ([4, 5], 6)
    _, tx = await applied(found[0])
    assert ([site for site, _ in tx.holds], len(tx.letters)) == ([EVERY_SITE], 1)


async def test_a_batch_that_would_become_too_large_is_one_letter() -> None:
    bomb = gzip.compress(bytes(LARGEST_BATCH + 1))

    found, next_offset = read(batch(bomb, 2, codec=GZIP))

    assert (len(found), next_offset) == (1, 2)
    assert len(found[0].value) < 100_000


def test_a_compressed_batch_is_read_like_any_other() -> None:
    records = a_record(0, GOOD_HEADERS) + a_record(1, [(b"\xff", b"")])

    found, _ = read(batch(gzip.compress(records[:50]) + gzip.compress(records[50:]), 2, codec=GZIP))

    assert [record.value for record in found] == [GOOD.value, GOOD.value]
    assert [list(record.headers) for record in found] == [list(GOOD.headers), [("\\xff", b"")]]


RECORDS = a_record(0, GOOD_HEADERS) + a_record(1, [(b"\xff", None)]) + a_record(2, [])
ALTERED = st.lists(st.tuples(st.integers(0, len(RECORDS) - 1), st.integers(0, 255)), max_size=6)


@given(st.binary(max_size=200) | ALTERED, st.integers(0, 5), st.sampled_from([0, 0, 0, GZIP]))
@example(b"\xff" * 30, 3, 0)
@example(b"", 2, 0)
@example([(4, 4)], 1, 0)
async def test_any_bytes_are_events_or_letters_and_reading_goes_on_behind_them(
    content: bytes | list[tuple[int, int]], count: int, codec: int
) -> None:
    if isinstance(content, list):
        altered = bytearray(RECORDS)
        for position, byte in content:
            altered[position] = byte
        content = bytes(altered)
    data = batch(gzip.compress(content) if codec else content, count, codec=codec)

    found, next_offset = read(data + batch(a_record(0, GOOD_HEADERS), 1, base=count))

    offsets = [record.offset for record in found]
    assert next_offset >= count + 1
    assert offsets == sorted(set(offsets))
    assert offsets[-1] == count
    for record in found:
        came, tx = await applied(record)
        assert len(came.events) + len(tx.letters) == 1
        assert not tx.letters or SILENCES_HEADER not in dict(record.headers) or tx.holds


async def test_a_record_that_was_compressed_to_pass_the_brokers_limit_is_a_letter() -> None:
    value = GOOD.value + b" " * 4_000_000
    packed = gzip.compress(raw_record(0, GOOD.key, value, GOOD_HEADERS))

    found, _ = read(batch(packed, 1, codec=GZIP))

    came, tx = await applied(found[0])
    assert (list(came.events), len(tx.letters), [site for site, _ in tx.holds]) == ([], 1, [SITE])
