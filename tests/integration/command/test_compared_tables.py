"""``beckon replay --compare``: what a service's own handlers derive from its log, beside the tables that it has."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from deploy.command.main import beckon
from shared.runtime.postgres.tables import Tables
from tests.support.builders.orders import (
    LAPTOP,
    PHONE,
    SITE,
    a_cart_update,
    a_site,
    a_visit,
    an_identification,
    an_order,
    email,
)
from tests.support.processes.databases import Database, database
from tests.support.processes.orders import World, a_world, an_orders
from tests.support.processes.servers import kafka_server
from tests.support.waiting import eventually

ANNA = email("anna")
DELETE_HER_PHONE = "DELETE FROM orders.visitors WHERE visitor_id = (SELECT max(visitor_id) FROM orders.visitors)"


@dataclass
class Compared:
    """A database that orders has filled from the log, and an empty one to rebuild it in."""

    live: Database
    scratch: Database

    async def changes(self, statement: str) -> None:
        """Somebody at a prompt changes the live tables by hand."""
        connection = await asyncpg.connect(self.live.superuser_dsn)
        try:
            assert await connection.execute(statement) != "UPDATE 0"
        finally:
            await connection.close()

    async def runs(self, topic: str = "storefront-events", **environment: str) -> Result:
        """Run the comparison as JSON."""
        own = {"BECKON_PROFILE": "demo", "BECKON_KAFKA": kafka_server(), "BECKON_POSTGRES": self.live.dsn("orders")}
        own |= {"BECKON_SCRATCH_POSTGRES": self.scratch.dsn("orders")}
        arguments = ["replay", "orders", topic, "--compare", "--json"]
        return await asyncio.to_thread(CliRunner().invoke, beckon, arguments, env=own | environment)


@pytest.fixture
async def compared(tmp_path: Path) -> AsyncIterator[Compared]:
    async with a_world(kafka_server()) as world, database("orders") as live, database("orders") as scratch:
        await publish_a_day(world)
        with an_orders(kafka_server(), live.dsn("orders"), tmp_path / "orders.log"):
            await eventually(lambda: all_is_applied(live), 60)
        yield Compared(live, scratch)


async def publish_a_day(world: World) -> None:
    await world.publish(a_site())
    await world.publish(
        a_visit(PHONE),
        a_cart_update(),
        an_identification(LAPTOP, ANNA),
        an_identification(PHONE, ANNA),
        an_order(ANNA, order_id="1001"),
        an_order(email("bob"), order_id="1002"),
    )


async def all_is_applied(live: Database) -> bool:
    connection = await asyncpg.connect(live.dsn("orders"))
    try:
        rows = await connection.fetch(Tables("orders").read_offsets)
        return sum(int(row["next_offset"]) for row in rows if row["topic"] in ("storefront-events", "site-settings")) >= 7
    finally:
        await connection.close()


def tables_in(result: Result) -> dict[str, dict[str, Any]]:
    """The line of each table."""
    return {row["table"]: row for row in json.loads(result.stdout)}


def wrong_in(result: Result) -> dict[str, tuple[int, int]]:
    """Which tables are not as their log has them: how many rows are missing, and are others."""
    return {name: (row["missing"], row["different"]) for name, row in tables_in(result).items() if row["wrong"]}


async def test_tables_that_a_service_has_filled_are_as_its_log_has_them(compared: Compared) -> None:
    twice = [await compared.runs(), await compared.runs()]

    assert [(result.exit_code, wrong_in(result)) for result in twice] == [(0, {}), (0, {})]
    rows = {name: row["rows"] for name, row in tables_in(twice[0]).items()}
    assert (rows["orders.reports"], rows["orders.carts"], rows["orders.visitors"]) == (2, 1, 2)
    assert rows["orders.fences"] > 1


async def test_a_row_that_was_damaged_or_deleted_by_hand_is_named_without_its_contact(compared: Compared) -> None:
    await compared.changes("UPDATE orders.fences SET stands_until = stands_until - interval '1 day' WHERE key LIKE 'email%'")
    await compared.changes("UPDATE orders.carts SET total_minor = 1")
    await compared.changes(DELETE_HER_PHONE)
    await compared.changes("INSERT INTO orders.source_syncs SELECT site_id, 'by hand', now() FROM orders.sites")

    result = await compared.runs()

    wrong = wrong_in(result)
    assert result.exit_code == 1
    assert (set(wrong), wrong["orders.carts"]) == ({"orders.fences", "orders.carts", "orders.visitors"}, (0, 1))
    assert wrong["orders.visitors"] == (1, 0)
    assert tables_in(result)["orders.visitors"]["examples"] == [f"missing: {SITE} {PHONE}"]
    assert ANNA.index not in result.output


async def test_a_row_of_a_record_that_the_log_has_no_more_is_counted_and_not_wrong(compared: Compared) -> None:
    await compared.changes(
        "INSERT INTO orders.reports SELECT site_id, site_id, site_id, report, effective_at FROM orders.reports LIMIT 1"
    )

    result = await compared.runs()

    assert (result.exit_code, tables_in(result)["orders.reports"]["not_in_the_log"]) == (0, 1)


async def test_a_database_that_a_service_lives_in_is_no_scratch_and_stays_as_it_is(compared: Compared) -> None:
    refused = await compared.runs(BECKON_SCRATCH_POSTGRES=compared.live.dsn("orders"))
    after = await compared.runs()
    unnamed = await compared.runs("site-settings")

    assert (refused.exit_code, "BECKON_SCRATCH_POSTGRES: a service lives in this database" in refused.stderr) == (2, True)
    assert (after.exit_code, wrong_in(after)) == (0, {})
    assert (unnamed.exit_code, "no table of orders follows from site-settings alone" in unnamed.stderr) == (2, True)
