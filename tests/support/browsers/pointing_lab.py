"""A shop that no reader knows, a real ingest, and the console's part that pickers call, over a database of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette

from deploy.demo.shops.base import FixtureShop
from deploy.demo.shops.handmade import HandmadeShop
from services.onboarding.accounts.sessions import new_session_token, token_hash
from services.onboarding.pointing.routes import LINK_LIVES, PointingPages
from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.pointings import PointingStore
from services.onboarding.web.pages import Web
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool, create_pool, transaction
from shared.runtime.service import AsgiServer
from shared.runtime.settings import Profile
from tests.support.browsers.shop_lab import ShopLab, a_shop_lab
from tests.support.builders.ingest import ACCOUNT, PEPPER, SITE
from tests.support.processes.databases import database
from tests.support.processes.servers import free_port

CART = "/seite.php?was=korb"
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' INGEST; connect-src INGEST CONSOLE; img-src 'self'; form-action 'self'; "
    "base-uri 'none'"
)


@dataclass
class PointingLab:
    """The shop under a strict policy, and the console's settings of its site."""

    lab: ShopLab
    pool: Pool

    async def link(self, host: str = "", path: str = CART) -> str:
        """A page, the cart's unless another is asked for, with a token as the console makes it for this shop."""
        token = new_session_token()
        async with transaction(self.pool) as tx:
            await PointingStore(tx).put_link(SITE, token_hash(token), "owner@shop.example", SystemClock().now() + LINK_LIVES)
        return f"{host or self.lab.address}{path}#beckon_pick={token}"

    async def take_settings(self) -> None:
        """What the topic brings: the newest revision reaches ingest."""
        async with transaction(self.pool) as tx:
            settings = await AccountStore(tx).settings_of(SITE)
        assert settings is not None
        self.lab.rig.ingestion.sites.apply(settings)


@asynccontextmanager
async def a_pointing_lab(
    shop: FixtureShop | None = None, currency: str = "EUR", country: str = "DE"
) -> AsyncIterator[PointingLab]:
    """Start all of it; the shop is the handmade one, under a strict policy, unless there is another."""
    port = free_port()
    shop = shop or HandmadeShop()
    console = f"http://127.0.0.1:{port}"
    async with (
        a_shop_lab(shop, console=console, currency=currency, country=country) as lab,
        database("onboarding") as made,
        AsyncExitStack() as stack,
    ):
        pool = await create_pool(made.dsn("onboarding"), service="onboarding")
        stack.push_async_callback(pool.close)
        pages = PointingPages(Web(pool, SystemClock(), lambda: None), console, Profile.DEMO)
        server = AsgiServer(Starlette(routes=pages.routes()), "127.0.0.1", port)
        await server.start()
        stack.push_async_callback(server.stop)
        if isinstance(shop, HandmadeShop):
            shop.policy = POLICY.replace("INGEST", lab.ingest).replace("CONSOLE", console)
        site = lab.rig.ingestion.sites.by_id(SITE)
        assert site is not None
        now = SystemClock().now()
        async with transaction(pool) as tx:
            await AccountStore(tx).add_account(ACCOUNT, "owner@shop.example", "no password", PEPPER, now)
            await AccountStore(tx).put_settings(lab.settings, now)
        yield PointingLab(lab, pool)
