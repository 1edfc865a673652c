"""A fixture shop with the merchant's codes in it and a real ingest over a Kafka in memory: for any browser."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from deploy.demo.shops.base import Codes, FixtureShop, Session
from services.ingest.http.snippet import SnippetFile, built_snippet
from services.onboarding.platforms import guide_of
from services.onboarding.setup.codes import confirmation_code, tracking_code
from shared.events.settings import SiteConfigured
from shared.events.storefront import CartUpdated, PageSeen, StorefrontEvent
from shared.runtime.service import AsgiServer
from tests.support.builders.ingest import SITE_KEY, Rig, a_rig, site_settings
from tests.support.processes.servers import free_port
from tests.support.waiting import DEADLINE_SECONDS

NOBODY = "http://127.0.0.1:9"
Contents = tuple[dict[str, int], int]
"""How many there are of each, by name, and the total in cents."""


@dataclass
class ShopLab:
    """The shop and what it made of its shopper's doings; what became of them on the topic."""

    shop: FixtureShop
    address: str
    ingest: str
    rig: Rig
    settings: SiteConfigured

    def events(self, *types: str) -> list[StorefrontEvent]:
        """What is on the topic, once each, in the order of arrival."""
        unique = {event.event_id: event for event in self.rig.kafka.events() if event.type in types}
        return [event for event in unique.values() if isinstance(event, StorefrontEvent)]

    def paths(self) -> list[str | None]:
        """The pages that were shown, in their order."""
        return [event.path for event in self.events("page.seen") if isinstance(event, PageSeen)]

    def session(self) -> Session:
        """The only shopper."""
        (session,) = self.shop.sessions.values()
        return session

    def basket(self) -> Contents:
        """What the shop itself has."""
        session = self.session()
        return {line.good.name: line.quantity for line in session.lines}, session.total

    def cart(self) -> CartUpdated | None:
        """The newest cart on the topic."""
        carts = [event for event in self.events("cart.updated") if isinstance(event, CartUpdated)]
        return max(carts, key=lambda cart: cart.cart_version, default=None)

    def contents(self) -> Contents:
        """What is in it."""
        cart = self.cart()
        if cart is None or not cart.items:
            return {}, 0
        return {item.name: item.quantity for item in cart.items}, -1 if cart.total is None else cart.total.minor

    async def wait_until_read(self) -> CartUpdated:
        """Wait until the cart on the topic is the shop's own basket."""
        await self.wait_for(lambda: self.contents() == self.basket(), lambda: (self.contents(), self.basket()))
        cart = self.cart()
        assert cart is not None, "no cart was read"
        return cart

    async def wait_until_shop_has(self, quantities: dict[str, int]) -> None:
        """Wait until the shop's own basket holds this."""
        await self.wait_for(lambda: bool(self.shop.sessions) and self.basket()[0] == quantities, lambda: self.shop.sessions)

    async def wait_for(self, holds: Callable[[], bool], shown: Callable[[], object]) -> None:
        """Wait for a condition; what is shown when it does not come true explains why."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, shown()
            await asyncio.sleep(0.02)


@asynccontextmanager
async def a_shop_lab(shop: FixtureShop, notify: str = NOBODY, *, console: str = "", **own: object) -> AsyncIterator[ShopLab]:
    """Start the shop with the codes of its platform's guide, under a name of its own: browsers keep cookies by host alone.

    ``own`` are settings of its site.
    """
    host = f"{type(shop).__name__.lower()}.localhost:{free_port()}"
    ingest = f"http://127.0.0.1:{free_port()}"
    settings = site_settings(hosts=(host,), back_office_hosts=(), platform=shop.platform).model_copy(update=own)
    rig = a_rig(test_browsers=True, settings=settings)
    rig.app.snippet = SnippetFile(rig.ingestion, built_snippet(), ingest, notify, console)
    shop.codes = Codes(tracking_code(SITE_KEY, ingest), confirmation_code(settings, ingest, guide_of(shop.platform), {}))
    async with AsyncExitStack() as stack:
        for app, port in ((rig.app, ingest.rpartition(":")[2]), (shop, host.rpartition(":")[2])):
            server = AsgiServer(app, "127.0.0.1", int(port))
            await server.start()
            stack.push_async_callback(server.stop)
        yield ShopLab(shop, f"http://{host}", ingest, rig, settings)
