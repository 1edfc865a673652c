"""The people of the stories, in real Chromium: a shopper, somebody with a phone, staff."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, Page, Playwright, expect

from shared.events.identifiers import cart_id_of
from tests.support.processes.running import Running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
HEADLESS_SHELL = shutil.which("chromium-headless-shell") or CHROMIUM
"""The same engine without a browser's own windows: each new person costs it a quarter. It shows no notifications."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OPT_IN = "I would like to receive SMS messages"


@contextmanager
def chromium(playwright: Playwright, *flags: str) -> Iterator[Browser]:
    """Debian's own; Playwright brings none."""
    browser = playwright.chromium.launch(executable_path=HEADLESS_SHELL, args=[*FLAGS, *flags])
    yield browser
    browser.close()


class Shopper:
    """Somebody in the shop with a browser of their own, which knows nothing of anybody else's."""

    def __init__(self, browser: Browser, beckon: Running) -> None:
        self._beckon = beckon
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self._who: dict[str, Any] | None = None
        self._copy = ""

    def fills_a_cart(self, wine: str = "old-harbor-red") -> None:
        """Looks at a wine and takes it."""
        self._go(f"/wines/{wine}")
        self.page.get_by_role("button", name="Add to cart").click()
        expect(self.page.get_by_role("heading", name="Your cart")).to_be_visible()
        self.settles()

    def gives(self, email: str = "", phone: str = "", *, opts_in: bool = False) -> None:
        """Types into the checkout, as far as the page before the payment, and stops there."""
        self._go("/checkout")
        if email:
            self.page.get_by_label("E-mail").fill(email)
        if phone:
            self.page.get_by_label("Phone").fill(phone)
        if opts_in:
            self.page.get_by_label(OPT_IN).check()
        self.page.get_by_role("heading", name="Checkout").click()
        self.settles()

    def types_who_and_where(self, name: str, address: str) -> None:
        """Fills two more fields of the checkout, as a shop's own page has them, and sends the form with them."""
        self._go("/checkout")
        self.page.evaluate(MORE_FIELDS)
        self.page.get_by_label("Full name").fill(name)
        self.page.get_by_label("Street address").fill(address)
        self.page.get_by_role("heading", name="Checkout").click()
        self.settles()

    def pays(self, email: str, phone: str = "") -> str:
        """Checks out. Returns the order's number."""
        self._go("/checkout")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Phone").fill(phone)
        self.page.get_by_role("button", name="Continue to payment").click()
        with self.page.expect_response(lambda answer: "/v1/beacons" in answer.url and answer.ok):
            self.page.get_by_role("button", name="Place order").click()
            expect(self.page.locator("#order-number")).to_be_visible()
        self.settles()
        return self.page.locator("#order-number").inner_text()

    def keeps_a_copy(self, path: str) -> None:
        """Looks at a page whose cart is as it is now, which a cache keeps."""
        answer = self.page.goto(self._beckon.shop(path))
        assert answer is not None
        self._copy = answer.text()
        self.settles()

    def sees_the_copy(self, path: str) -> None:
        """Goes there once more, and the cache answers."""
        address = self._beckon.shop(path)
        self.page.route(address, lambda route: route.fulfill(body=self._copy, content_type="text/html"))
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")  # longer than a cart rests before it is reported
        self.settles()
        self.page.unroute(address)

    def follows(self, link: str) -> None:
        """Opens a link that a phone got."""
        self.page.goto(link)
        expect(self.page.get_by_role("heading", name="Your cart")).to_be_visible()
        self.settles()

    def settles(self) -> None:
        """Stays until everything that the page had to report was reported: the snippet's outbox is empty."""
        self.page.wait_for_load_state("networkidle")
        self._who = self.page.wait_for_function(WHO).json_value()
        self.page.wait_for_function(OUTBOX_IS_EMPTY)

    def cart_id(self, site_id: str) -> str:
        """The cart that this browser has, or had when it was last seen: the snippet remembers its number."""
        assert self._who is not None, "somebody who has been in the shop"
        return str(cart_id_of(UUID(site_id), self._who["v"], self._who["s"]))

    def leaves(self) -> None:
        """Closes the browser."""
        self.context.close()

    def _go(self, path: str) -> None:
        self.page.goto(self._beckon.shop(path))


# Nobody, until the snippet has run: the network may rest before a busy machine has come to that.
WHO = """() => JSON.parse(localStorage[Object.keys(localStorage).find(key => /^_beckon.*who$/.test(key))] || 'null')"""
# The snippet writes each event down before it is sent, and forgets it after a final answer.
OUTBOX_IS_EMPTY = """() => Object.keys(localStorage)
    .filter(key => key.startsWith('_beckon') && key.endsWith('outbox'))
    .every(key => JSON.parse(localStorage[key]).length === 0)"""


MORE_FIELDS = """() => document.querySelector('form.fields').insertAdjacentHTML('afterbegin',
    '<label>Full name <input name="ship_name" autocomplete="name"></label>' +
    '<label>Street address <input name="ship_address" autocomplete="street-address"></label>')"""


class Handset:
    """A phone, as the phones page shows it."""

    def __init__(self, browser: Browser, beckon: Running, number: str) -> None:
        self.number = number
        self.page: Page = browser.new_context().new_page()
        self._address = beckon.phones(f"/threads/{number}")

    def answers(self, text: str) -> None:
        """Types a reply and sends it."""
        self.page.goto(self._address)
        self.page.get_by_label("Reply").fill(text)
        self.page.get_by_role("button", name="Send").click()
        expect(self.page.get_by_role("log").get_by_text(text, exact=True).last).to_be_visible()

    def link(self) -> str:
        """The link of the last reminder, as a thumb would find it."""
        self.page.goto(self._address)
        address = self.page.get_by_role("log").get_by_role("link").last.get_attribute("href")
        assert address is not None, "the reminder has a link"
        return address


class Clerk:
    """Staff in the back office, with one browser for all customers."""

    def __init__(self, browser: Browser, beckon: Running) -> None:
        self._beckon = beckon
        self.context = browser.new_context()
        self.page = self.context.new_page()

    def serves(self, email: str) -> None:
        """Opens a customer, and the storefront for them."""
        self.page.goto(self._beckon.office())
        self.page.get_by_role("link", name=f"Serve {email}").click()
        expect(self.page.get_by_role("heading", name=email)).to_be_visible()

    def keys_in_an_order(self, email: str) -> str:
        """For somebody on the phone. Returns the order's number."""
        self.page.goto(self._beckon.office("/orders/new"))
        self.page.get_by_label("Customer e-mail").fill(email)
        with self.page.expect_response(lambda answer: "/v1/beacons" in answer.url and answer.ok):
            self.page.get_by_role("button", name="Place order").click()
            expect(self.page.locator("#order-number")).to_be_visible()
        return self.page.locator("#order-number").inner_text()
