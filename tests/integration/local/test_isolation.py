"""One database, a schema and a role for each service: nobody reads another's."""

import asyncpg
import pytest

from shared.runtime.postgres.tables import Schema
from tests.support.processes.databases import database

REACHES: list[tuple[Schema, str]] = [
    ("orders", "SELECT count(*) FROM notify.outbox"),
    ("notify", "SELECT count(*) FROM orders.outbox"),
    ("onboarding", "SELECT count(*) FROM notify.outbox"),
    ("onboarding", "DELETE FROM orders.outbox"),
    ("orders", "CREATE TABLE public.shared (id integer)"),
    ("notify", "CREATE SCHEMA another"),
    ("orders", "CREATE TEMPORARY TABLE mine (id integer)"),
    ("notify", "ALTER ROLE beckon_orders PASSWORD 'mine now'"),
]


@pytest.mark.parametrize(("role", "statement"), REACHES)
async def test_a_role_reaches_nothing_but_its_own_schema(role: Schema, statement: str) -> None:
    async with database("orders", "notify", "onboarding") as made:
        connection = await asyncpg.connect(made.dsn(role))

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)

        assert await connection.fetchval("SELECT count(*) > 0 FROM pg_tables WHERE schemaname = $1", role)
        await connection.close()


async def test_two_tests_share_no_row() -> None:
    async with database("orders") as one, database("orders") as other:
        first, second = await asyncpg.connect(one.dsn("orders")), await asyncpg.connect(other.dsn("orders"))
        await first.execute("CREATE TABLE orders.only_here (id integer)")

        assert await first.fetchval("SELECT to_regclass('orders.only_here') IS NOT NULL")
        assert await second.fetchval("SELECT to_regclass('orders.only_here') IS NULL")

        await first.close()
        await second.close()
