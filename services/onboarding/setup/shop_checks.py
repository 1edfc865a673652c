"""Checks of every shop, one after the other, and a notification when something that its merchant is shown has changed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from services.onboarding.platforms import guide_of
from services.onboarding.results.coverage import falls
from services.onboarding.setup.name_checks import NameChecks
from services.onboarding.setup.shop_schedule import rest_seconds
from services.onboarding.setup.verification import steps_of
from services.onboarding.shop_pages.shop_check import Fetcher, check_shop
from services.onboarding.shop_pages.shop_links import is_cart, path_on
from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.coverage import CoverageStore
from services.onboarding.storage.live import notify_changed
from services.onboarding.storage.setup import SetupStore
from services.onboarding.storage.watches import WatchStore
from shared.events.settings import SiteConfigured
from shared.runtime.clock import Clock
from shared.runtime.loops import ran
from shared.runtime.postgres.pool import UNREACHABLE, Pool, Transaction, transaction

FAILED_SECONDS = 15.0
"""The duration that a failed check counts as, for the rest after it."""
TICK_SECONDS = 0.5
AT_ONCE = 20
AT_ONCE_UNSEEN = 8
"""Of these, for shops whose set-up is closed: whoever has a set-up open does not wait for them."""
MOST_A_TICK = 4
"""Shops whose set-up is closed, begun by one process in half a second: 10,000 are due after an outage, and no burst."""
MOST_REMEMBERED = 10_000

log = structlog.get_logger("shop_checks")


class ShopChecks:
    """Checks shops by the schedule in the database, which all replicas share; a process knows only what it has under way."""

    def __init__(self, pool: Pool, fetcher: Fetcher, clock: Clock, ingest: str) -> None:
        self._pool = pool
        self._fetcher = fetcher
        self._clock = clock
        self._ingest = ingest
        self._names = NameChecks(pool, fetcher, clock)
        self._in_hand: dict[UUID, bool] = {}
        self._shown: dict[UUID, tuple[tuple[str, str, str], ...]] = {}

    async def watch(self, site_id: UUID) -> None:
        """Record that somebody has this site's set-up open: it is checked often."""
        async with transaction(self._pool) as tx:
            await WatchStore(tx).open(site_id, self._clock.now())

    async def run(self) -> None:
        """Check until cancelled, each shop by itself."""
        async with asyncio.TaskGroup() as checks:
            while True:
                ran()
                try:
                    for site_id in await self._take():
                        checks.create_task(self._check_in_turn(site_id))
                except UNREACHABLE as error:
                    log.warning("check_waits", error=type(error).__name__)
                except Exception:
                    log.exception("checks_not_taken")
                await asyncio.sleep(TICK_SECONDS)

    async def _take(self) -> Sequence[UUID]:
        """The next shops, with whether the set-up of each is open. One that is in hand still is passed over."""
        free = AT_ONCE - len(self._in_hand)
        if free <= 0:
            return []
        unseen = AT_ONCE_UNSEEN - sum(not is_open for is_open in self._in_hand.values())
        async with transaction(self._pool) as tx:
            store, now = WatchStore(tx), self._clock.now()
            opened = await store.take_open(now, free)
            quota = min(free - len(opened), unseen, MOST_A_TICK)
            others = await store.take_due(now, quota) if quota > 0 else []
        taken = dict.fromkeys(others, False) | dict.fromkeys(opened, True)
        new = {site_id: is_open for site_id, is_open in taken.items() if site_id not in self._in_hand}
        self._in_hand |= new
        return list(new)

    async def _check_in_turn(self, site_id: UUID) -> None:
        try:
            await self.check(site_id)
        except UNREACHABLE as error:
            log.warning("check_waits", error=type(error).__name__)  # it is due again when its lease has ended
        except Exception:
            # A bug of ours that one shop's page brings out must not end the checks of all others.
            log.exception("check_failed")
            await self._rest_after_failure(site_id)
        finally:
            del self._in_hand[site_id]

    async def _rest_after_failure(self, site_id: UUID) -> None:
        try:
            async with transaction(self._pool) as tx:
                await self._rest(tx, site_id, FAILED_SECONDS)
        except UNREACHABLE as error:
            log.warning("check_waits", error=type(error).__name__)
        except Exception:
            log.exception("check_not_put_off")  # perhaps what failed before: it is due again when its lease has ended

    async def _rest(self, tx: Transaction, site_id: UUID, took_seconds: float) -> None:
        store, now = WatchStore(tx), self._clock.now()
        shop = await store.shop(site_id)
        if shop is not None:
            await store.rest_until(site_id, now + timedelta(seconds=rest_seconds(shop, took_seconds, now)), now)

    async def check(self, site_id: UUID) -> None:
        """Check once, and notify where it shows something new."""
        began = self._clock.monotonic()
        async with transaction(self._pool) as tx:
            site = await AccountStore(tx).settings_of(site_id)
            known = await SetupStore(tx).pages(site_id)
            cart_seen = None if site is None else await _cart_seen(tx, site)
        if site is None:
            return
        await self._names.check(site)
        findings = await check_shop(site, self._fetcher, self._ingest, known, self._clock.now(), cart_seen)
        async with transaction(self._pool) as tx:
            changed = await SetupStore(tx).put_findings(site, findings, self._clock.now())
            await self._rest(tx, site_id, self._clock.monotonic() - began)
            changed |= await self._note_falls(tx, site)
            if await self._shows_something_new(tx, site) or changed:
                await notify_changed(tx, [site_id])

    async def _note_falls(self, tx: Transaction, site: SiteConfigured) -> bool:
        """Store which shares of orders with a known cart or contact have fallen. True where they are others than before."""
        store = CoverageStore(tx)
        orders = await store.orders(site.site_id, site.time_zone, self._clock.now())
        return await store.put_falls(site.site_id, [fall.what for fall in falls(orders)])

    async def _shows_something_new(self, tx: Transaction, site: SiteConfigured) -> bool:
        """Whether a step's state is new, also by time alone: a page that has not reported itself for long enough."""
        seen = await SetupStore(tx).seen(site.site_id, self._clock.now())
        steps = steps_of(site, guide_of(site.platform), seen)
        shown = tuple((step.key, step.state.value, step.fault) for step in steps)
        before = self._shown.pop(site.site_id, None)
        if len(self._shown) >= MOST_REMEMBERED:
            del self._shown[next(iter(self._shown))]
        self._shown[site.site_id] = shown
        return before is not None and before != shown


async def _cart_seen(tx: Transaction, site: SiteConfigured) -> str | None:
    """The page on which a browser reported a cart last, where its path names a cart."""
    signal = (await SetupStore(tx).signals(site.site_id)).get("cart_seen")
    sample = {} if signal is None else signal["sample"]
    path = path_on(site.hosts[0], sample.get("path") or "")
    return path if path is not None and sample.get("host") == site.hosts[0] and is_cart(path) else None
