"""What cannot be read or applied is set aside, its site held where silence was meant, and its neighbours go on."""

import asyncio
from uuid import UUID

import pytest

from shared.events.codec import SILENCES_HEADER, encode
from shared.events.merchant import MerchantAction
from shared.runtime.kafka.holds import EVERY_SITE, active_hold
from shared.runtime.postgres.pool import Pool
from shared.runtime.postgres.tables import Tables
from tests.integration.runtime.bench import DEAD_LETTERS, TOPIC, Service, Shop, consuming, paused, read_all, resumed, sites
from tests.support.raw_batches import batch, publish_batch, raw_record
from tests.support.waiting import eventually

ORDERS = Tables("orders")
MARKED = ((SILENCES_HEADER, b"1"),)


async def hold_on(pool: Pool, site: UUID) -> str | None:
    async with pool.acquire() as connection:
        return await active_hold(connection, ORDERS, site)


async def dead_letters(kafka: str, count: int) -> list[dict[str, bytes]]:
    """The headers and the value of each, once there are so many."""
    found: list[dict[str, bytes]] = []

    async def there() -> bool:
        records = await read_all(kafka, DEAD_LETTERS, 1)
        found[:] = [dict(record.headers) | {"value": record.value, "key": record.key} for record in records]
        return len(found) >= count

    await eventually(there)
    return found


async def test_a_record_nobody_can_read_is_set_aside_between_its_neighbours(kafka: str, pool: Pool, shop: Shop) -> None:
    service = Service(pool)
    site, other = sites(2, partition=1)
    before, after = resumed(site), resumed(other)

    async with consuming(kafka, service):
        await shop.publish(before)
        await shop.publish_raw(site, b"{not json", MARKED)
        await shop.publish(after)
        await service.wait_for([before, after])
        (letter,) = await dead_letters(kafka, 1)

    assert letter["value"] == b"{not json"
    assert letter["key"] == str(site).encode()
    assert letter["beckon-reader"] == b"orders"
    assert letter["beckon-place"] == f"{TOPIC}/1/1".encode()
    assert b"json" in letter["beckon-reason"]
    assert await hold_on(pool, site) is not None
    assert await hold_on(pool, other) is None


async def test_an_event_that_silences_nobody_holds_no_site_unless_the_reader_holds_for_any(
    kafka: str, pool: Pool, shop: Shop
) -> None:
    service = Service(pool)
    first, second = sites(2)

    async with consuming(kafka, service, holds="silencing"):
        await shop.publish_raw(first, b"[]")
        await dead_letters(kafka, 1)
    assert await hold_on(pool, first) is None

    async with consuming(kafka, service, holds="any"):
        await shop.publish_raw(second, b"[]")
        await dead_letters(kafka, 2)
    assert await hold_on(pool, second) is not None


async def test_a_silencing_record_without_a_readable_site_holds_every_site(kafka: str, pool: Pool, shop: Shop) -> None:
    service = Service(pool)
    (site,) = sites(1)

    async with consuming(kafka, service):
        await shop.publish_raw(site, b"{}", MARKED, key=b"\xff\xfe")
        await dead_letters(kafka, 1)

    assert await hold_on(pool, EVERY_SITE) is not None
    assert await hold_on(pool, site) is not None


async def test_a_header_that_is_no_text_costs_nobody_anything(kafka: str, pool: Pool, shop: Shop) -> None:
    """FastStream's own parser raises at it, and would pass the whole batch over without a word."""
    service = Service(pool)
    (site,) = sites(1)
    events = [resumed(site) for _ in range(3)]
    record = encode(events[0])

    async with consuming(kafka, service) as consumer:
        await eventually(lambda: all_assigned(len(consumer.assigned)))
        await shop.publish_raw(site, record.value, [("reply_to", b"\xff"), ("beckon-silences\x00", b"\xff")])
        await service.wait_for(events[:1])
        await shop.publish(*events[1:])
        await service.wait_for(events)

    assert await service.applied() == [event.event_id for event in events]


async def test_a_header_without_a_value_and_a_record_without_one_cost_nobody_else_anything(
    kafka: str, pool: Pool, shop: Shop
) -> None:
    service = Service(pool)
    site, other = sites(2, partition=1)
    events = [resumed(other), resumed(other)]
    record = encode(resumed(site))

    async with consuming(kafka, service):
        await shop.publish(events[0])
        await shop.publish_raw(site, b"{not json", [("ce_type", None), (SILENCES_HEADER, None)])
        await shop.publish_raw(site, None, [(SILENCES_HEADER, None)])
        await shop.publish_raw(site, record.value, [("ce_type", None)], key=None)
        await shop.publish(events[1])
        await service.wait_for(events)
        letters = await dead_letters(kafka, 3)

    assert [letter["value"] for letter in letters] == [b"{not json", b"", record.value]
    assert await hold_on(pool, site) is not None


async def test_a_name_that_is_no_text_and_an_unknown_compression_cost_nobody_else_anything(
    kafka: str, pool: Pool, shop: Shop
) -> None:
    """The client library raises at both, and would ask for the same batch again for ever."""
    service = Service(pool)
    (site,) = sites(1, partition=1)
    events = [resumed(site) for _ in range(3)]
    named = [encode(event) for event in events[:2]]
    strange = [raw_record(i, one.key, one.value, [(b"\xff\xfe", None), (b"", b"")]) for i, one in enumerate(named)]

    async with consuming(kafka, service) as consumer:
        await publish_batch(kafka, TOPIC, 1, batch(b"".join(strange), 2), 2)
        await publish_batch(kafka, TOPIC, 1, batch(frame_of_zstandard(raw_record(0, named[0].key, b"{}")), 1, codec=4), 1)
        await shop.publish(events[2])
        await service.wait_for(events)
        (letter,) = await dead_letters(kafka, 1)
        assert not consumer.fatal.done()

    assert letter["beckon-place"] == f"{TOPIC}/1/2".encode()
    assert await hold_on(pool, EVERY_SITE) is not None


def frame_of_zstandard(content: bytes) -> bytes:
    """One block that is stored as it is (RFC 8878, 3.1.1)."""
    assert len(content) < 256
    block = 1 | len(content) << 3
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(content)]) + block.to_bytes(3, "little") + content


async def all_assigned(count: int) -> bool:
    return count == 4


async def test_a_record_under_another_sites_key_is_not_believed(kafka: str, pool: Pool, shop: Shop) -> None:
    """Its order among the records of its site would be lost."""
    service = Service(pool)
    site, stranger = sites(2, partition=0)
    event = resumed(stranger)

    async with consuming(kafka, service):
        await shop.publish_raw(site, encode(event).value)
        (letter,) = await dead_letters(kafka, 1)

    assert b"site_id" in letter["beckon-reason"]
    assert await service.applied() == []


async def test_an_event_the_service_can_never_apply_is_set_aside_alone(kafka: str, pool: Pool, shop: Shop) -> None:
    (site,) = sites(1)
    events: list[MerchantAction] = [paused(site) for _ in range(5)]
    service = Service(pool, refused={events[2].event_id})
    await shop.publish(*events)

    async with consuming(kafka, service):
        await service.wait_for(events[:2] + events[3:])
        (letter,) = await dead_letters(kafka, 1)

    assert letter["ce_id"] == str(events[2].event_id).encode()
    assert await hold_on(pool, site) is not None
    assert sorted(service.after) == sorted(event.event_id for event in events[:2] + events[3:])


async def test_no_letter_leaves_for_a_batch_that_was_rolled_back(kafka: str, pool: Pool, shop: Shop) -> None:
    (site,) = sites(1)
    service = Service(pool, broken_for=3)
    event = resumed(site)
    await shop.publish_raw(site, b"{not json", MARKED)
    await shop.publish(event)

    async with consuming(kafka, service):
        await service.wait_for([event])
        letters = await dead_letters(kafka, 1)

    assert len(letters) == 1
    assert await pool.fetchval("SELECT count(*) FROM orders.holds") == 1


@pytest.mark.parametrize("at_once", [True, False])
async def test_more_than_twenty_in_a_row_end_the_process_before_the_topic_is_emptied(
    kafka: str, pool: Pool, shop: Shop, at_once: bool
) -> None:
    """A deploy that cannot read anything would otherwise turn a whole topic into dead letters, also by restarting."""
    service = Service(pool)
    (site,) = sites(1)
    first = 30 if at_once else 15
    for _ in range(first):
        await shop.publish_raw(site, b"{}")

    async with consuming(kafka, service) as consumer:
        if at_once:
            await asyncio.wait({consumer.fatal}, timeout=60)
            assert consumer.fatal.done()
            assert await read_all(kafka, DEAD_LETTERS, 1) == []
            return
        await dead_letters(kafka, 15)
    for _ in range(15):
        await shop.publish_raw(site, b"{}")
    async with consuming(kafka, service) as restarted:
        await asyncio.wait({restarted.fatal}, timeout=60)
        assert restarted.fatal.done()

    assert len(await read_all(kafka, DEAD_LETTERS, 1)) <= 20
