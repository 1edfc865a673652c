"""The events that a transaction stored leave with it: always, in order, at least once."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry

from shared.events.codec import Encoded, InvalidEvent, decode, encode
from shared.events.merchant import MerchantAction
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.outbox import Relay, put, put_encoded
from shared.runtime.kafka.producer import create_producer, partition_of
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.postgres.tables import Tables
from shared.runtime.service import Fatal
from tests.integration.runtime.bench import PARTITIONS, TOPIC, Shop, paused, read_all, remake_topics, resumed, sites
from tests.support.processes.servers import embedded_kafka
from tests.support.waiting import eventually

ORDERS = Tables("orders")


def a_relay(pool: Pool, producer: AIOKafkaProducer) -> Relay:
    return Relay(pool, ORDERS, producer, RuntimeMetrics(CollectorRegistry()))


@asynccontextmanager
async def relaying(pool: Pool, producer: AIOKafkaProducer) -> AsyncIterator[Relay]:
    relay = a_relay(pool, producer)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await relay.close()


async def put_all(pool: Pool, events: list[MerchantAction]) -> None:
    async with transaction(pool) as tx:
        await put(tx, ORDERS, events)


async def left_in(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT count(*) FROM orders.outbox"))


async def empty(pool: Pool) -> bool:
    return await left_in(pool) == 0


async def published(kafka: str) -> list[MerchantAction]:
    """In the order of each partition; what is not ours to read is left out."""
    found: list[MerchantAction] = []
    for record in await read_all(kafka, TOPIC, PARTITIONS):
        try:
            found.append(decode(TOPIC, record.value))  # type: ignore[arg-type]
        except InvalidEvent:
            continue
    return found


def of_site(events: list[MerchantAction], site: UUID) -> list[UUID]:
    """Each once, by its first appearance."""
    return list(dict.fromkeys(event.event_id for event in events if event.site_id == site))


async def test_events_leave_in_their_order_with_key_headers_and_partition(kafka: str, pool: Pool, shop: Shop) -> None:
    shops = sites(6)
    events: list[MerchantAction] = [paused(site) for _ in range(120) for site in shops]

    async with relaying(pool, shop.producer) as relay:
        await put_all(pool, events)
        relay.wake()
        await eventually(lambda: empty(pool))

    for site in shops:
        assert of_site(await published(kafka), site) == of_site(events, site)
    (record, *_) = await read_all(kafka, TOPIC, PARTITIONS)
    expected = encode(next(event for event in events if str(event.event_id) == dict(record.headers)["ce_id"].decode()))
    assert (record.key, record.value, tuple(record.headers)) == (expected.key, expected.value, expected.headers)
    assert record.partition == partition_of(UUID(record.key.decode()), PARTITIONS)


async def test_what_was_rolled_back_never_leaves(kafka: str, pool: Pool, shop: Shop) -> None:
    (site,) = sites(1)

    async def put_and_fail() -> None:
        async with transaction(pool) as tx:
            await put(tx, ORDERS, [resumed(site)])
            raise KeyError

    async with relaying(pool, shop.producer):
        with pytest.raises(KeyError):
            await put_and_fail()
        await put_all(pool, [(kept := resumed(site))])
        await eventually(lambda: empty(pool))

    assert await published(kafka) == [kept]


async def test_a_wake_is_answered_within_milliseconds(pool: Pool, shop: Shop) -> None:
    (site,) = sites(1)
    clock = asyncio.get_running_loop().time
    waits: list[float] = []

    async with relaying(pool, shop.producer) as relay:
        for _ in range(20):
            await put_all(pool, [resumed(site)])
            began = clock()
            relay.wake()
            await eventually(lambda: empty(pool))
            waits.append(clock() - began)

    assert sorted(waits)[10] < 0.08, waits


async def test_one_relay_of_a_schema_works_at_a_time_and_the_next_takes_over(kafka: str, pool: Pool, shop: Shop) -> None:
    (site,) = sites(1)
    events: list[MerchantAction] = [resumed(site) for _ in range(3)]
    first, second = a_relay(pool, shop.producer), a_relay(pool, shop.producer)

    await put_all(pool, events[:1])
    assert await first.run_once() == 1
    await put_all(pool, events[1:2])
    assert await second.run_once() == 0
    await first.close()
    await put_all(pool, events[2:])
    assert await second.run_once() == 1

    assert await published(kafka) == events


async def test_a_kill_at_any_moment_loses_nothing_and_changes_no_order(
    kafka: str, pool: Pool, shop: Shop, database: str
) -> None:
    shops = sites(5)
    events: list[MerchantAction] = []
    for seconds in (0.6, 0.9, 1.1, 0.8):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.runtime.relay_process", database, kafka
        )
        killing = asyncio.get_running_loop().call_later(seconds + 1, process.kill)
        while process.returncode is None:
            more: list[MerchantAction] = [resumed(site) for _ in range(40) for site in shops]
            events += more
            await put_all(pool, more)
            await asyncio.wait({asyncio.ensure_future(process.wait())}, timeout=0.05)
        killing.cancel()

    async with relaying(pool, shop.producer):
        await eventually(lambda: empty(pool), seconds=60)

    found = await published(kafka)
    for site in shops:
        assert of_site(found, site) == of_site(events, site)


async def test_kafka_may_be_away_while_things_are_put(pool: Pool) -> None:
    broker = embedded_kafka()
    broker.start()
    await remake_topics(broker.address)
    producer = await create_producer(KafkaConnection(broker.address), request_timeout_seconds=2)
    shops = sites(3)
    events: list[MerchantAction] = [resumed(site) for _ in range(30) for site in shops]

    async with relaying(pool, producer) as relay:
        await put_all(pool, events[:30])
        await eventually(lambda: empty(pool))
        broker.kill()
        await put_all(pool, events[30:])
        relay.wake()
        assert await left_in(pool) > 0
        broker.start()
        await eventually(lambda: empty(pool), seconds=60)

    found = await published(broker.address)
    for site in shops:
        assert of_site(found, site) == of_site(events, site)
    await producer.stop()
    broker.kill()


async def test_a_large_record_leaves_and_one_beyond_the_brokers_limit_blocks_no_other(
    kafka: str, pool: Pool, shop: Shop
) -> None:
    (site,) = sites(1)
    large = Encoded(TOPIC, str(site).encode(), b"x" * 500_000, ())

    async with transaction(pool) as tx:
        await put_encoded(tx, ORDERS, [large])
        with pytest.raises(ValueError):
            await put_encoded(tx, ORDERS, [Encoded(TOPIC, b"", b"x" * 2_000_000, ())])
    await put_all(pool, [(event := resumed(site))])
    async with relaying(pool, shop.producer):
        await eventually(lambda: empty(pool))

    assert await published(kafka) == [event]
    assert sorted(len(record.value) for record in await read_all(kafka, TOPIC, PARTITIONS))[-1] == 500_000


async def test_a_producer_beyond_repair_ends_the_process_and_the_next_one_sends(kafka: str, pool: Pool, shop: Shop) -> None:
    """The client's sending task does not survive an error of its own (aiokafka #907); what it leaves raises for ever."""
    broken = await create_producer(KafkaConnection(kafka))
    broken._message_accumulator.drain_by_nodes = dying
    events: list[MerchantAction] = [resumed(sites(1)[0])]
    await put_all(pool, events)

    with pytest.raises(Fatal, match="producer has ended"):
        await asyncio.wait_for(a_relay(pool, broken).run(), 30)

    assert await left_in(pool) == 1
    async with relaying(pool, shop.producer):
        await eventually(lambda: empty(pool), seconds=30)
    assert await published(kafka) == events
    broken._closed = True  # its sending task is gone: there is nothing to stop


def dying(**_: object) -> None:
    """What an unexpected answer of a broker does to the client."""
    raise KafkaError("unexpected")
