"""Nothing grows for ever: every table has its line in docs/retention.md, and two years of a shop leave each of them flat."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import get_args

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from deploy.image.contents import PACKAGES
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import create_pool
from shared.runtime.postgres.retention import Retention, RetentionMetrics, Sweep
from shared.runtime.postgres.tables import Schema
from tests.support.builders.notify import SITE
from tests.support.processes.databases import Database, database

SERVICES: tuple[Schema, ...] = get_args(Schema)
DOCUMENT = Path(__file__).parents[2] / "docs" / "retention.md"
ROW = re.compile(r"^\| `(\w+\.\w+)` \| ([^|]+) \| ([^|]+) \| (`RETENTION`|none) \|$", re.MULTILINE)
ADD = (
    "write the table into docs/retention.md: why it is kept, for how long. Where a row has an age, add a Sweep to RETENTION in "
    "the service's storage/sweeps.py (and an index for it), where it has none, write what bounds it"
)
START = datetime(2025, 1, 1, tzinfo=UTC)
CARTS_A_DAY = 25


def sweeps_of(service: str) -> tuple[Sweep, ...]:
    """What a service sweeps."""
    found: tuple[Sweep, ...] = import_module(f"{PACKAGES.get(service, f'services.{service}')}.storage.sweeps").RETENTION
    return found


@pytest.fixture
async def made() -> AsyncIterator[Database]:
    async with database(*SERVICES) as made:
        yield made


async def test_every_table_has_its_line_and_every_line_its_table(made: Database) -> None:
    connection = await asyncpg.connect(made.superuser_dsn)
    rows = await connection.fetch(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_schema = ANY($1::text[]) AND table_type = 'BASE TABLE'",
        list(SERVICES),
    )
    await connection.close()
    tables, lines = {row[0] for row in rows}, ROW.findall(DOCUMENT.read_text())
    swept = {sweep.table for service in SERVICES for sweep in sweeps_of(service)}

    assert tables - {line[0] for line in lines} == set(), ADD
    assert {line[0] for line in lines} - tables == set(), "docs/retention.md names a table that is not there"
    assert swept ^ {table for table, _, _, statement in lines if statement == "`RETENTION`"} == set(), ADD


ENDED = {
    "orders.carts": {"state": "'expired'"},
    "orders.nudges": {"state": "'ended'"},
    "orders.asks": {"kind": "'reminder'"},
    "orders.withdrawals": {"channel": "'push'"},
    "notify.nudges": {"state": "'ended'"},
    "notify.attempts": {"state": "'accepted'"},
    "notify.bindings": {"state": "'confirmed'"},
    "notify.withdrawals": {"channel": "'push'"},
    "onboarding.timeline": {"event": "'{}'"},
}
"""What makes a row one that nothing needs any more, where its age alone does not."""
VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "md5(random()::text)",
    "integer": "n::integer",
    "bigint": "n",
    "boolean": "false",
    "bytea": "decode(md5(random()::text), 'hex')",
    "ARRAY": "'{}'",
    "timestamp with time zone": "$1::timestamptz + n * interval '1 day' / $2",
}
BIG = {"orders.carts", "orders.nudges", "orders.fences", "orders.reports", "notify.attempts", "onboarding.timeline"}
BLOCK_DAYS, BLOCKS = 100, 4


async def insertion_into(connection: "asyncpg.Connection[asyncpg.Record]", table: str) -> str:
    """So many rows a day from a moment on: $1 the moment, $2 rows a day, $3 rows."""
    schema, name = table.split(".")
    columns = await connection.fetch(
        """
        SELECT column_name, data_type FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = $2 AND is_identity = 'NO'
           AND data_type <> 'xid8' AND (is_nullable = 'NO' OR data_type = 'timestamp with time zone')
        """,
        schema,
        name,
    )
    values = {row["column_name"]: VALUES[row["data_type"]] for row in columns}
    values |= ENDED.get(table, {})
    columns_of, values_of = ", ".join(values), ", ".join(values.values())
    return f"INSERT INTO {table} ({columns_of}) SELECT {values_of} FROM generate_series(1, $3::bigint) AS n"  # noqa: S608


async def count(connection: "asyncpg.Connection[asyncpg.Record]", table: str) -> int:
    """Its rows."""
    number: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
    return number


@pytest.mark.parametrize("service", SERVICES)
async def test_four_hundred_days_of_a_shop_leave_each_table_flat(made: Database, service: Schema) -> None:
    connection = await asyncpg.connect(made.superuser_dsn)
    pool = await create_pool(made.dsn(service), service=service, size=2)
    sweeps = sweeps_of(service)
    retention = Retention(pool, sweeps, SystemClock(), RetentionMetrics(sweeps, CollectorRegistry()))
    sizes: dict[str, list[int]] = {sweep.table: [] for sweep in sweeps}
    for block in range(BLOCKS):
        for sweep in sweeps:
            begin = START + timedelta(days=block * BLOCK_DAYS)
            await connection.execute(
                await insertion_into(connection, sweep.table), begin, CARTS_A_DAY, CARTS_A_DAY * BLOCK_DAYS
            )
        await retention.run_once(START + timedelta(days=(block + 1) * BLOCK_DAYS), pause=0)
        for sweep in sweeps:
            sizes[sweep.table].append(await count(connection, sweep.table))

    for sweep in sweeps:
        most = CARTS_A_DAY * (sweep.kept / timedelta(days=1) + 1)
        assert max(sizes[sweep.table]) <= most, (sweep.table, sizes[sweep.table])
    await connection.execute("ANALYZE")
    for sweep in sweeps:
        if sweep.table in BIG:
            plan = await connection.fetch(f"EXPLAIN {sweep.statement}".replace("$1", f"'{START}'").replace("$2", "1000"))
            assert not any(f"Seq Scan on {sweep.table.split('.')[1]}" in row[0] for row in plan), plan
    await retention.run_once(START + timedelta(days=BLOCKS * BLOCK_DAYS + 7 * 365), pause=0)
    assert {sweep.table: await count(connection, sweep.table) for sweep in sweeps} == dict.fromkeys(sizes, 0)
    await connection.close()
    await pool.close()


async def test_what_links_a_browser_that_still_comes_is_kept_and_one_process_sweeps(made: Database) -> None:
    connection = await asyncpg.connect(made.superuser_dsn)
    pool = await create_pool(made.dsn("orders"), service="orders", size=2)
    sweeps = sweeps_of("orders")
    retention = Retention(pool, sweeps, SystemClock(), RetentionMetrics(sweeps, CollectorRegistry()))
    await connection.execute(
        "INSERT INTO orders.sightings (site_id, visitor_id, key, seen_at) VALUES ($1, 'regular', 'email:a', $2)", SITE, START
    )
    await connection.execute(
        "INSERT INTO orders.visitors (site_id, visitor_id, last_active_at, back_office) VALUES ($1, 'regular', $2, false)",
        SITE,
        START + timedelta(days=900),
    )
    await connection.execute(
        "INSERT INTO orders.withdrawals (site_id, channel, key, event_id, withdrawn_at, from_shop)"
        " VALUES ($1, 'sms', 'i', $1, $2, false)",
        SITE,
        START,
    )

    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('orders.sightings', 7))")
        await retention.run_once(START + timedelta(days=3000), pause=0)
    still = await count(connection, "orders.sightings")
    await retention.run_once(START + timedelta(days=1000), pause=0)

    assert (still, await count(connection, "orders.sightings"), await count(connection, "orders.withdrawals")) == (1, 1, 1)
    await connection.close()
    await pool.close()


async def indexes_by_age(connection: "asyncpg.Connection[asyncpg.Record]", sweep: Sweep) -> set[str]:
    """The indexes of a table whose first column is the age that its sweep asks for."""
    rows = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name FROM pg_index"
        " WHERE indrelid = $1::text::regclass AND lower(pg_get_indexdef(indexrelid, 1, true)) = $2",
        sweep.table,
        sweep.moment.replace("t.", "").lower(),
    )
    return {row["name"].rpartition(".")[2] for row in rows}


@pytest.mark.parametrize("service", SERVICES)
async def test_each_sweep_finds_what_is_old_by_an_index(made: Database, service: Schema) -> None:
    connection = await asyncpg.connect(made.superuser_dsn)
    unserved = []
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")  # a table without rows is read whole, whatever serves it
        for sweep in sweeps_of(service):
            plan = " ".join(row[0] for row in await connection.fetch(f"EXPLAIN {sweep.statement}", START, 1000))
            if not any(f" {name} " in plan for name in await indexes_by_age(connection, sweep)):
                unserved.append(sweep.table)
    await connection.close()

    assert unserved == []
