"""Somebody who has never seen Beckon, with the console in one page and the second, empty shop in another."""

import time

from playwright.sync_api import Browser, Page, expect

from tests.support.browsers.shoppers import OPT_IN, OUTBOX_IS_EMPTY
from tests.support.processes.running import Running

PASSWORD = "a newcomer's long password"


class Newcomer:
    """Counts the own clicks. Typing and going to an address are no clicks; pasting is done by keyboard."""

    def __init__(self, browser: Browser, beckon: Running) -> None:
        self.beckon = beckon
        self.shop = f"http://second.localhost:{beckon.ports.of('demo')}"
        context = browser.new_context()
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=beckon.console("").rstrip("/"))
        self.console, self.store = context.new_page(), context.new_page()
        self.clicks = 0
        self.began = time.monotonic()

    def click(self, page: Page, name: str) -> None:
        """Presses a button, and counts."""
        self.clicks += 1
        page.get_by_role("button", name=name, exact=True).click()

    def signs_up(self, email: str) -> None:
        """Makes an account with the shop's address."""
        self.console.goto(self.beckon.console("/signup"))
        self.console.get_by_label("E-mail").fill(email)
        self.console.get_by_label("Password").fill(PASSWORD)
        self.console.get_by_label("Address of your shop").fill(self.shop)
        self.click(self.console, "Create account")
        expect(self.console.get_by_role("heading", name="Set-up", exact=True)).to_be_visible()

    def copies(self, which: str) -> str:
        """Presses the button beside a code. Returns what is on the clipboard."""
        self.click(self.console, f"Copy the {which} code")
        copied: str = self.console.evaluate("() => navigator.clipboard.readText()")
        assert "bk_" in copied
        return copied

    def pastes(self, tracking: str, confirmation: str) -> None:
        """Puts both codes into the shop's administration."""
        self.store.goto(f"{self.shop}/admin")
        self.store.get_by_label("Tracking Code", exact=True).fill(tracking)
        self.store.get_by_label("Order/Affiliate Addendum").fill(confirmation)
        self.click(self.store, "Save codes")

    def looks_at_the_shop(self) -> None:
        """As a shopper would, until the page has reported what it had to."""
        self.store.goto(self.shop)
        self._settles()

    def sets(self, button: str, **fields: str) -> None:
        """Changes something of the shop in its administration: fields by their label, with _ for a space."""
        self.store.goto(f"{self.shop}/admin")
        for label, value in fields.items():
            field = self.store.get_by_label(label.replace("_", " "))
            if field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.click(self.store, button)

    def types_a_phone(self, number: str, *, ticks: bool = False) -> None:
        """Into the checkout of a cart, and goes on to the payment."""
        self._goes_to_the_checkout()
        self.store.get_by_label("Phone").fill(number)
        if ticks:
            self.store.get_by_label(OPT_IN).check()
        self.click(self.store, "Continue to payment")
        self._settles()

    def places_a_test_order(self) -> None:
        """Buys one bottle."""
        self._goes_to_the_checkout()
        self.click(self.store, "Continue to payment")
        self.click(self.store, "Place order")
        self.store.locator("#order-number").wait_for()
        self._settles()

    def _goes_to_the_checkout(self) -> None:
        self.store.goto(f"{self.shop}/wines/old-harbor-red")
        self.click(self.store, "Add to cart")
        self.store.goto(f"{self.shop}/checkout")
        self.store.get_by_label("E-mail").fill("newcomer.test@mail.example")

    def _settles(self) -> None:
        self.store.wait_for_load_state("networkidle")
        self.store.wait_for_function(OUTBOX_IS_EMPTY)

    def assert_shows(self, step: str, text: str) -> None:
        """On the page that stays open: nothing is loaded again."""
        expect(self.console.locator(f"#state-{step}")).to_contain_text(text)
