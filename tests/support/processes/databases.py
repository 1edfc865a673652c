"""A migrated database for one test, seen through the role of one service, as in production."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from uuid import uuid4

import asyncpg

from deploy.local.postgres import make_database
from deploy.local.secrets import ROLES, Secrets
from shared.runtime.postgres.migrate import migrate
from shared.runtime.postgres.tables import Schema
from tests.support.processes.servers import postgres_server

# Roles belong to the server, which several runs may share: all of them must agree on the passwords.
SECRETS = Secrets(role_passwords={role: f"only-for-tests-{role}" for role in ROLES})


@dataclass(frozen=True)
class Database:
    """One database; each service has a role of its own in it."""

    name: str

    def dsn(self, role: Schema) -> str:
        """As the service itself connects."""
        host = postgres_server().rsplit("@", 1)[1].rsplit("/", 1)[0]
        return f"postgresql://beckon_{role}:{SECRETS.role_passwords[role]}@{host}/{self.name}"

    @property
    def superuser_dsn(self) -> str:
        """For what no service may do."""
        return f"{postgres_server().rsplit('/', 1)[0]}/{self.name}"


@asynccontextmanager
async def database(*services: Schema) -> AsyncIterator[Database]:
    """A database of its own, with the newest schemas of these services. It is a copy of a template: 0.1 s."""
    name = f"test_{uuid4().hex}"
    source = _template(services)
    admin = await asyncpg.connect(postgres_server())
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")  # a copy does not inherit who may enter
        await admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {', '.join(f'beckon_{role}' for role in ROLES)}")
        yield Database(name)
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


@cache
def _template(services: tuple[Schema, ...]) -> str:
    """Made once a run. In a thread, because the test's loop is running and asyncio has one for each thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_migrated(services))).result()


async def _migrated(services: tuple[Schema, ...]) -> str:
    made = Database(f"template_{uuid4().hex}")
    await make_database(postgres_server(), made.name, SECRETS)
    for service in services:
        await migrate(made.dsn(service), service)
    return made.name
