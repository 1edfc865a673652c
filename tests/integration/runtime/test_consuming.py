"""Effectively once: whatever fails between Kafka and PostgreSQL, each event is applied, in order, and only once."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.producer import create_producer
from shared.runtime.postgres.pool import Pool
from tests.integration.runtime.bench import (
    PARTITIONS,
    TOPIC,
    Service,
    SettableClock,
    Shop,
    a_pool,
    consuming,
    remake_topics,
    resumed,
    sites,
)
from tests.support.processes.servers import embedded_kafka, embedded_postgres
from tests.support.waiting import eventually


async def test_every_event_is_applied_once_and_a_sites_in_their_order(kafka: str, pool: Pool, shop: Shop) -> None:
    """Those that were there before the first start too: the first run begins at the beginning."""
    service = Service(pool)
    shops = sites(8)
    events = [resumed(site) for _ in range(5) for site in shops]
    await shop.publish(*events[:20])

    async with consuming(kafka, service) as consumer:
        await shop.publish(*events[20:])
        await service.wait_for(events)
        assert len(consumer.assigned) == PARTITIONS

    for site in shops:
        assert await service.applied(site) == [event.event_id for event in events if event.site_id == site]
    assert sorted(service.after) == sorted(event.event_id for event in events)
    assert sum([await service.offset(number) for number in range(PARTITIONS)]) == len(events)


async def test_a_batch_whose_handler_raises_comes_again_and_nothing_overtakes_it(kafka: str, pool: Pool, shop: Shop) -> None:
    """FastStream with manual acknowledgement would go on with the next batch, and the first would be lost."""
    service = Service(pool, broken_for=2)
    (site,) = sites(1)
    events = [resumed(site) for _ in range(10)]

    async with consuming(kafka, service):
        await shop.publish(*events[:5])
        await shop.publish(*events[5:])
        await service.wait_for(events)

    assert await service.applied() == [event.event_id for event in events]


async def test_a_restart_goes_on_at_the_offset_of_postgres_and_not_of_kafka(kafka: str, pool: Pool, shop: Shop) -> None:
    """As after a kill between our commit and the one to Kafka."""
    service = Service(pool)
    (site,) = sites(1)
    events = [resumed(site) for _ in range(6)]
    await shop.publish(*events[:4])
    async with consuming(kafka, service):
        await service.wait_for(events[:4])
    await commit_to_kafka(kafka, 1)

    async with consuming(kafka, service):
        await shop.publish(*events[4:])
        await service.wait_for(events)

    assert await service.applied() == [event.event_id for event in events]


async def commit_to_kafka(kafka: str, offset: int) -> None:
    """Write the group's offsets for all partitions that have records, as its only member."""
    member = AIOKafkaConsumer(TOPIC, bootstrap_servers=kafka, group_id="orders", enable_auto_commit=False)
    await member.start()
    partitions = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    ends = await member.end_offsets(partitions)
    await member.commit({partition: min(offset, ends[partition]) for partition in partitions})
    await member.stop()


async def test_members_that_come_and_go_lose_nothing_and_repeat_nothing(kafka: str, pool: Pool, shop: Shop) -> None:
    first, second = Service(pool), Service(pool)
    events = [resumed(site) for _ in range(30) for site in sites(8)]
    third = len(events) // 3

    async with consuming(kafka, first) as staying:
        await shop.publish(*events[:third])
        async with consuming(kafka, second) as leaving:
            await eventually(lambda: both_read(len(staying.assigned), len(leaving.assigned)))
            await shop.publish(*events[third : 2 * third])
            await first.wait_for(events[: 2 * third])
        await shop.publish(*events[2 * third :])
        await first.wait_for(events)

    assert second.batches
    assert not staying.fatal.done()
    assert not leaving.fatal.done()


async def both_read(first: int, second: int) -> bool:
    return first == second == PARTITIONS // 2


async def test_two_members_may_start_for_the_very_first_time_at_once(kafka: str, pool: Pool, shop: Shop) -> None:
    first, second = Service(pool), Service(pool)
    events = [resumed(site) for site in sites(8)]

    async def run(service: Service) -> None:
        async with consuming(kafka, service):
            await service.wait_for(events)

    await shop.publish(*events)
    await asyncio.gather(run(first), run(second))

    assert len(await first.applied()) == len(events)


async def test_a_zombie_changes_nothing_and_goes_to_where_the_others_are(kafka: str, pool: Pool, shop: Shop) -> None:
    """Another member has applied the first record while this one thought that the partition was its own."""
    service = Service(pool)
    (site,) = sites(1, partition=2)
    by_another, ours = resumed(site), resumed(site)

    async with consuming(kafka, service) as consumer:
        await eventually(lambda: has_all(len(consumer.assigned)))
        moved = await pool.execute("UPDATE orders.offsets SET next_offset = 1 WHERE topic = $1 AND partition = 2", TOPIC)
        await shop.publish(by_another, ours)
        await service.wait_for([ours])

    assert moved == "UPDATE 1"
    assert await service.offset(2) == 2


async def has_all(assigned: int) -> bool:
    return assigned == PARTITIONS


async def test_a_failure_that_lasts_a_minute_ends_the_process(kafka: str, pool: Pool, shop: Shop) -> None:
    clock = SettableClock()
    service = Service(pool, broken_for=1_000)
    (site,) = sites(1)

    async with consuming(kafka, service, clock=clock) as consumer:
        await shop.publish(resumed(site))
        await eventually(lambda: tried(service))
        assert not consumer.fatal.done()
        clock.ahead += 61
        await asyncio.wait({consumer.fatal}, timeout=60)

        assert consumer.fatal.done()
    assert await service.applied() == []


async def tried(service: Service) -> bool:
    return len(service.batches) >= 2


async def test_one_partition_that_fails_is_noticed_though_others_go_well(kafka: str, pool: Pool, shop: Shop) -> None:
    """Their success must not start its minute again."""
    clock = SettableClock()
    (sick,), (sound,) = sites(1, partition=0), sites(1, partition=3)
    service = Service(pool, broken_sites={sick})
    events = [resumed(sound) for _ in range(7)]

    async with consuming(kafka, service, clock=clock) as consumer:
        await shop.publish(resumed(sick))
        for count, event in enumerate(events, start=1):
            await shop.publish(event)
            await service.wait_for(events[:count])
            clock.ahead += 10
        await asyncio.wait({consumer.fatal}, timeout=60)

        assert consumer.fatal.done()


async def test_postgres_may_be_away_for_as_long_as_it_likes(kafka: str, shop: Shop) -> None:
    server = embedded_postgres(durable=True)
    server.start()
    pool = await a_pool(server.address)
    clock, service = SettableClock(), Service(pool)
    (site,) = sites(1)
    events = [resumed(site) for _ in range(4)]

    async with consuming(kafka, service, clock=clock) as consumer:
        await shop.publish(*events[:2])
        await service.wait_for(events[:2])
        server.kill()
        await shop.publish(*events[2:])
        for _ in range(5):
            clock.ahead += 30
            await asyncio.wait({consumer.fatal}, timeout=0.5)
        assert not consumer.fatal.done()
        server.start()
        await service.wait_for(events)

    server.kill()


async def test_kafka_may_be_away_and_come_back(pool: Pool) -> None:
    broker = embedded_kafka()
    broker.start()
    await remake_topics(broker.address)
    producer = await create_producer(KafkaConnection(broker.address))
    shop, service = Shop(producer), Service(pool)
    (site,) = sites(1)
    events = [resumed(site) for _ in range(4)]

    async with consuming(broker.address, service) as consumer:
        await shop.publish(*events[:2])
        await service.wait_for(events[:2])
        broker.kill()
        broker.start()
        await shop.publish(*events[2:])
        await service.wait_for(events)
        assert not consumer.fatal.done()

    await producer.stop()
    broker.kill()
