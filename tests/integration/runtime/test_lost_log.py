"""A log that is not the one we knew holds everything; nothing is ever reset to the beginning or the end."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from shared.runtime.kafka import offsets
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.holds import EVERY_SITE, active_hold
from shared.runtime.kafka.replay import StillRunning, replay, rewind
from shared.runtime.kafka.topics import describe_cluster
from shared.runtime.postgres.pool import Pool
from shared.runtime.postgres.tables import Tables
from tests.integration.runtime.bench import PARTITIONS, TOPIC, Service, Shop, consuming, remake_topics, resumed, sites
from tests.support.waiting import eventually

Loss = Callable[[str, Pool], Awaitable[None]]
ORDERS = Tables("orders")


async def beyond_the_end(_: str, pool: Pool) -> None:
    await pool.execute("UPDATE orders.offsets SET next_offset = 1000 WHERE partition = 2")


async def deleted_already(kafka: str, pool: Pool) -> None:
    await pool.execute("UPDATE orders.offsets SET next_offset = 0 WHERE partition = 2")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(TOPIC, 2): RecordsToDelete(before_offset=2)})
    await admin.close()


async def made_anew(kafka: str, _: Pool) -> None:
    await remake_topics(kafka)


async def restored_from_a_backup(_: str, pool: Pool) -> None:
    await pool.execute("UPDATE orders.offsets SET next_offset = 1 WHERE partition = 2")


async def forgotten(_: str, pool: Pool) -> None:
    await pool.execute("DELETE FROM orders.offsets WHERE partition = 2")


@pytest.mark.parametrize("loss", [beyond_the_end, deleted_already, made_anew, restored_from_a_backup, forgotten])
async def test_a_log_that_does_not_fit_holds_every_site_and_is_not_read(
    kafka: str, pool: Pool, shop: Shop, loss: Loss, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(pool)
    (site,), (elsewhere,) = sites(1, partition=2), sites(1, partition=0)
    events = [resumed(site) for _ in range(3)]
    await shop.publish(*events)
    async with consuming(kafka, service):
        await service.wait_for(events)

    monkeypatch.setattr(offsets, "DOUBT_SECONDS", 1.0)
    await loss(kafka, pool)
    later, unhindered = resumed(site), resumed(elsewhere)
    async with consuming(kafka, service) as consumer:
        await eventually(lambda: some(consumer.refused))
        await shop.publish(later, unhindered)
        await service.wait_for([*events, unhindered])
        assert set(consumer.refused) == {TopicPartition(TOPIC, 2)}
        assert TopicPartition(TOPIC, 2) not in consumer.assigned

    async with pool.acquire() as connection:
        assert await active_hold(connection, ORDERS, elsewhere) is not None
        assert await active_hold(connection, ORDERS, EVERY_SITE) is not None
    assert later.event_id not in await service.applied()


async def test_an_end_that_is_only_behind_for_a_moment_holds_nobody(kafka: str, pool: Pool, shop: Shop) -> None:
    """As reported by a leader that does not know yet that it is none any more."""
    service = Service(pool)
    (site,) = sites(1, partition=2)
    first, second = resumed(site), resumed(site)
    await shop.publish(first)
    async with consuming(kafka, service):
        await service.wait_for([first])
    await pool.execute("UPDATE orders.offsets SET next_offset = 2 WHERE partition = 2")

    async with consuming(kafka, service) as consumer:
        await eventually(lambda: others_begun(len(consumer.assigned)))
        await shop.publish(second, (third := resumed(site)))
        await service.wait_for([first, third])
        assert consumer.refused == {}

    assert await pool.fetchval("SELECT count(*) FROM orders.holds") == 0


async def others_begun(count: int) -> bool:
    return count == PARTITIONS - 1


async def some(things: object) -> bool:
    return bool(things)


async def test_another_cluster_is_another_log(kafka: str, pool: Pool, shop: Shop) -> None:
    service = Service(pool)
    (site,) = sites(1)
    events = [resumed(site)]
    await shop.publish(*events)
    async with consuming(kafka, service):
        await service.wait_for(events)
    elsewhere = replace(await describe_cluster(KafkaConnection(kafka)), cluster_id="another")

    async with consuming(kafka, service, cluster=elsewhere) as consumer:
        await shop.publish(resumed(site))
        assert len(consumer.refused) == PARTITIONS

    assert await service.applied() == [events[0].event_id]
    async with pool.acquire() as connection:
        assert await active_hold(connection, ORDERS, site) is not None


async def test_another_number_of_partitions_is_another_log(kafka: str, pool: Pool, shop: Shop) -> None:
    service = Service(pool)
    async with consuming(kafka, service):
        pass
    await pool.execute("UPDATE orders.log_identity SET partitions = 3")

    async with consuming(kafka, service) as consumer:
        reasons = set(consumer.refused.values())

    assert reasons == {f"{TOPIC}: had 3 partitions when its offsets were stored"}


async def test_an_operator_may_have_the_log_read_again_while_the_service_is_stopped(
    kafka: str, pool: Pool, shop: Shop, database: str
) -> None:
    service = Service(pool)
    (site,) = sites(1, partition=2)
    events = [resumed(site) for _ in range(3)]
    await shop.publish(*events)
    async with consuming(kafka, service) as running:
        await service.wait_for(events)
        assert running.refused == {}
        with pytest.raises(StillRunning):
            await replay(database, KafkaConnection(kafka), "orders", TOPIC)
    await restored_from_a_backup(kafka, pool)
    await pool.execute("DELETE FROM applied")

    await replay(database, KafkaConnection(kafka), "orders", TOPIC)

    async with consuming(kafka, service) as again:
        await service.wait_for(events)
        assert again.refused == {}


async def test_a_service_reads_on_from_where_its_restored_database_stopped(
    kafka: str, pool: Pool, shop: Shop, database: str
) -> None:
    service = Service(pool)
    (site,) = sites(1, partition=2)
    events = [resumed(site) for _ in range(3)]
    await shop.publish(*events)
    async with consuming(kafka, service):
        await service.wait_for(events)
        with pytest.raises(StillRunning):
            await rewind(database, KafkaConnection(kafka), "orders")
    await restored_from_a_backup(kafka, pool)
    await pool.execute("DELETE FROM applied")

    records = await rewind(database, KafkaConnection(kafka), "orders")
    async with pool.acquire() as connection:
        held = await active_hold(connection, ORDERS, site)
    async with consuming(kafka, service) as again:
        await service.wait_for(events[1:])

    assert records == 2
    assert held == "the database was restored, and the log is read again"
    assert again.refused == {}
    assert await service.applied() == [event.event_id for event in events[1:]]
