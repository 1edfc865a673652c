"""A transaction reports honestly whether it was committed, and migrations run once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from itertools import count
from typing import Any, get_args
from urllib.parse import urlsplit

import asyncpg
import pytest

from shared.runtime.build import VERSION
from shared.runtime.postgres.migrate import migrate, newest_version, schema_version, wait_for_schema
from shared.runtime.postgres.pool import CommitUnconfirmed, RolledBack, create_pool, is_away, transaction
from shared.runtime.postgres.tables import Schema, Tables
from tests.support.waiting import eventually

DIE_IN_COMMIT = """
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER die AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die();
"""
END_OTHERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE application_name LIKE 'beckon-orders %' AND datname = current_database()
"""
CANCEL_WAITING = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await create_pool(database, service="orders")
    await pool.execute("CREATE TABLE things (n integer PRIMARY KEY, data jsonb)")
    yield pool
    await pool.close()


async def test_a_block_that_ends_is_stored_and_json_comes_back_as_it_went(pool: asyncpg.Pool) -> None:
    async with transaction(pool) as tx:
        await tx.execute("INSERT INTO things VALUES (1, $1)", {"a": [1, "é"]})

    assert await pool.fetchval("SELECT data FROM things") == {"a": [1, "é"]}
    assert await pool.fetchval("SHOW application_name") == f"beckon-orders {VERSION}"
    assert await pool.fetchval("SHOW lock_timeout") == "10s"


async def test_a_block_that_raises_leaves_nothing(pool: asyncpg.Pool) -> None:
    async def insert_and_fail() -> None:
        async with transaction(pool) as tx:
            await tx.execute("INSERT INTO things VALUES (1)")
            raise KeyError

    with pytest.raises(KeyError):
        await insert_and_fail()

    assert await pool.fetchval("SELECT count(*) FROM things") == 0


async def test_a_swallowed_failure_is_no_commit(pool: asyncpg.Pool) -> None:
    async def insert_twice() -> None:
        async with transaction(pool) as tx:
            await tx.execute("INSERT INTO things VALUES (1)")
            with pytest.raises(asyncpg.UniqueViolationError):
                await tx.execute("INSERT INTO things VALUES (1)")

    with pytest.raises(RolledBack):
        await insert_twice()

    assert await pool.fetchval("SELECT count(*) FROM things") == 0


async def test_a_commit_that_no_standby_confirmed_is_not_taken_for_one(pool: asyncpg.Pool, database: str) -> None:
    """The row is there, and it would be lost with this server: whoever asked must not act on it."""
    admin = await asyncpg.connect(database)
    await admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    await admin.execute("SELECT pg_reload_conf()")

    async def insert_until_in_doubt() -> None:
        for n in count():  # the setting reaches a session a little later
            async with transaction(pool) as tx:
                await tx.execute("SET LOCAL synchronous_commit = on")  # the server of tests has it off
                await tx.execute("INSERT INTO things VALUES ($1)", n)

    try:
        inserting = asyncio.create_task(insert_until_in_doubt())
        await cancel_waiting_commit(admin)
        with pytest.raises(CommitUnconfirmed):
            await inserting
    finally:
        await admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await admin.execute("SELECT pg_reload_conf()")
        await admin.close()
    assert await pool.fetchval("SELECT count(*) FROM things") >= 1


async def cancel_waiting_commit(admin: asyncpg.Connection) -> None:
    async def cancelled() -> bool:
        return bool(await admin.fetchval(CANCEL_WAITING))

    await eventually(cancelled)


async def test_a_connection_that_dies_under_a_commit_is_unconfirmed(pool: asyncpg.Pool) -> None:
    await pool.execute(DIE_IN_COMMIT)

    async def insert() -> None:
        async with transaction(pool) as tx:
            await tx.execute("INSERT INTO things VALUES (1)")

    with pytest.raises(CommitUnconfirmed) as raised:
        await insert()

    assert is_away(raised.value)


async def test_a_statement_on_a_connection_that_is_ending_counts_as_an_absent_server(database: str) -> None:
    async with answered_but_not_closed(database) as (address, backend_ended):
        pool = await create_pool(address, service="orders")
        await pool.execute("SELECT 1")
        await backend_ended()

        with pytest.raises(asyncpg.InternalClientError) as raised:
            await pool.execute("SELECT 1")

        pool.terminate()
    assert is_away(raised.value)


@asynccontextmanager
async def answered_but_not_closed(database: str) -> AsyncIterator[tuple[str, Callable[[], Awaitable[None]]]]:
    """A wire on which the goodbye of a dying server arrives, and the end of the connection not yet."""
    parts = urlsplit(database)
    ended = asyncio.Event()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
        ended.set()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    async def end() -> None:
        admin = await asyncpg.connect(database)
        await admin.execute(END_OTHERS)
        await admin.close()
        await asyncio.wait_for(ended.wait(), 10)

    server = await asyncio.start_server(joined, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{port}")).geturl(), end
    finally:
        server.close()


async def test_a_pool_waits_for_a_server_that_is_not_there_yet(database: str, unused_port: int) -> None:
    later = asyncio.create_task(create_pool(f"postgresql://nobody@127.0.0.1:{unused_port}/x", service="orders"))
    done, waiting = await asyncio.wait({later}, timeout=0.3)

    assert not done
    later.cancel()
    assert (await asyncio.gather(*waiting, return_exceptions=True))[0].__class__ is asyncio.CancelledError


@pytest.mark.parametrize("arguments", [(), ("not a number",)])
async def test_our_own_mistakes_are_not_taken_for_an_absent_server(pool: asyncpg.Pool, arguments: tuple[str, ...]) -> None:
    """Waiting for them to go away would stop a service for ever, without an error."""
    with pytest.raises((asyncpg.InterfaceError, asyncpg.DataError)) as mistake:
        await pool.fetchval("SELECT $1::integer", *arguments)

    assert not is_away(mistake.value)


async def test_migrating_several_times_at_once_is_migrating_once(pool: asyncpg.Pool, database: str) -> None:
    for schema in get_args(Schema):
        await pool.execute(f"CREATE SCHEMA {schema}")

    versions = await asyncio.gather(*(migrate(database, "orders") for _ in range(3)))

    assert set(versions) == {newest_version("orders")}
    assert await schema_version(pool, "orders") == newest_version("orders")
    await asyncio.wait_for(wait_for_schema(pool, "orders"), 5)


async def test_a_migration_that_meets_a_long_lock_gives_way(pool: asyncpg.Pool, database: str) -> None:
    await pool.execute("CREATE SCHEMA orders")
    version = await migrate(database, "orders")

    async with pool.acquire() as reader, reader.transaction():
        await reader.execute("LOCK TABLE orders.outbox IN ACCESS SHARE MODE")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await asyncio.wait_for(migrate(database, "orders"), 25)

    assert await migrate(database, "orders") == version


async def test_every_statement_of_the_runtime_fits_the_tables_of_every_schema(pool: asyncpg.Pool, database: str) -> None:
    statements = [name for name, each in vars(Tables).items() if isinstance(each, cached_property)]
    for schema in get_args(Schema):
        await pool.execute(f"CREATE SCHEMA {schema}")
        await migrate(database, schema)
        async with pool.acquire() as connection:
            prepared = [await connection.prepare(getattr(Tables(schema), name)) for name in statements]
            assert len(prepared) == len(statements) > 10


def test_no_schema_but_ours_gets_into_a_statement() -> None:
    stranger: Any = "orders; DROP TABLE x"

    with pytest.raises(AssertionError):
        Tables(stranger)

    assert "orders.offsets" in Tables("orders").read_offset
