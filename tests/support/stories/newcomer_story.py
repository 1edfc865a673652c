"""A newcomer with a shop of another platform: the shop served, its codes pasted, a carrier's account, texts switched on."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Browser, Page, expect
from starlette.types import Message, Receive, Scope, Send

from deploy.demo.shops.base import Codes, FixtureShop
from deploy.demo.shops.shopify_webhook import OrderWebhook
from deploy.local.ports import listens
from shared.runtime.service import AsgiServer
from tests.support.browsers.newcomer import Newcomer
from tests.support.browsers.shoppers import OPT_IN
from tests.support.processes.running import Running
from tests.support.processes.servers import free_port
from tests.support.stories.console_api import ConsoleApi
from tests.support.waiting import wait_for

BOX = f"<p><label><input type=checkbox name=sms> {OPT_IN}</label></p>"
FORM = f"<form><label>Phone <input type=tel name=phone></label>{BOX}</form>"
_PLACE_ORDER = re.compile(r"<button[^>]*>(?:<span>)?Place order")


class OptInBox:
    """A shop whose merchant has put the box where the platform's guide says: into the checkout, at Shopify on the cart page."""

    def __init__(self, shop: FixtureShop) -> None:
        self._shop = shop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the shop's own page and the box in it."""
        start: Message = {}
        body = b""

        async def hold(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                whole = self._with_box(scope["path"], body)
                others = [(name, value) for name, value in start["headers"] if name != b"content-length"]
                await send({**start, "headers": [*others, (b"content-length", str(len(whole)).encode())]})
                await send({"type": "http.response.body", "body": whole})

        await self._shop(scope, receive, hold)

    def _with_box(self, path: str, body: bytes) -> bytes:
        if self._shop.platform == "shopify":
            return body.replace(b"</body>", FORM.encode() + b"</body>") if path == "/cart" else body
        if b"Place order" not in body:
            return body
        return _PLACE_ORDER.sub(lambda found: BOX + found[0], body.decode()).encode()


@contextmanager
def served(shop: FixtureShop | OptInBox, name: str) -> Iterator[str]:
    """The shop in a thread of its own. Its address."""
    port, loop, ended = free_port(), asyncio.new_event_loop(), asyncio.Event()
    server = AsgiServer(shop, "127.0.0.1", port)

    async def run() -> None:
        await server.start()
        await ended.wait()
        await server.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    wait_for("the shop", lambda: listens(port))
    try:
        yield f"http://{name}.localhost:{port}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


class ShopNewcomer(Newcomer):
    """Owns one of the fixture shops."""

    def __init__(self, browser: Browser, beckon: Running, shop: FixtureShop, address: str) -> None:
        super().__init__(browser, beckon)
        self.shop = address
        self.fixture = shop

    def pastes(self, tracking: str, confirmation: str) -> None:
        """Into the files of the shop."""
        self.fixture.codes = Codes(tracking, confirmation)

    def follows(self, page: Page, name: str) -> None:
        """Clicks on a link, and counts."""
        self.clicks += 1
        page.get_by_role("link", name=name, exact=True).first.click()

    def chooses_the_platform(self) -> bool:
        """In the set-up, where the shop's page has not shown it. Returns whether it was recognised."""
        field = self.console.get_by_label("Your shop runs on")
        if field.input_value() == self.fixture.platform:
            return True
        field.select_option(self.fixture.platform)
        self.click(self.console, "Review My Integration")
        expect(field).to_have_value(self.fixture.platform)
        return False

    def connects_the_webhook(self, webhook: OrderWebhook) -> None:
        """Makes one at Shopify with the address of the set-up, pastes its secret there, and sends a test."""
        self.click(self.console, "Copy the webhook\N{RIGHT SINGLE QUOTATION MARK}s address")
        webhook.address = str(self.console.evaluate("() => navigator.clipboard.readText()"))
        self.console.get_by_label("Your webhooks will be signed with").fill(webhook.secret)
        self.click(self.console, "Save the secret")
        wait_for("the secret to be known to ingest", lambda: webhook.send_test() == httpx.codes.OK)
        self.assert_shows("webhook", "Verified")

    def compares_the_cart(self, name: str) -> None:
        """Puts one good into the own cart, and finds it on the page that stays open."""
        self.store.goto(self.shop)
        self.follows(self.store, name)
        self.click(self.store, "Add to cart")
        self._settles()
        self.follows(self.store, "Cart")
        self.assert_shows("carts", "Compare it with the cart in your shop")
        expect(self.console.locator("#read-cart")).to_contain_text(name)
        self.click(self.console, "Yes, as in my shop")
        self.assert_shows("carts", "Verified")

    def buys_the_cart(self) -> None:
        """The test order, from the cart's page on."""
        self.follows(self.store, "Checkout")
        self.store.get_by_label("E-mail", exact=True).fill("newcomer.test@mail.example")
        self.click(self.store, "Place order")
        wait_for("the test order", lambda: self.fixture.orders)
        self._settles()

    def sends_texts(self, api: ConsoleApi, account: dict[str, str]) -> None:
        """Stores the account at the carrier, and where replies go; a cart is left behind within seconds."""
        self.console.goto(self.beckon.console(f"/sites/{api.site_id}/settings"))
        for label, text in (("Account SID", "sid"), ("Auth token", "auth_token"), ("Number that sends", "number")):
            self.console.get_by_label(label).fill(account[text])
        self.click(self.console, "Save sender")
        expect(self.console.get_by_text("An account is stored")).to_be_visible()
        send_replies_to(self.beckon, account, api.codes()["replies_to"])
        pace = {"abandoned_after_seconds": "4", "step_delay_seconds": "3", "hours": "always", "control_share_percent": "0"}
        api.post("/settings/pace", mode="live", **pace)


@contextmanager
def carrier_account(beckon: Running) -> Iterator[dict[str, str]]:
    """The carrier's. Replies go to the demo's own shop again afterwards."""
    carrier = beckon.ports.address("demo")
    account: dict[str, str] = httpx.get(f"{carrier}/_account", trust_env=False).json()
    yield account
    send_replies_to(beckon, account, account["sms_url"])


def send_replies_to(beckon: Running, account: dict[str, str], address: str) -> None:
    """Set the address at the carrier to which it posts what phones answer."""
    number = f"/2010-04-01/Accounts/{account['sid']}/IncomingPhoneNumbers/{account['number_sid']}.json"
    secret = (account["sid"], account["auth_token"])
    httpx.post(beckon.ports.address("demo") + number, data={"SmsUrl": address}, auth=secret, trust_env=False).raise_for_status()
