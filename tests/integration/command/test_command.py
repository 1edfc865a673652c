"""The operator's command: what it prints, what it changes, and how it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import pytest
from click.testing import CliRunner, Result

from deploy.command.main import beckon
from shared.events.catalogue import TOPICS
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.topics import ensure_topics
from shared.runtime.postgres.migrate import newest_version
from tests.support.processes.databases import Database, database
from tests.support.processes.servers import kafka_server

HELD, OTHER = uuid4(), uuid4()
PLACE = "INSERT INTO orders.holds (site_id, topic, partition, kafka_offset, reason) VALUES ($1, 'storefront-events', 0, 7, $2)"


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal, with the environment of orders."""

    database: Database

    async def runs(self, *arguments: str, **environment: str) -> Result:
        """Run ``beckon`` with these arguments, in a thread, for it has a loop of its own."""
        own = {"BECKON_PROFILE": "demo", "BECKON_KAFKA": kafka_server(), "BECKON_POSTGRES": self.database.dsn("orders")}
        return await asyncio.to_thread(CliRunner().invoke, beckon, arguments, env=own | environment)

    async def places_holds(self, *sites: UUID) -> None:
        connection = await asyncpg.connect(self.database.dsn("orders"))
        await connection.executemany(PLACE, [(site, "unreadable") for site in sites])
        await connection.close()


@pytest.fixture
async def operator() -> AsyncIterator[Operator]:
    async with AsyncExitStack() as stack:
        yield Operator(await stack.enter_async_context(database("orders")))


async def test_holds_are_listed_and_released_one_site_at_a_time(operator: Operator) -> None:
    await operator.places_holds(HELD, OTHER)

    listed = await operator.runs("holds", "list", "orders", "--json")
    tried = await operator.runs("holds", "release", "orders", str(HELD), "--dry-run")
    released = await operator.runs("holds", "release", "orders", str(HELD))
    again = await operator.runs("holds", "release", "orders", str(HELD))
    left = await operator.runs("holds", "list", "orders")

    assert {row["site_id"] for row in json.loads(listed.stdout)} == {str(HELD), str(OTHER)}
    assert (tried.exit_code, tried.stdout) == (0, "1 would be released\n")
    assert (released.exit_code, released.stdout) == (0, "1 released\n")
    assert (again.exit_code, again.stdout) == (1, "0 released\n")
    assert str(OTHER) in left.stdout
    assert str(HELD) not in left.stdout


async def test_a_release_names_its_site_or_every_site(operator: Operator) -> None:
    await operator.places_holds(UUID(int=0), HELD)

    wrong = [
        await operator.runs("holds", "release", "orders", *arguments) for arguments in ((), (str(HELD), "--every-site"), ("x",))
    ]
    everywhere = await operator.runs("holds", "release", "orders", "--every-site")
    listed = await operator.runs("holds", "list", "orders", "--json")

    assert [result.exit_code for result in wrong] == [2, 2, 2]
    assert everywhere.exit_code == 0
    assert [row["site_id"] for row in json.loads(listed.stdout)] == [str(HELD)]


async def test_a_site_is_shown_its_hold_and_the_hold_on_every_site(operator: Operator) -> None:
    await operator.places_holds(UUID(int=0), HELD)

    shown = await operator.runs("holds", "show", "orders", str(HELD), "--json")
    await operator.runs("holds", "release", "orders", "--every-site")
    other = await operator.runs("holds", "show", "orders", str(OTHER))

    assert {row["site"] for row in json.loads(shown.stdout)} == {"every site", str(HELD)}
    assert {row["record"] for row in json.loads(shown.stdout)} == {"storefront-events/0/7"}
    assert (other.exit_code, other.stdout) == (1, "this site is not held\n")


async def test_migrate_shows_its_way_and_goes_it_once() -> None:
    async with database() as empty:
        operator = Operator(empty)
        before = await operator.runs("migrate", "orders", "--dry-run")
        first, second = [await operator.runs("migrate", "orders") for _ in range(2)]

    newest = newest_version("orders")
    assert before.stdout == f"orders: schema at version 0 of {newest}\n"
    assert first.stdout == second.stdout == f"orders: schema at version {newest}\n"


async def test_topics_and_lag_are_those_of_the_catalogue(operator: Operator) -> None:
    await ensure_topics(KafkaConnection(kafka_server()))

    topics = await operator.runs("topics", "--dry-run")
    lag = await operator.runs("lag", "--json")

    assert topics.stdout == f"0 missing, {2 * len(TOPICS)} there before\n"
    assert {(row["service"], row["topic"]) for row in json.loads(lag.stdout)} == {
        (service, topic.name) for topic in TOPICS.values() for service in topic.readers if service != "ingest"
    }


async def test_a_wrong_setting_is_one_line_and_no_secret(operator: Operator) -> None:
    dsn = operator.database.dsn("orders")
    unknown = dsn.replace(operator.database.name, "not_made")

    refused = await operator.runs("status", "orders", BECKON_POSTGRES=unknown)
    mistyped = await operator.runs("status", "orders", BECKON_POSTGRESS=dsn)

    assert (refused.exit_code, mistyped.exit_code) == (2, 2)
    assert refused.stderr == 'BECKON_POSTGRES: database "not_made" does not exist\n'
    assert mistyped.stderr.startswith("BECKON_POSTGRESS: no setting has this name")
