"""Migrations of a schema, by ``beckon migrate``; services wait for theirs and never migrate."""

import asyncio
import re
from pathlib import Path

import asyncpg

from shared.runtime.postgres.pool import Pool, Transaction
from shared.runtime.postgres.tables import Schema, Tables

COMMON = Path(__file__).parent / "tables.sql"
SERVICES = Path(__file__).parents[3] / "services"
FOLDERS = {"sources": "ingest/sources"}
"""Where a service lies that is not a folder of its own."""
ONE_AT_A_TIME = 0x62656B6F6E  # the key of the advisory lock


def migrations_of(service: str) -> dict[int, str]:
    """The migrations of a service, number to text, from its folder's ``migrations/NNNN_name.sql``."""
    found: dict[int, str] = {}
    for path in sorted((SERVICES / FOLDERS.get(service, service) / "migrations").glob("*.sql")):
        match = re.match(r"(\d{4})_[a-z0-9_]+\.sql$", path.name)
        assert match is not None, f"{path.name} is not named NNNN_name.sql"
        assert int(match.group(1)) == len(found) + 1, f"{path.name} leaves a gap"
        found[len(found) + 1] = path.read_text()
    return found


def newest_version(service: str) -> int:
    """The version that this code needs."""
    return len(migrations_of(service))


async def migrate(dsn: str, service: Schema) -> int:
    """Apply what is missing, each file in a transaction of its own, one migrator at a time. Returns the version."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": Tables(service).schema})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", ONE_AT_A_TIME)
        await connection.execute("SET lock_timeout = '5s'")
        await connection.execute(COMMON.read_text())
        await connection.execute(
            """
            CREATE TABLE IF NOT EXISTS migrations (
                version integer NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                CONSTRAINT migrations_pkey PRIMARY KEY (version)
            )
            """
        )
        done = await connection.fetchval("SELECT coalesce(max(version), 0) FROM migrations")
        for version, text in migrations_of(service).items():
            if version > done:
                async with connection.transaction():
                    await connection.execute(text)
                    await connection.execute("INSERT INTO migrations (version) VALUES ($1)", version)
        return newest_version(service)
    finally:
        await connection.close()


async def wait_for_schema(pool: Pool, service: Schema) -> None:
    """Return once the schema is at least as new as this code."""
    wanted = newest_version(service)
    while await schema_version(pool, service) < wanted:
        await asyncio.sleep(0.5)


async def schema_version(pool: "Pool | Transaction", service: Schema) -> int:
    """The version of the schema; 0 while nothing was applied."""
    try:
        version: int = await pool.fetchval(f"SELECT coalesce(max(version), 0) FROM {Tables(service).schema}.migrations")  # noqa: S608 - a closed set of names
    except asyncpg.UndefinedTableError:
        return 0
    return version
