"""Looks at the shops whose set-up somebody has open, and rings when something has changed."""

import asyncio
from uuid import UUID

import structlog

from services.onboarding.shop_check import Fetcher, look_at
from services.onboarding.store import AccountStore
from services.onboarding.store_live import ring
from services.onboarding.store_setup import SetupStore
from shared.runtime.clock import Clock
from shared.runtime.postgres import UNREACHABLE, Pool, transaction

WATCHED_SECONDS = 600.0
EVERY_SECONDS = 2.0
AT_ONCE = 5
MOST_WATCHED = 1_000

log = structlog.get_logger("shop_checks")


class ShopChecks:
    """Who watches is known to this process alone: it is a hint, and a page that is open asks again."""

    def __init__(self, pool: Pool, fetcher: Fetcher, clock: Clock, ingest: str) -> None:
        self._pool = pool
        self._fetcher = fetcher
        self._clock = clock
        self._ingest = ingest
        self._watched: dict[UUID, float] = {}

    def watch(self, site_id: UUID) -> None:
        """Somebody has this site's set-up open."""
        if site_id in self._watched or len(self._watched) < MOST_WATCHED:
            self._watched[site_id] = self._clock.monotonic() + WATCHED_SECONDS

    async def run(self) -> None:
        """Look until cancelled."""
        gate = asyncio.Semaphore(AT_ONCE)
        while True:
            now = self._clock.monotonic()
            self._watched = {site: until for site, until in self._watched.items() if until > now}
            await asyncio.gather(*(self._look(site_id, gate) for site_id in self._watched))
            await asyncio.sleep(EVERY_SECONDS)

    async def _look(self, site_id: UUID, gate: asyncio.Semaphore) -> None:
        async with gate:
            try:
                async with transaction(self._pool) as tx:
                    site = await AccountStore(tx).settings_of(site_id)
                if site is not None:
                    findings = await look_at(site, self._fetcher, self._ingest)
                    async with transaction(self._pool) as tx:
                        if await SetupStore(tx).put_findings(site_id, findings, self._clock.now()):
                            await ring(tx, [site_id])
            except UNREACHABLE as error:
                log.warning("check_waits", error=type(error).__name__)
