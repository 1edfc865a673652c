"""Looks at the shops whose set-up somebody has open, and rings when something has changed."""

import asyncio
from collections.abc import Iterator
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
SLOWEST_EVERY_SECONDS = 30.0
RESTS = 2.0
"""A shop rests this many times as long as a look at it took: who is slow is looked at less, and holds up nobody else."""
TICK_SECONDS = 0.5
AT_ONCE = 20
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
        self._next: dict[UUID, float] = {}
        self._in_hand: set[UUID] = set()

    def watch(self, site_id: UUID) -> None:
        """Somebody has this site's set-up open."""
        if site_id in self._watched or len(self._watched) < MOST_WATCHED:
            self._watched[site_id] = self._clock.monotonic() + WATCHED_SECONDS

    async def run(self) -> None:
        """Look until cancelled, at each shop by itself."""
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as looks:
            while True:
                for site_id in self._due():
                    self._in_hand.add(site_id)
                    looks.create_task(self._look_in_turn(site_id, gate))
                await asyncio.sleep(TICK_SECONDS)

    def _due(self) -> Iterator[UUID]:
        now = self._clock.monotonic()
        self._watched = {site: until for site, until in self._watched.items() if until > now}
        self._next = {site: at for site, at in self._next.items() if site in self._watched}
        return (site for site in self._watched if site not in self._in_hand and self._next.get(site, 0.0) <= now)

    async def _look_in_turn(self, site_id: UUID, gate: asyncio.Semaphore) -> None:
        try:
            async with gate:
                began = self._clock.monotonic()
                await self.look(site_id)
                took = self._clock.monotonic() - began
                rest = min(SLOWEST_EVERY_SECONDS, max(EVERY_SECONDS, RESTS * took))
                self._next[site_id] = self._clock.monotonic() + rest
        except UNREACHABLE as error:
            log.warning("check_waits", error=type(error).__name__)
            self._next[site_id] = self._clock.monotonic() + EVERY_SECONDS
        except Exception:
            # A bug of ours that one shop's page brings out must not end the looks at all others.
            log.exception("check_failed")
            self._next[site_id] = self._clock.monotonic() + SLOWEST_EVERY_SECONDS
        finally:
            self._in_hand.discard(site_id)

    async def look(self, site_id: UUID) -> None:
        """Look once, and ring where it shows something new."""
        async with transaction(self._pool) as tx:
            site = await AccountStore(tx).settings_of(site_id)
        if site is None:
            return
        findings = await look_at(site, self._fetcher, self._ingest)
        async with transaction(self._pool) as tx:
            if await SetupStore(tx).put_findings(site, findings, self._clock.now()):
                await ring(tx, [site_id])
