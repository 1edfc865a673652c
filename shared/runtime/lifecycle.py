"""The lifecycle of a service with a database: what it waits for, and the order in which it stops."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.runtime.cancellation import cancel
from shared.runtime.health import Health
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.consumer import Consuming
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.producer import create_producer
from shared.runtime.kafka.reach import until_reached
from shared.runtime.kafka.topics import Cluster, wait_for_topics
from shared.runtime.postgres.migrate import wait_for_schema
from shared.runtime.postgres.pool import Pool, create_pool
from shared.runtime.postgres.tables import Schema
from shared.runtime.service import AsgiServer, Stop
from shared.runtime.settings import PostgresSettings

CLOSE_SECONDS = 5.0


async def open_database(settings: PostgresSettings, service: Schema, health: Health, size: int = 8) -> Pool:
    """A pool once PostgreSQL takes us and has the service's schema. The readiness answer has what is waited for.

    Raises:
        WrongSetting: the server refuses what the settings say.
    """
    dsn, report = settings.postgres.get_secret_value(), partial(health.wait_for, "postgres")
    pool = await create_pool(dsn, service=service, size=size, report=report, file=settings.postgres_file)
    health.wait_for("postgres", "its schema")
    await wait_for_schema(pool, service)
    health.reached("postgres")
    return pool


async def open_kafka(kafka: KafkaConnection, health: Health) -> tuple[AIOKafkaProducer, Cluster]:
    """A producer, and the cluster, once a broker takes us. The readiness answer has what is waited for.

    Raises:
        WrongSetting: the brokers refuse what the settings say.
        TopicsDiffer: their topics are not the catalogue's.
    """
    await until_reached(kafka, partial(health.wait_for, "kafka"))
    cluster = await wait_for_topics(kafka, partial(health.wait_for, "kafka"))
    return await create_producer(kafka), cluster


async def until_stopped(stop: Stop, fatal: asyncio.Future[None], loops: Sequence[asyncio.Task[None]]) -> None:
    """Wait for a signal, a fatal error, or a loop that ended, which none does on its own.

    Raises:
        Exception: whatever ended the consumer or a loop.
    """
    stop.started()
    stopping = asyncio.create_task(stop.wait())
    waited: list[asyncio.Future[Any]] = [stopping, fatal, *loops]
    done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    await cancel([stopping])
    for ended in done:
        if ended is not stopping:
            ended.result()


async def drain(health: Health, server: AsgiServer, seconds: float) -> None:
    """Serve on for so long, not ready: whatever balances the load sends requests here until it has learned of it."""
    health.stopping = True
    await server.drain(seconds)


async def shut_down(consuming: Consuming, loops: Sequence[asyncio.Task[None]], relay: Relay, pool: Pool) -> None:
    """Stop taking, finish what is in hand, send what is written, close the pool last."""
    await consuming.stop()
    await cancel(loops)
    await relay.close()
    await close_pool(pool)


async def close_pool(pool: Pool) -> None:
    """Close what is given back within the limit; whoever still holds a connection by then loses it."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await pool.close()
    except TimeoutError:
        pool.terminate()
