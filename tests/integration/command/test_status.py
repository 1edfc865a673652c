"""``beckon status``: one table of all services, what is wrong in it, and what could not be seen."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, get_args
from uuid import UUID

import asyncpg
import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from deploy.command.main import beckon
from shared.runtime.build import VERSION
from shared.runtime.health import Health, HealthServer
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.topics import ensure_topics
from shared.runtime.postgres.migrate import newest_version
from shared.runtime.postgres.pool import create_pool
from shared.runtime.postgres.tables import Schema
from tests.support.processes.databases import Database, database
from tests.support.processes.servers import free_port, kafka_server

SCHEMAS: tuple[Schema, ...] = get_args(Schema)
STOPPED = "INSERT INTO notify.pauses (site_id, paused, changed_at) VALUES ($1, true, now())"
OLD_RECORD = """
    INSERT INTO onboarding.outbox (topic, key, value, headers, put_at)
    VALUES ('site-settings', '', '', '[]', now() - interval '2 minutes')
"""
HELD = "INSERT INTO orders.holds (site_id, topic, partition, kafka_offset, reason) VALUES ($1, 'storefront-events', 0, 7, 'x')"


@pytest.fixture
async def whole() -> AsyncIterator[Database]:
    async with database(*SCHEMAS) as made:
        yield made


@pytest.fixture
async def ingest() -> AsyncIterator[str]:
    """Where an ingest that is ready is asked."""
    server = HealthServer(Health(started=True), CollectorRegistry(), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.port}"
    server.close()


@asynccontextmanager
async def running(made: Database, *services: Schema) -> AsyncIterator[None]:
    """Sessions as these services have them."""
    async with AsyncExitStack() as stack:
        for service in services:
            pool = await create_pool(made.dsn(service), service=service, size=1)
            stack.push_async_callback(pool.close)
        yield


def addresses(made: Database, *services: Schema) -> dict[str, str]:
    """The settings by which an operator reaches the databases of these services."""
    return {f"BECKON_{service.upper()}_POSTGRES": made.dsn(service) for service in services}


async def status(*arguments: str, **environment: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code and the rows by service. Kafka is there unless another is given."""
    given = {"BECKON_PROFILE": "demo", "BECKON_KAFKA": kafka_server()} | environment
    result = await asyncio.to_thread(CliRunner().invoke, beckon, ["status", *arguments, "--json"], env=given)
    return result.exit_code, {row["service"]: row for row in json.loads(result.stdout)}


async def test_all_services_are_in_one_table_and_well(whole: Database, ingest: str) -> None:
    await ensure_topics(KafkaConnection(kafka_server()))

    async with running(whole, *SCHEMAS):
        code, rows = await status(BECKON_INGEST_METRICS=ingest, **addresses(whole, *SCHEMAS))

    assert list(rows) == ["ingest", "sources", "orders", "notify", "onboarding"]
    assert (code, [row["wrong"] for row in rows.values()], [row["unseen"] for row in rows.values()]) == (0, [[]] * 5, [[]] * 5)
    assert {row["running"][0] for row in rows.values()} == {VERSION}
    for service in SCHEMAS:
        row = rows[service]
        assert row["schema"] == row["newest_schema"] == newest_version(service)
        assert (row["holds"], row["outbox_seconds"], row["sending_stopped"]) == (0, 0, False)
        assert row["lag"] >= 0


async def test_what_is_wrong_is_named_beside_its_service(whole: Database, ingest: str) -> None:
    admin = await asyncpg.connect(whole.superuser_dsn)
    await admin.execute(HELD, UUID(int=7))
    await admin.execute(STOPPED, UUID(int=0))
    await admin.execute(OLD_RECORD)
    await admin.close()

    async with running(whole, "orders", "notify"):
        code, rows = await status(BECKON_INGEST_METRICS=ingest, **addresses(whole, *SCHEMAS))

    assert code == 1
    assert {name: row["wrong"] for name, row in rows.items()} == {
        "ingest": [],
        "sources": ["does not run"],
        "orders": ["sites are held"],
        "notify": ["sending is stopped"],
        "onboarding": ["does not run", "its outbox waits"],
    }


async def test_a_table_of_some_services_names_the_settings_that_would_show_the_rest(whole: Database) -> None:
    async with running(whole, "orders"):
        code, rows = await status(BECKON_POSTGRES=whole.dsn("orders"), BECKON_KAFKA="")

    assert (code, rows["orders"]["schema"]) == (0, newest_version("orders"))
    assert {name: row["unseen"] for name, row in rows.items()} == {
        "ingest": ["BECKON_INGEST_METRICS"],
        "sources": ["BECKON_SOURCES_POSTGRES", "BECKON_KAFKA"],
        "orders": ["BECKON_KAFKA"],
        "notify": ["BECKON_NOTIFY_POSTGRES", "BECKON_KAFKA"],
        "onboarding": ["BECKON_ONBOARDING_POSTGRES", "BECKON_KAFKA"],
    }


async def test_servers_that_are_away_or_refuse_cost_only_their_own_cells(whole: Database) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    refused = whole.dsn("notify").replace(whole.name, "not_made")

    async with running(whole, "sources", "orders"):
        code, rows = await status(
            BECKON_KAFKA=nowhere,
            BECKON_INGEST_METRICS=f"http://{nowhere}",
            BECKON_NOTIFY_POSTGRES=refused,
            BECKON_ONBOARDING_POSTGRES=f"postgresql://beckon@{nowhere}/beckon",
            BECKON_ORDERS_POSTGRES=whole.dsn("orders"),
            BECKON_SOURCES_POSTGRES=whole.dsn("sources"),
        )

    away = "BECKON_KAFKA: the brokers do not answer (KafkaConnectionError)"
    assert (code, rows["orders"]["schema"]) == (1, newest_version("orders"))
    assert {name: row["wrong"] for name, row in rows.items()} == {
        "ingest": ["BECKON_INGEST_METRICS: no answer (ConnectError)"],
        "sources": [away],
        "orders": [away],
        "notify": ['BECKON_NOTIFY_POSTGRES: database "not_made" does not exist', away],
        "onboarding": ["BECKON_ONBOARDING_POSTGRES: PostgreSQL does not answer (ConnectionRefusedError)", away],
    }
