"""The barrier and the locks under them, on PostgreSQL: what a failover loses is not answered, and nobody waits in a ring."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from prometheus_client import CollectorRegistry

from services.orders.consumers import apply_site_settings, apply_storefront_events
from services.orders.grants.barrier import GrantingLoop
from services.orders.handlers.message_events import apply_message_events
from services.orders.metrics import OrdersMetrics
from services.orders.storage.postgres import SqlDatabase
from services.orders.timers import TimerLoop
from shared.events.catalogue import STOREFRONT_EVENTS
from shared.events.markers import BarrierMarked
from shared.events.message import MessagePrepared
from shared.events.nudge import NudgeDue
from shared.events.storefront import StorefrontEvent
from shared.runtime.clock import SystemClock
from shared.runtime.kafka.producer import partition_of
from shared.runtime.postgres.pool import Pool
from tests.support.builders.orders import SITE, a_cart_update, a_site, a_visit, an_ask, an_order, visitor

PLACE = partition_of(SITE, STOREFRONT_EVENTS.partitions)
SHOPPERS = [f"shopper{number:015}" for number in range(12)]


class AppliedAtOnce:
    """A log whose consumer has committed each marker before its append returns."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self.appended = 0

    async def append(self, marker: BarrierMarked, partition: int) -> None:
        self.appended += 1
        async with self._database.transaction() as store:
            await apply_storefront_events([marker], store, datetime.now(UTC))


class LosingDatabase(SqlDatabase):
    """A database whose failover loses the markers as soon as somebody has seen one."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._markers = pool

    async def is_marked(self, site_id: object, marker_id: str) -> bool:
        seen = await self._markers.fetchval("SELECT EXISTS (SELECT FROM orders.markers WHERE marker_id = $1)", marker_id)
        await self._markers.execute("DELETE FROM orders.markers WHERE marker_id = $1", marker_id)
        return bool(seen)


def a_granting_loop(database: SqlDatabase, log: AppliedAtOnce, ids: Callable[[], str]) -> GrantingLoop:
    return GrantingLoop(database, log, SystemClock(), ids, lambda: None, OrdersMetrics(CollectorRegistry()))


def new_ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{next(numbers):032x}"


async def due_asks(database: SqlDatabase, pool: Pool) -> list[MessagePrepared]:
    """Every shopper has left a cart, its reminder is due, and notify asks."""
    left_at = datetime.now(UTC) - timedelta(hours=1)
    async with database.transaction() as store:
        await apply_site_settings([a_site()], store)
        await apply_storefront_events([a_cart_update(shopper, left_at) for shopper in SHOPPERS], store, left_at)
    timers = TimerLoop(database, SystemClock(), lambda: None, OrdersMetrics(CollectorRegistry()))
    while await timers.run_once():
        pass
    rows = await pool.fetch("SELECT value FROM orders.outbox WHERE topic = 'nudge-events'")
    asks = [an_ask(NudgeDue.model_validate_json(row["value"])) for row in rows]
    assert len(asks) == len(SHOPPERS)
    async with database.transaction() as store:
        await apply_message_events(asks, store, datetime.now(UTC))
    return asks


async def answers(pool: Pool) -> dict[str | None, int]:
    rows = await pool.fetch("SELECT answer, count(*) FROM orders.asks WHERE site_id = $1 GROUP BY answer", SITE)
    return {row["answer"]: row["count"] for row in rows}


async def test_a_marker_that_a_failover_lost_answers_nobody(pool: Pool) -> None:
    database = LosingDatabase(pool)
    await due_asks(database, pool)

    await a_granting_loop(database, AppliedAtOnce(database), new_ids()).run_once(PLACE)

    assert await answers(pool) == {None: len(SHOPPERS)}
    assert await pool.fetchval("SELECT count(*) FROM orders.outbox WHERE headers LIKE '%nudge.granted%'") == 0


async def test_an_ask_whose_answer_fails_costs_the_others_nothing(pool: Pool) -> None:
    database = SqlDatabase(pool)
    asks = await due_asks(database, pool)
    await pool.execute("UPDATE orders.carts SET items = '{}' WHERE cart_id = $1", asks[0].cart_id)

    await a_granting_loop(database, AppliedAtOnce(database), new_ids()).run_once(PLACE)

    assert await answers(pool) == {None: 1, "granted": len(asks) - 1}


async def test_two_granting_loops_share_the_asks_and_answer_each_once(pool: Pool) -> None:
    database = SqlDatabase(pool)
    await due_asks(database, pool)
    ids = new_ids()
    loops = [a_granting_loop(database, AppliedAtOnce(database), ids) for _ in range(3)]

    claimed = await asyncio.gather(*(loop.run_once(PLACE) for loop in loops))

    assert sum(claimed) == len(SHOPPERS)
    assert await answers(pool) == {"granted": len(SHOPPERS)}
    assert await pool.fetchval("SELECT count(*) FROM orders.outbox WHERE headers LIKE '%nudge.granted%'") == len(SHOPPERS)


async def test_consumer_timers_and_answers_never_wait_in_a_ring(pool: Pool) -> None:
    """They lock the same carts and nudges over and over; one that lost a deadlock would raise."""
    database = SqlDatabase(pool)
    await due_asks(database, pool)
    now = datetime.now(UTC)
    loops = [a_granting_loop(database, AppliedAtOnce(database), new_ids()) for _ in range(2)]
    timers = [TimerLoop(database, SystemClock(), lambda: None, OrdersMetrics(CollectorRegistry())) for _ in range(2)]

    async def shop() -> None:
        for each_round in range(10):
            events: list[StorefrontEvent] = [
                a_visit(shopper, now + timedelta(seconds=each_round)) for shopper in SHOPPERS[::-1]
            ]
            events += [a_cart_update(shopper, now, version=each_round + 2, items=each_round % 3 + 1) for shopper in SHOPPERS]
            events += [an_order(visitor(SHOPPERS[each_round]), when=now + timedelta(seconds=each_round), order_id=None)]
            async with database.transaction() as store:
                await apply_storefront_events(events, store, now)

    async def tick(loop: TimerLoop) -> None:
        for _ in range(10):
            await loop.run_once()

    await asyncio.gather(shop(), *(loop.run_once(PLACE) for loop in loops), *(tick(loop) for loop in timers))

    states = await pool.fetch("SELECT state, count(*) FROM orders.carts WHERE site_id = $1 GROUP BY state", SITE)
    assert {row["state"]: row["count"] for row in states} == {"bought": 10, "open": 2}


async def fill(pool: Pool, now: datetime) -> None:
    """So many rows that a scan would be the cheaper plan only without an index."""
    await pool.execute(
        """
        INSERT INTO orders.timers SELECT $1, 'abandon', gen_random_uuid(), $2::timestamptz + n * interval '1 second'
          FROM generate_series(1, 20000) AS n
        """,
        SITE,
        now,
    )
    await pool.execute(
        """
        INSERT INTO orders.sightings
        SELECT $1, lpad((n / 2)::text, 22, '0'), 'email:' || n % 5000, $2::timestamptz FROM generate_series(1, 20000) AS n
        """,
        SITE,
        now,
    )
    await pool.execute(
        """
        INSERT INTO orders.asks (site_id, attempt_id, nudge_id, cart_id, visitor_id, channel, recipient_index, try_number,
                                 partition, arrived_at, answered_at)
        SELECT $1, md5(n::text), gen_random_uuid(), gen_random_uuid(), '', 'sms', '', 1, 1, $2::timestamptz, $2::timestamptz
          FROM generate_series(1, 20000) AS n
        """,
        SITE,
        now,
    )
    await pool.execute("ANALYZE orders.timers, orders.sightings, orders.asks")


async def test_hot_queries_read_through_their_indexes(pool: Pool) -> None:
    now = datetime.now(UTC)
    await fill(pool, now)

    plans = [
        await explain(
            pool, "SELECT site_id FROM orders.timers WHERE due_at > $1 AND due_at <= $2 ORDER BY due_at LIMIT 200", now, now
        ),
        await explain(pool, "SELECT DISTINCT partition FROM orders.asks WHERE answered_at IS NULL AND marker_id IS NULL"),
        await explain(pool, "SELECT visitor_id FROM orders.sightings WHERE site_id = $1 AND key = $2", SITE, "email:7"),
        await explain(pool, "SELECT key FROM orders.sightings WHERE site_id = $1 AND visitor_id = $2", SITE, "7".zfill(22)),
        await explain(pool, "SELECT max(try_number) FROM orders.asks WHERE site_id = $1 AND nudge_id = $1", SITE),
    ]

    assert [plan for plan in plans if "Seq Scan" in plan] == []


async def explain(pool: Pool, statement: str, *arguments: object) -> str:
    return "\n".join(row[0] for row in await pool.fetch(f"EXPLAIN {statement}", *arguments))
