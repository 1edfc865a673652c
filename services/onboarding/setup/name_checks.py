"""Checks which names of items in carts are on the shop's own pages, and where those have their pictures, for its settings."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from services.onboarding.events import next_revision
from services.onboarding.shop_pages.page_names import stands_on
from services.onboarding.shop_pages.shop_check import Fetcher, products_at
from services.onboarding.shop_pages.shop_links import product_page
from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.watches import WatchStore
from shared.events.envelope import CartItem
from shared.events.settings import SiteConfigured
from shared.messages.item_names import name_hash, shown_name
from shared.runtime.clock import Clock
from shared.runtime.postgres.pool import Pool, transaction

MOST_PAGES = 5
MOST_NAMES = 400
MOST_PICTURE_HOSTS = 8
EVERY_SECONDS = 60.0
"""Each finding is a revision of the settings, which every service reads."""
AGAIN_SECONDS = 3_600.0
Key = TypeVar("Key")
MOST_REMEMBERED = 20_000


class NameChecks:
    """Checks of one process, which alone knows what it has read lately: another one may read a page once more."""

    def __init__(self, pool: Pool, fetcher: Fetcher, clock: Clock) -> None:
        self._pool = pool
        self._fetcher = fetcher
        self._clock = clock
        self._checked: OrderedDict[UUID, float] = OrderedDict()
        self._read: OrderedDict[tuple[UUID, str], float] = OrderedDict()

    async def check(self, site: SiteConfigured) -> None:
        """Read the pages of a few items whose names are not known yet."""
        now = self._clock.monotonic()
        if now - self._checked.get(site.site_id, now - EVERY_SECONDS) < EVERY_SECONDS:
            return
        async with transaction(self._pool) as tx:
            items = await WatchStore(tx).items_of_carts(site.site_id)
        pages = self._due(site, items, now)
        if not pages:
            return
        _note(self._checked, site.site_id, now)
        found = await asyncio.gather(*(self._seen_on(site, path, names, now) for path, names in pages.items()))
        if new := list(dict.fromkeys(name_hash(name) for names, _ in found for name in names)):
            hosts = frozenset[str]().union(*(hosts for names, hosts in found if names))
            await self._put(site.site_id, new, hosts - {*site.hosts})

    def _due(self, site: SiteConfigured, items: Iterable[CartItem], now: float) -> dict[str, set[str]]:
        """Names by the pages that should bear them."""
        known, pages = frozenset(site.page_names), dict[str, set[str]]()
        for item in items:
            name, path = item.name, product_page(site.hosts[0], item.path, item.path_suffix)
            if path is None or name_hash(name) in known or shown_name(name) is None:
                continue
            read_at = self._read.get((site.site_id, path))
            if (read_at is None or now - read_at >= AGAIN_SECONDS) and (path in pages or len(pages) < MOST_PAGES):
                pages.setdefault(path, set()).add(name)
        return pages

    async def _seen_on(
        self, site: SiteConfigured, path: str, names: Collection[str], now: float
    ) -> tuple[list[str], frozenset[str]]:
        """Which of the names the page bears, and where its pictures are."""
        shown = await products_at(site.hosts[0], path, self._fetcher)
        _note(self._read, (site.site_id, path), now)
        return [name for name in names if stands_on(name, shown.names)], shown.picture_hosts

    async def _put(self, site_id: UUID, new: list[str], hosts: Collection[str]) -> None:
        async with transaction(self._pool) as tx:
            store = AccountStore(tx)
            site = await store.lock_settings_of(site_id)
            if site is not None:
                await add_names(store, site, new, hosts, self._clock.now())


async def add_names(
    store: AccountStore, site: SiteConfigured, new: Sequence[str], hosts: Collection[str], now: datetime
) -> None:
    """Put names, as they are kept, and hosts of pictures before those that are known; ``site`` is locked."""
    if set(new) <= set(site.page_names):
        return
    names = tuple(dict.fromkeys((*new, *site.page_names)))[:MOST_NAMES]
    pictures = tuple(dict.fromkeys((*sorted(hosts), *site.picture_hosts)))[:MOST_PICTURE_HOSTS]
    await store.put_settings(next_revision(site, now, page_names=names, picture_hosts=pictures), now)


def _note(moments: OrderedDict[Key, float], key: Key, at: float) -> None:
    moments.pop(key, None)
    moments[key] = at
    if len(moments) > MOST_REMEMBERED:
        moments.popitem(last=False)
