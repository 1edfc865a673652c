"""The poller of the sources over a real PostgreSQL, around an XML Tools of the test and a clock that it sets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry

from services.ingest.sources.metrics import SourcesMetrics
from services.ingest.sources.nexternal.polling import NexternalPoll
from services.ingest.sources.poller import Polling, poll
from services.ingest.sources.settings import XML_TOOLS_HOST
from services.ingest.sources.storage.connections import put_settings
from services.ingest.sources.storage.sweeps import claim_due
from shared.events.codec import decode
from shared.events.envelope import Event
from shared.events.settings import SiteConfigured
from shared.events.storefront import OrderReported
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.security.outbound import Outbound
from tests.support.builders.ingest import NOTIFY_KEYS, public_half
from tests.support.builders.sources import BOTH_KEYS, NOON


@dataclass
class StoppedClock:
    """A clock that a test sets."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()


@dataclass
class Rig:
    """The poller around an XML Tools of the test."""

    pool: Pool
    polling: Polling
    clock: StoppedClock

    async def configure(self, site: SiteConfigured) -> None:
        async with transaction(self.pool) as tx:
            await put_settings(tx, site, self.clock.now())

    async def poll(self, after: timedelta = timedelta(0)) -> str | None:
        """Poll what is due and return the state of the connection."""
        self.clock.moment += after
        for connection in await claim_due(self.pool, self.clock.now(), 4, new_uuid7()):
            await poll(connection, self.polling)
        state: str | None = await self.pool.fetchval("SELECT state FROM sources.connections")
        return state

    async def left(self) -> list[Event]:
        """What has left for storefront-events, in its order."""
        rows = await self.pool.fetch("SELECT topic, value FROM sources.outbox WHERE topic = 'storefront-events' ORDER BY id")
        return [decode(row["topic"], row["value"]) for row in rows]

    async def orders(self) -> list[OrderReported]:
        return [event for event in await self.left() if isinstance(event, OrderReported)]


@asynccontextmanager
async def a_rig(pool: Pool, address: str, clock: StoppedClock) -> AsyncIterator[Rig]:
    """Nothing is configured yet."""
    metrics, outbound = SourcesMetrics(CollectorRegistry()), Outbound(instead={XML_TOOLS_HOST: address})
    nexternal = NexternalPoll(pool, outbound, BOTH_KEYS, public_half(NOTIFY_KEYS), clock, metrics)
    polling = Polling(pool, nexternal, clock, timedelta(minutes=10), metrics, lambda: None, new_uuid7)
    yield Rig(pool, polling, clock)
    await outbound.close()
