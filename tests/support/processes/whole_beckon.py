"""orders, notify and onboarding over one database, and a log in lists between them: what ships, without Kafka and sockets.

What each puts into its outbox is written to the log, and read from there by the subscriptions that its own ``app`` has.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import CollectorRegistry

from services.notify.app import subscriptions as notify_subscriptions
from services.onboarding.app import SUBSCRIPTIONS as ONBOARDING_SUBSCRIPTIONS
from services.onboarding.storage.accounts import AccountStore
from services.orders.app import subscriptions as orders_subscriptions
from services.orders.grants.barrier import GrantingLoop
from services.orders.metrics import OrdersMetrics
from services.orders.storage.postgres import SqlDatabase
from services.orders.timers import TimerLoop
from shared.events.catalogue import TOPICS, topic_of
from shared.events.codec import decode, encode
from shared.events.envelope import Event
from shared.events.markers import BarrierMarked
from shared.events.settings import SiteConfigured
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_random_id
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.postgres.pool import Pool, create_pool, transaction
from shared.runtime.postgres.tables import Schema, Tables
from tests.support.builders.notify import PEPPER
from tests.support.processes.carriers import FakePush
from tests.support.processes.databases import Database, database
from tests.support.processes.notify import Bench

SERVICES: tuple[Schema, ...] = ("orders", "notify", "onboarding")


class WholeBeckon:
    """``log`` holds what was acknowledged, by topic. Build it inside a running loop."""

    def __init__(self, made: Database, pools: dict[Schema, Pool]) -> None:
        self.made = made
        self.pools = pools
        self.log: dict[str, list[bytes]] = {name: [] for name in TOPICS}
        self.bench = Bench(pools["notify"], push=FakePush())
        clock, metrics = SystemClock(), OrdersMetrics(CollectorRegistry())
        self._orders = SqlDatabase(pools["orders"])
        self._granting = GrantingLoop(self._orders, self, clock, new_random_id, lambda: None, metrics)
        self._timers = TimerLoop(self._orders, clock, lambda: None, metrics)
        self._read: dict[tuple[Schema, str], int] = {}
        self.subscriptions: dict[Schema, list[Subscription]] = {
            "orders": orders_subscriptions(clock, self._granting),
            "notify": notify_subscriptions(
                self.bench.consumers, self.bench.dispatcher, self.bench.questions, self.bench.transactional
            ),
            "onboarding": list(ONBOARDING_SUBSCRIPTIONS),
        }
        self._tasks: list[asyncio.Task[Any]] = []
        self._one_reads = asyncio.Lock()

    async def append(self, marker: BarrierMarked, partition: int) -> None:
        """What the granting loop writes straight to the log."""
        self.publish(marker)

    def publish(self, *events: Event) -> None:
        """Acknowledge, as ingest does."""
        for event in events:
            record = encode(event)
            self.log[record.topic].append(record.value)

    def start(self) -> None:
        """Let timers, grants and calls go on by themselves."""
        self.bench.start("dispatcher", "questions")
        loops = (self.bench.transactional.run(), self._granting.run(), self._timers.run(), self._keep_reading())
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """Nothing goes on by itself any more."""
        await self.stop_reading()
        await self.bench.close()

    async def stop_reading(self) -> None:
        """Timers, grants and the reading of the log in lists end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _keep_reading(self) -> None:
        while True:
            await self.process_all()
            await asyncio.sleep(0.01)

    async def process_all(self) -> None:
        """Relay and read until there is nothing more."""
        async with self._one_reads:
            await self._process_all()

    async def _process_all(self) -> None:
        while any([await self._relay(service) for service in SERVICES] + [await self._consume(s) for s in SERVICES]):
            pass

    async def _relay(self, service: Schema) -> int:
        tables = Tables(service)
        async with transaction(self.pools[service]) as tx:
            rows = await tx.fetch(tables.read_outbox, 1000)
            await tx.execute(tables.delete_outbox, [row["id"] for row in rows])
        for row in rows:
            self.log[row["topic"]].append(row["value"])
        return len(rows)

    async def _consume(self, service: Schema, only: Event | None = None) -> int:
        applied = 0
        for subscription in self.subscriptions[service]:
            if only is not None and subscription.topic != topic_of(only).name:
                continue
            key = (service, subscription.topic)
            records = self.log[subscription.topic][self._read.get(key, 0) :]
            if not records:
                continue
            events = [decode(subscription.topic, record) for record in records]
            wanted = [event for event in events if subscription.wanted is None or event.type in subscription.wanted]
            async with transaction(self.pools[service]) as tx:
                await subscription.apply(wanted, tx)
            self._read[key] = self._read.get(key, 0) + len(records)
            if subscription.after_commit is not None:
                await subscription.after_commit(wanted)
            applied += len(records)
        return applied

    async def replay(self, service: Schema, topic: str) -> None:
        """As an operator's ``beckon replay`` and the next start do."""
        async with self._one_reads:
            self._read[service, topic] = 0
            await self._process_all()

    async def unread(self, *events: Event) -> None:
        """The first of these are acknowledged, and read by nobody before the last one, of another topic, is."""
        async with self._one_reads:
            self.publish(*events)
            for service in SERVICES:
                await self._consume(service, events[-1])
            await self._process_all()

    def subscribed_topics(self) -> list[tuple[Schema, str]]:
        """Every topic of every service that reads it."""
        return [(service, each.topic) for service, found in self.subscriptions.items() for each in found]

    async def open_shop(self, site: SiteConfigured) -> None:
        """An account with one shop."""
        async with transaction(self.pools["onboarding"]) as tx:
            accounts = AccountStore(tx)
            await accounts.add_account(site.account_id, "merchant@shop.example", "hash", PEPPER, site.received_at)
            await accounts.put_settings(site, site.received_at)
        await self.process_all()

    async def eventually(self, condition: Callable[[], Awaitable[object]]) -> None:
        """Return as soon as it holds."""
        await self.bench.eventually(condition)


@asynccontextmanager
async def whole_beckon() -> AsyncIterator[WholeBeckon]:
    """Over a database of its own."""
    async with database(*SERVICES) as made:
        pools: dict[Schema, Pool] = {name: await create_pool(made.dsn(name), service=name, size=8) for name in SERVICES}
        beckon = WholeBeckon(made, pools)
        try:
            yield beckon
        finally:
            await beckon.stop()
            for pool in pools.values():
                pool.terminate()
