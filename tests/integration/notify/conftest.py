"""A database with notify's schema for each test, and the parts of the service put together as in a process."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.storage.postgres import SqlDatabase
from services.notify.storage.protocols import Database
from shared.events.message import MessageKind
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_random_id, new_uuid7
from shared.runtime.postgres.migrate import migrate
from shared.runtime.postgres.pool import Pool, create_pool
from tests.support.builders.notify import ACCOUNT, ANNA, LAPTOP, SITE
from tests.support.builders.notify_answers import now
from tests.support.memory.notify import MemoryDatabase
from tests.support.processes.notify import Bench
from tests.support.processes.servers import postgres_server


@pytest.fixture(scope="session")
def postgres() -> str:
    return postgres_server()


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """A migrated database that the databases of tests are copied from."""
    return asyncio.run(migrated(postgres, f"notify_{uuid4().hex}"))


async def migrated(postgres: str, name: str) -> str:
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"CREATE DATABASE {name}")
    dsn = postgres.rsplit("/", 1)[0] + "/" + name
    owner = await asyncpg.connect(dsn)
    await owner.execute("CREATE SCHEMA notify")
    await owner.close()
    await migrate(dsn, "notify")
    await admin.close()
    return name


@pytest.fixture
async def database(postgres: str, template: str) -> AsyncIterator[str]:
    name = f"notify_{uuid4().hex}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgres.rsplit("/", 1)[0] + "/" + name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    pool = await create_pool(database, service="notify", size=12)
    yield pool
    pool.terminate()


@pytest.fixture
async def bench(pool: Pool) -> AsyncIterator[Bench]:
    bench = Bench(pool)
    await bench.open_shop()
    yield bench
    await bench.close()


@pytest.fixture(params=["postgres", "dictionaries"])
def memory(request: pytest.FixtureRequest) -> Database:
    """Both memories of notify."""
    if request.param == "dictionaries":
        return MemoryDatabase(SystemClock())
    return SqlDatabase(request.getfixturevalue("pool"))


@pytest.fixture
def attempt() -> Attempt:
    """A reminder for Anna's cart."""
    nudge_id = new_uuid7()
    return Attempt(
        site_id=SITE,
        attempt_id=new_random_id(),
        account_id=ACCOUNT,
        kind=MessageKind.REMINDER,
        channel="sms",
        cause=str(nudge_id),
        nudge_id=nudge_id,
        cart_id=new_uuid7(),
        visitor_id=LAPTOP,
        recipient_kind="phone",
        recipient_index=ANNA.index,
        box=ANNA.box,
        body="words",
        link_id=None,
        state=AttemptState.PREPARED,
        try_number=1,
        send_before=now() + timedelta(hours=1),
    )
