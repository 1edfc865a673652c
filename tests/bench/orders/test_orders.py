"""What orders applies in a second, and how soon it answers. Prints figures; asserts only that the work was done."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import UUID, uuid5

import asyncpg
import pytest

from services.orders.consumers import apply_storefront_events
from services.orders.storage.postgres import SqlStore
from services.orders.storage.sweeps import due_timers
from services.orders.timers import BATCH, LATENESS_ALLOWED
from shared.events.identifiers import cart_id_of
from shared.events.nudge import NudgeDue
from shared.events.storefront import CartUpdated
from shared.runtime.postgres.pool import Pool, transaction
from tests.bench.processor_time import seconds_used
from tests.integration.orders.test_process import of, receive_answers
from tests.support.builders.orders import NOON, SITE, a_cart_update, a_site, an_ask, an_id
from tests.support.processes.orders import World, a_world, an_orders

CARTS = 20_000
SITES = 48
IN_PROCESS = 1_000
ASKS = 200
LOAD_TICK_SECONDS = 0.1
DEAD_TIMERS = 100_000
POLLS = 200


@pytest.fixture
async def world(kafka: str) -> AsyncIterator[World]:
    async with a_world(kafka) as made:
        yield made


def a_site_of(number: int) -> UUID:
    return uuid5(SITE, f"bench {number}")


def cart_updates(count: int, when: datetime, first: int = 0) -> list[CartUpdated]:
    """Each of another shopper, spread over all sites."""
    updates = []
    for number in range(first, first + count):
        site_id, visitor_id = a_site_of(number % SITES), f"shopper{number:015}"
        change = {"site_id": site_id, "cart_id": cart_id_of(site_id, visitor_id, 1)}
        updates.append(a_cart_update(visitor_id, when).model_copy(update=change))
    return updates


async def test_beacons_to_carts_by_the_process_that_ships(world: World, kafka: str, database: str, tmp_path: Path) -> None:
    await world.publish(*(a_site().model_copy(update={"site_id": a_site_of(n), "event_id": an_id()}) for n in range(SITES)))
    for first in range(0, CARTS, 2_000):
        await world.publish(*cart_updates(2_000, datetime.now(UTC), first))
    connection = await asyncpg.connect(database)
    with an_orders(kafka, database, tmp_path / "orders.log") as process:
        begun, began, used = 0, 0.0, 0.0
        while (done := await connection.fetchval("SELECT count(*) FROM orders.carts")) < CARTS:
            if not begun and done:
                begun, began, used = done, time.perf_counter(), seconds_used(process.pid)
            await asyncio.sleep(0.02)
        took, used = time.perf_counter() - began, seconds_used(process.pid) - used
    await connection.close()

    print(
        f"\nbeacons to carts: {(CARTS - begun) / took:,.0f}/s, {(CARTS - begun) / used:,.0f} for a second of orders' own core"
    )
    assert done == CARTS


async def test_batches_against_one_transaction_for_each_event(pool: Pool) -> None:
    async def apply(updates: list[CartUpdated], size: int) -> float:
        began = time.perf_counter()
        for start in range(0, len(updates), size):
            async with transaction(pool) as tx:
                await apply_storefront_events(updates[start : start + size], SqlStore(tx), NOON)
        return len(updates) / (time.perf_counter() - began)

    batched = await apply(cart_updates(10 * IN_PROCESS, NOON), 500)
    singly = await apply(cart_updates(IN_PROCESS, NOON, first=10 * IN_PROCESS), 1)

    print(f"\nby 500: {batched:,.0f}/s; one transaction each: {singly:,.0f}/s; {batched / singly:.1f} times as many")
    assert await pool.fetchval("SELECT count(*) FROM orders.carts") == 11 * IN_PROCESS


@pytest.mark.parametrize("load_per_second", [0, 1_000, 2_000])
async def test_from_ask_to_grant(world: World, kafka: str, database: str, tmp_path: Path, load_per_second: int) -> None:
    opened_at = datetime.now(UTC) - timedelta(minutes=1)
    shoppers = [f"asker{number:017}" for number in range(ASKS)]
    with an_orders(kafka, database, tmp_path / "orders.log"):
        await world.publish(a_site().model_copy(update={"abandoned_after_seconds": 1}))
        await world.publish(*(a_cart_update(shopper, opened_at) for shopper in shoppers))
        received = await world.receive(lambda events: len(of(events, NudgeDue)) == ASKS, 90)
        load = Load(world, load_per_second) if load_per_second else None
        waits = []
        for due in of(received, NudgeDue):
            ask = an_ask(due)
            asked_at = time.perf_counter()
            await world.publish(ask)
            await receive_answers(world, ask)
            waits.append(time.perf_counter() - asked_at)
        beside = await load.ends() if load is not None else 0.0
    waits.sort()
    p99 = waits[ASKS * 99 // 100 - 1]

    print(f"\nask to grant beside {beside:,.0f} beacons/s: median {median(waits) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    assert len(waits) == ASKS


class Load:
    """Beacons of other shops, as many a second as this machine publishes, at most the target."""

    def __init__(self, world: World, per_second: int) -> None:
        self._world = world
        self._per_second = per_second
        self._published = 0
        self._began = time.perf_counter()
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        size = int(self._per_second * LOAD_TICK_SECONDS)
        while True:
            await self._world.publish(*cart_updates(size, datetime.now(UTC), CARTS + self._published))
            self._published += size
            await asyncio.sleep(max(0.0, self._began + self._published / self._per_second - time.perf_counter()))

    async def ends(self) -> float:
        """Stop. Returns how many there were a second."""
        rate = self._published / (time.perf_counter() - self._began)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return rate


async def test_an_empty_poll_of_the_timers_under_an_old_snapshot(pool: Pool, database: str) -> None:
    old = await asyncpg.connect(database)
    await pool.execute(
        "INSERT INTO orders.timers SELECT $1, 'abandon', gen_random_uuid(), $2::timestamptz - n * interval '1 second'"
        " FROM generate_series(1, $3::int) AS n",
        SITE,
        NOON,
        DEAD_TIMERS,
    )
    snapshot = old.transaction(isolation="repeatable_read")
    await snapshot.start()
    await old.fetchval("SELECT count(*) FROM orders.timers")
    await pool.execute("DELETE FROM orders.timers")
    with_floor = await polls(pool, NOON - LATENESS_ALLOWED)
    whole = await polls(pool, NOON - timedelta(days=9))
    with suppress(asyncpg.PostgresError):
        await snapshot.rollback()
    await old.close()

    print(f"\nempty poll over {DEAD_TIMERS:,} dead timers: median {with_floor:.2f} ms; without the floor {whole:.2f} ms")
    assert with_floor < whole


async def polls(pool: Pool, floor: datetime) -> float:
    """The median in milliseconds."""
    took = []
    for _ in range(POLLS):
        began = time.perf_counter()
        assert await due_timers(pool, floor, NOON, BATCH) == []
        took.append(time.perf_counter() - began)
    return median(took) * 1000
