"""The make-believe Nexternal and a real ingest over a Kafka in memory, with a merchant, shoppers and staff in one browser."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
from playwright.async_api import BrowserContext, Dialog, Locator, Page, expect

from deploy.demo.clock import utc_now
from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.app import build
from deploy.demo.nexternal.simulator import Simulator
from services.ingest.http.snippet import SnippetFile, built_snippet
from services.onboarding.platforms import guide_of
from services.onboarding.setup.codes import confirmation_code, tracking_code
from shared.events.envelope import Money
from shared.events.settings import SiteConfigured
from shared.events.storefront import CartUpdated, OrderReported, StorefrontEvent
from shared.runtime.service import AsgiServer
from tests.support.browsers.snippet_lab import a_browser
from tests.support.builders.ingest import SITE_KEY, Rig, a_rig, site_settings
from tests.support.builders.nexternal import ACCOUNT
from tests.support.processes.servers import free_port
from tests.support.waiting import DEADLINE_SECONDS

NOBODY = "http://127.0.0.1:9"


@dataclass
class NexternalLab:
    """The account as it is, what the merchant is to paste, and what Beckon was sent; ``http`` is a browser without scripts."""

    account: Account
    settings: SiteConfigured
    ingest: str
    rig: Rig
    context: BrowserContext
    http: httpx.AsyncClient
    errors: list[str] = field(default_factory=list)

    @property
    def alias(self) -> str:
        """The merchant's own host."""
        return self.settings.hosts[0]

    @property
    def store(self) -> str:
        """The store at Nexternal's own host."""
        return f"http://{self.settings.hosts[1]}/{ACCOUNT}"

    @property
    def oms(self) -> str:
        """The Order Management System."""
        return f"http://{self.settings.back_office_hosts[0]}/{ACCOUNT}"

    @property
    def tracking(self) -> str:
        """The first code, as the console shows it."""
        return tracking_code(SITE_KEY, self.ingest)

    @property
    def confirmation(self) -> str:
        """The second code."""
        return confirmation_code(self.settings, self.ingest, guide_of("nexternal"), {})

    async def opens(self, address: str) -> Page:
        """A page in a new tab. Whatever goes wrong in its scripts, and each dialog, is an error."""
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))

        async def dismiss(dialog: Dialog) -> None:
            self.errors.append(f"a dialog: {dialog.message}")
            await dialog.dismiss()

        page.on("dialog", dismiss)
        await page.goto(address)
        return page

    def events(self, kind: str) -> list[StorefrontEvent]:
        """What is on the topic, once each, in the order of arrival."""
        unique = {event.event_id: event for event in self.rig.kafka.events() if event.type == kind}
        return [event for event in unique.values() if isinstance(event, StorefrontEvent)]

    async def report_of(self, order_no: str) -> OrderReported:
        """The report of an order, once it is on the topic."""
        reports: list[OrderReported] = []

        def is_there() -> bool:
            reports[:] = [each for each in self.events("order.reported") if isinstance(each, OrderReported)]
            return any(each.order_id == order_no for each in reports)

        await self.wait_for(is_there, lambda: [each.order_id for each in reports])
        (report,) = [each for each in reports if each.order_id == order_no]
        return report

    async def cart_of(self, total: Money) -> CartUpdated:
        """A cart with this total, once it is on the topic."""
        carts: list[CartUpdated] = []

        def is_there() -> bool:
            carts[:] = [each for each in self.events("cart.updated") if isinstance(each, CartUpdated) and each.total == total]
            return bool(carts)

        await self.wait_for(is_there, lambda: self.events("cart.updated"))
        return carts[-1]

    async def wait_for(self, holds: Callable[[], bool], shown: Callable[[], object]) -> None:
        """Wait for a condition; what is shown when it does not come true explains why."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, shown()
            await asyncio.sleep(0.02)


@asynccontextmanager
async def a_nexternal_lab() -> AsyncIterator[NexternalLab]:
    """Start all of it. The account is as Nexternal hands it over: nothing is set."""
    simulator, port, ingest = Simulator(utc_now), free_port(), f"http://127.0.0.1:{free_port()}"
    hosts = (f"wine.localhost:{port}", f"store.localhost:{port}")
    settings = site_settings(hosts=hosts, back_office_hosts=(f"oms.localhost:{port}",), platform="nexternal")
    rig = a_rig(test_browsers=True, settings=settings)
    rig.app.snippet = SnippetFile(rig.ingestion, built_snippet(), ingest, NOBODY)
    nexternal = build(simulator)
    async with AsyncExitStack() as stack:
        for app, number in ((rig.app, int(ingest.rpartition(":")[2])), (nexternal, port)):
            server = AsgiServer(app, "127.0.0.1", number)
            await server.start()
            stack.push_async_callback(server.stop)
        context = await stack.enter_async_context(a_browser())
        http = await stack.enter_async_context(httpx.AsyncClient(transport=httpx.ASGITransport(nexternal)))
        lab = NexternalLab(simulator.open_account(ACCOUNT), settings, ingest, rig, context, http)
        yield lab
        assert lab.errors == []


async def walk(page: Page, menu: str) -> Locator:
    """Follow a menu as a guide writes it, from the OMS's first page to a field, which is returned.

    A step is a link, or the row in which the next step is one.
    """
    *steps, label = menu.split(" > ")
    row: Locator | None = None
    for step in steps:
        link = page.get_by_role("link", name=step, exact=True) if row is None else row.get_by_text(step, exact=True)
        named = page.get_by_role("row", name=re.compile(f"^{re.escape(step)}"))
        await expect(link.or_(named).first).to_be_visible()
        row = None if await link.count() else named
        if row is None:
            await link.click()
    return page.get_by_label(label, exact=True)


async def finish(page: Page) -> None:
    """The button below each form of the OMS."""
    await page.get_by_role("button", name="Finish").first.click()
    await expect(page.get_by_role("status")).to_have_text("Saved.")
