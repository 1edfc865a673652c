"""Servers for the tests of orders: a database for each test, topics made anew where a test needs them."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from services.orders.storage.postgres import SqlDatabase
from services.orders.storage.protocols import Database
from shared.runtime.postgres.migrate import migrate
from shared.runtime.postgres.pool import Pool, create_pool
from tests.support.memory.orders import MemoryDatabase
from tests.support.processes.servers import kafka_server, postgres_server


@pytest.fixture(scope="session")
def kafka() -> str:
    return kafka_server()


@pytest.fixture(scope="session")
def postgres() -> str:
    return postgres_server()


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[str]:
    """A database of its own for one test, with the schema of orders."""
    name = f"orders_{uuid4().hex}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"CREATE DATABASE {name}")
    dsn = postgres.rsplit("/", 1)[0] + "/" + name
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE SCHEMA orders")
    await connection.close()
    await migrate(dsn, "orders")
    yield dsn
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    pool = await create_pool(database, service="orders", size=12)
    yield pool
    await pool.close()


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest, pool: Pool) -> Database:
    return MemoryDatabase() if request.param == "memory" else SqlDatabase(pool)
