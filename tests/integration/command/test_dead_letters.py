"""``beckon dead-letters``: what could not be applied is listed, replayed once, or discarded with a reason."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from click.testing import CliRunner, Result

from deploy.command.main import beckon
from shared.events.codec import SILENCES_HEADER
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.holds import active_hold
from shared.runtime.kafka.producer import create_producer
from shared.runtime.postgres.tables import Tables
from tests.integration.runtime.bench import (
    DEAD_LETTERS,
    TOPIC,
    Service,
    Shop,
    a_pool,
    consuming,
    paused,
    read_all,
    remake_topics,
    resumed,
    sites,
)
from tests.support.processes.servers import kafka_server, postgres_server
from tests.support.waiting import eventually

MARKED = ((SILENCES_HEADER, b"1"),)


class Desk:
    """An operator of orders, a shop, and an orders that a test lets refuse what it likes."""

    def __init__(self, dsn: str, service: Service, shop: Shop) -> None:
        self._dsn = dsn
        self.service = service
        self.shop = shop

    async def runs(self, *arguments: str) -> Result:
        """Run ``beckon dead-letters`` with these arguments."""
        own = {"BECKON_PROFILE": "demo", "BECKON_KAFKA": kafka_server(), "BECKON_POSTGRES": self._dsn, "USER": "sam"}
        return await asyncio.to_thread(CliRunner().invoke, beckon, ["dead-letters", *arguments], env=own)

    async def lists(self, *arguments: str) -> list[dict[str, Any]]:
        """What the command lists."""
        listed = await self.runs("list", "--topic", TOPIC, *arguments, "--json")
        assert listed.exit_code == 0, listed.exception or listed.stderr
        rows: list[dict[str, Any]] = json.loads(listed.stdout.splitlines()[-1])
        return rows

    async def waits(self, count: int) -> list[dict[str, Any]]:
        """The dead letters that wait, once there are so many."""

        async def there() -> bool:
            return len(await self.lists()) == count

        await eventually(there)
        return await self.lists()

    async def is_held(self, site: UUID) -> bool:
        """Whether orders is silent for the site."""
        async with self.service.pool.acquire() as connection:
            return await active_hold(connection, Tables("orders"), site) is not None


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    kafka, name = kafka_server(), f"letters_{uuid4().hex}"
    await remake_topics(kafka)
    async with AsyncExitStack() as stack:
        admin = await asyncpg.connect(postgres_server())
        stack.push_async_callback(admin.close)
        await admin.execute(f"CREATE DATABASE {name}")
        stack.push_async_callback(admin.execute, f"DROP DATABASE {name} WITH (FORCE)")
        dsn = postgres_server().rsplit("/", 1)[0] + "/" + name
        pool = await a_pool(dsn)
        stack.push_async_callback(pool.close)
        producer = await create_producer(KafkaConnection(kafka))
        stack.push_async_callback(producer.stop)
        yield Desk(dsn, Service(pool), Shop(producer))


async def test_a_record_is_replayed_once_and_its_hold_released_when_applied(desk: Desk) -> None:
    [site] = sites(1)
    stop = paused(site)
    desk.service.refused.add(stop.event_id)

    async with consuming(kafka_server(), desk.service):
        await desk.shop.publish(stop)
        [letter] = await desk.waits(1)
        held = await desk.is_held(site)
        desk.service.refused.clear()  # as a release that can apply it
        tried = await desk.runs("replay", "orders", letter["record"], "--dry-run")
        replayed = [await desk.runs("replay", "orders", letter["record"]) for _ in range(2)]
        applied = await desk.service.applied(site)
        still_held = await desk.is_held(site)

    records = await read_all(kafka_server(), TOPIC, 4)
    [closed] = await desk.lists("--all")
    assert (letter["service"], letter["type"], letter["site"]) == ("orders", "sending.paused", str(site))
    assert (tried.exit_code, tried.stdout.splitlines()[-1]) == (0, "would be replayed")
    assert [result.exit_code for result in replayed] == [0, 0]
    assert (held, still_held, applied) == (True, False, [stop.event_id])
    assert [record.value for record in records] == [records[0].value] * 2
    assert (closed["state"], closed["by"], await desk.lists()) == ("replayed", "sam", [])


async def test_a_record_that_fails_again_waits_anew_and_holds_its_site(desk: Desk) -> None:
    [site] = sites(1)
    stop = paused(site)
    desk.service.refused.add(stop.event_id)

    async with consuming(kafka_server(), desk.service):
        await desk.shop.publish(stop)
        [letter] = await desk.waits(1)
        replayed = await desk.runs("replay", "orders", letter["record"])
        [again] = await desk.waits(1)
        held = await desk.is_held(site)
        await desk.runs("discard", "orders", again["record"], "--reason", "a test of ours")

    assert (replayed.exit_code, replayed.stderr) == (
        1,
        f"orders could not apply it: it was set aside again as {again['record']}\n",
    )
    assert again["record"] != letter["record"]
    assert (held, await desk.is_held(site)) == (True, False)


async def test_a_discard_asks_why_and_leaves_it_in_the_topic(desk: Desk) -> None:
    [site] = sites(1)
    async with consuming(kafka_server(), desk.service):
        await desk.shop.publish_raw(site, b'{"phone": "+12025550143", "e"', MARKED)
        [letter] = await desk.waits(1)
    record = letter["record"]

    shown = await desk.runs("show", "orders", record)
    replayed = await desk.runs("replay", "orders", record)
    unreasoned = await desk.runs("discard", "orders", record)
    discarded = [await desk.runs("discard", "orders", record, "--reason", "a scanner wrote it") for _ in range(2)]
    [closed] = await desk.lists("--all")

    assert "[phone]" in shown.stdout
    assert "2025550143" not in shown.stdout
    assert (replayed.exit_code, unreasoned.exit_code) == (1, 2)
    assert "this release cannot read it either" in replayed.stderr
    assert [result.exit_code for result in discarded] == [0, 0]
    assert (closed["state"], closed["by"], closed["why"]) == ("discarded", "sam", "a scanner wrote it")
    assert (await desk.is_held(site), await desk.lists()) == (False, [])
    assert len(await read_all(kafka_server(), DEAD_LETTERS, 1)) == 2


async def test_what_would_speak_late_is_never_replayed(desk: Desk) -> None:
    [site] = sites(1)
    resume = resumed(site)
    desk.service.refused.add(resume.event_id)
    async with consuming(kafka_server(), desk.service):
        await desk.shop.publish(resume)
        [letter] = await desk.waits(1)

    replayed = await desk.runs("replay", "orders", letter["record"])
    unknown = await desk.runs("replay", "orders", "merchant-actions/0/999")
    mistyped = await desk.runs("replay", "orders", "merchant-actions")

    assert (replayed.exit_code, len(await read_all(kafka_server(), TOPIC, 4))) == (1, 1)
    assert "counts from its place in the log" in replayed.stderr
    assert [unknown.exit_code, mistyped.exit_code] == [1, 2]
