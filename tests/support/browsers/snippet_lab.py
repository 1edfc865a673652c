"""A shop, its back office, our links and a real ingest over a Kafka in memory, for the snippet in a real browser."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from playwright.async_api import BrowserContext, Page

from services.ingest.http.snippet import SnippetFile, built_snippet
from shared.events.envelope import Event
from shared.events.storefront import PageSeen
from shared.runtime.service import AsgiServer
from tests.support.browsers.shared_chromium import CHROMIUM_OF_LABS
from tests.support.browsers.shoppers import CHROMIUM, FLAGS
from tests.support.builders.ingest import SITE, SITE_KEY, Rig, a_rig, site_settings
from tests.support.processes.servers import free_port
from tests.support.waiting import DEADLINE_SECONDS

DONE = "/done"
RED = "{productID:'W-1',productName:'Harbor Red',quantity:2,productPrice:'64.95',productURL:'/p/1'}"
CART = f"['setCart',{{currency:'USD',total:'129.90',returnURL:'/cart',items:[{RED}]}}]"
EMPTY = "['setCart',{currency:'USD',total:'0.00',returnURL:'/cart',items:[]}]"
OUTBOX = f"_beckon{sha256(SITE.bytes).hexdigest()[:8]}outbox"

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def tracking_code(ingest: str) -> str:
    """As the console shows it, for the end of the head."""
    return (
        f"<script>window._beckon=window._beckon||[];_beckon.push(['setSiteKey','{SITE_KEY}'])</script>\n"
        f'<script async src="{ingest}/s/{SITE_KEY}.js"></script>'
    )


def confirmation_code(ingest: str, order_id: str, email: str = "[Email]") -> str:
    """As the console shows it, after the platform has put in its values."""
    return (
        "<script>window._beckon=window._beckon||[];_beckon.push(['setOrder',"
        f"{{orderID:'{order_id}',total:'129.90',currency:'USD',email:'{email}',phone:'[Phone]'}}])</script>\n"
        f'<script async src="{ingest}/s/{SITE_KEY}.js"></script>'
    )


def push(*commands: str) -> str:
    """A theme's own script: commands in front of the tracking code."""
    return f"<script>window._beckon=window._beckon||[];_beckon.push({','.join(commands)})</script>"


@dataclass
class Lab:
    """Pages by path, and what became of what they sent."""

    rig: Rig
    ingest: str
    shop: str
    office: str
    notify: str
    context: BrowserContext
    server: AsgiServer
    pages: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def page(self, path: str, *, head: str = "", body: str = "", tracking: bool = True) -> None:
        """Put a page into the shop."""
        code = tracking_code(self.ingest) if tracking else ""
        self.pages[path] = f"<!doctype html><html><head>{head}{code}</head><body>{body}</body></html>"

    async def visit(self, path: str, *, host: str | None = None) -> Page:
        """Open a page in a new tab."""
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.goto(f"{host or self.shop}{path}")
        return page

    def events(self, *types: str) -> list[Event]:
        """What is on the topic, once each, in the order of arrival."""
        unique = {event.event_id: event for event in self.rig.kafka.events()}
        logged = [event for event in unique.values() if not (isinstance(event, PageSeen) and event.path == DONE)]
        return [event for event in logged if not types or event.type in types]

    async def wait_for(self, count: int, *types: str) -> list[Event]:
        """Wait until so many events of these types are durable."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(self.events(*types)) < count:
            assert time.monotonic() < deadline, [event.type for event in self.events()]
            await asyncio.sleep(0.02)
        return self.events(*types)

    async def wait_for_request(self, target: str) -> None:
        """Wait until a page has asked the shop for this, by which scripts of tests report where they are."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while target not in self.requested:
            assert time.monotonic() < deadline, self.requested
            await asyncio.sleep(0.02)

    async def settle(self, page: Page) -> None:
        """Leave the page, which makes the snippet send all that it still has, and wait until it is durable."""
        origin = await page.evaluate("() => location.origin")
        self.page(DONE)
        before = self._seen_done()
        await page.goto(f"{origin}{DONE}")
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self._seen_done() == before:
            assert time.monotonic() < deadline, "the snippet sent nothing"
            await asyncio.sleep(0.02)
        await page.wait_for_function("() => (localStorage.getItem('" + OUTBOX + "') || '[]') === '[]'")

    def _seen_done(self) -> int:
        return sum(isinstance(event, PageSeen) and event.path == DONE for event in self.rig.kafka.events())

    async def __call__(self, scope: MutableMapping[str, Any], _receive: object, send: Send) -> None:
        """The shop, its back office and our links, by path."""
        self.requested.append(f"{scope['path']}?{scope['query_string'].decode()}".removesuffix("?"))
        content = self.links.get(scope["path"]) or self.pages.get(scope["path"])
        kind = b"application/json" if scope["path"].endswith("/cart") and scope["path"] in self.links else b"text/html"
        kind = b"text/javascript" if scope["path"].endswith(".js") else kind
        headers = [(b"content-type", kind), (b"access-control-allow-origin", b"*")]
        await send({"type": "http.response.start", "status": 200 if content else 404, "headers": headers})
        await send({"type": "http.response.body", "body": (content or "").encode()})


@asynccontextmanager
async def a_lab() -> AsyncIterator[Lab]:
    """Start all of it."""
    ports = {"ingest": free_port(), "site": free_port()}
    shop, office = f"shop.localhost:{ports['site']}", f"office.localhost:{ports['site']}"
    settings = site_settings(hosts=(shop,), back_office_hosts=(office,))
    ingest, notify = f"http://127.0.0.1:{ports['ingest']}", f"http://127.0.0.1:{ports['site']}"
    rig = a_rig(test_browsers=True, settings=settings)
    rig.app.snippet = SnippetFile(rig.ingestion, built_snippet(), ingest, notify)
    async with AsyncExitStack() as stack:
        server = AsgiServer(rig.app, "127.0.0.1", ports["ingest"])
        await server.start()
        stack.push_async_callback(server.stop)
        context = await stack.enter_async_context(a_browser())
        lab = Lab(rig, ingest, f"http://{shop}", f"http://{office}", notify, context, server)
        site = AsgiServer(lab, "127.0.0.1", ports["site"])
        await site.start()
        stack.push_async_callback(site.stop)
        yield lab
        await context.close()
        assert lab.errors == []


def a_browser() -> AbstractAsyncContextManager[BrowserContext]:
    """Chromium, as somebody who was never here before has it."""
    return CHROMIUM_OF_LABS.context()


def _a_profile() -> tempfile.TemporaryDirectory[str]:
    """A folder for one browser, of which some process may still write into it for a moment after its end."""
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


@asynccontextmanager
async def an_unattended_browser(address: str) -> AsyncIterator[None]:
    """Chromium as shoppers have it, at that page: what drives it by the DevTools protocol switches prerendering off."""
    with _a_profile() as profile:
        browser = await asyncio.create_subprocess_exec(
            CHROMIUM, "--headless", f"--user-data-dir={profile}", *FLAGS, address, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            yield
        finally:
            browser.terminate()
            await browser.wait()
