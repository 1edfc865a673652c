"""Servers for the tests of the runtime."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.producer import create_producer
from shared.runtime.postgres.pool import Pool
from tests.integration.runtime.bench import Shop, a_pool, remake_topics
from tests.support.processes.servers import free_port, kafka_server, postgres_server


@pytest.fixture
def unused_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def kafka() -> str:
    return kafka_server()


@pytest.fixture(scope="session")
def postgres() -> str:
    return postgres_server()


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[str]:
    """A database of its own for one test, as its superuser."""
    name = f"runtime_{uuid4().hex}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"CREATE DATABASE {name}")
    yield postgres.rsplit("/", 1)[0] + "/" + name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """The database of one service, with the runtime's tables and one that counts."""
    pool = await a_pool(database)
    yield pool
    await pool.close()


@pytest.fixture
async def shop(kafka: str) -> AsyncIterator[Shop]:
    """Publishes to topics that were made anew."""
    await remake_topics(kafka)
    producer = await create_producer(KafkaConnection(kafka))
    yield Shop(producer)
    await producer.stop()
