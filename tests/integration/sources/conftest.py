"""A database for each test, with the schemas of sources and orders."""

from collections.abc import AsyncIterator

import pytest

from shared.runtime.postgres.pool import Pool, create_pool
from tests.support.processes.databases import Database, database
from tests.support.processes.servers import kafka_server


@pytest.fixture(scope="session")
def kafka() -> str:
    return kafka_server()


@pytest.fixture
async def made() -> AsyncIterator[Database]:
    async with database("sources", "orders") as made:
        yield made


@pytest.fixture
async def pool(made: Database) -> AsyncIterator[Pool]:
    pool = await create_pool(made.dsn("sources"), service="sources", size=4)
    yield pool
    await pool.close()
