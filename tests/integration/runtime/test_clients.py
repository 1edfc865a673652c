"""A client learns of leaders again, whatever went wrong the last time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from shared.runtime.kafka.clients import producer_has_ended
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.producer import create_producer
from tests.support.processes.servers import free_port

LEARNT_WITHIN = 10.0


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = await create_producer(KafkaConnection(kafka))
    yield producer
    await producer.stop()


async def learns(client: Any) -> bool:
    """Ask for new metadata, and wait as the coordinator's search does: without a limit of its own."""
    return bool(await asyncio.wait_for(client.force_metadata_update(), LEARNT_WITHIN))


@pytest.mark.parametrize(
    "error", [RuntimeError("the handler is closed"), KeyError(1), AssertionError()], ids=lambda e: type(e).__name__
)
async def test_an_error_of_any_kind_costs_one_update_and_not_all_that_follow(
    producer: AIOKafkaProducer, error: Exception
) -> None:
    client: Any = producer.client
    connect = client._get_conn

    async def closed_in_the_wrong_moment(*_: object, **__: object) -> None:
        raise error

    client._get_conn = closed_in_the_wrong_moment
    meanwhile = await learns(client)
    client._get_conn = connect
    afterwards = await learns(client)

    assert (meanwhile, afterwards) == (False, True)
    assert not producer_has_ended(producer)


async def test_every_kind_of_client_knows_several_brokers(kafka: str) -> None:
    connection = KafkaConnection(f"127.0.0.1:{free_port()}, {kafka}")
    consumer, admin, broker = connection.consumer(), connection.admin(), connection.broker()

    producer = await create_producer(connection)
    await consumer.start()
    await admin.start()
    await broker.start()

    assert not producer_has_ended(producer)
    assert set(await admin.list_topics()) >= await consumer.topics()
    assert await broker.ping(timeout=10)
    for client in (producer, consumer, broker):
        await client.stop()
    await admin.close()
