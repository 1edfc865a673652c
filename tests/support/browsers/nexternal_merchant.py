"""A merchant at the make-believe Nexternal of a running Beckon, a shopper of theirs, and staff on the phone."""

from uuid import UUID

from playwright.sync_api import Browser, expect

from shared.events.identifiers import cart_id_of
from tests.support.browsers.newcomer import PASSWORD, Newcomer
from tests.support.browsers.shoppers import OUTBOX_IS_EMPTY, WHO
from tests.support.processes.running import Running

ACCOUNT, WINE = "harborvine", "Old Harbor Red 2022"


class NexternalMerchant(Newcomer):
    """Owns the account ``harborvine``, whose alias is set."""

    def __init__(self, browser: Browser, beckon: Running) -> None:
        super().__init__(browser, beckon)
        port = beckon.ports.of("nexternal")
        self.shop = f"http://wine.localhost:{port}"
        self.back_office = f"oms.localhost:{port}"
        self.oms = browser.new_context().new_page()

    def signs_up(self, email: str) -> None:
        """Makes an account with the shop's address and the back office's."""
        self.console.goto(self.beckon.console("/signup"))
        self.console.get_by_label("E-mail").fill(email)
        self.console.get_by_label("Password").fill(PASSWORD)
        self.console.get_by_label("Address of your shop").fill(self.shop)
        self.console.get_by_label("Where your staff key in orders").fill(self.back_office)
        self.click(self.console, "Create account")
        expect(self.console.get_by_role("heading", name="Set-up", exact=True)).to_be_visible()

    def pastes(self, tracking: str, confirmation: str) -> None:
        """Settings > Policies, Addenda and Disclaimers > Edit."""
        self.oms.goto(f"http://{self.back_office}/{ACCOUNT}/")
        self.oms.get_by_role("link", name="Settings", exact=True).click()
        self.oms.get_by_role("link", name="Edit Policies, Addenda and Disclaimers").click()
        self.oms.get_by_label("Tracking Code", exact=True).fill(tracking)
        self.oms.get_by_label("Order/Affiliate Addendum").fill(confirmation)
        self.click(self.oms, "Finish")
        expect(self.oms.get_by_role("status")).to_have_text("Saved.")

    def places_a_test_order(self) -> None:
        """Buys one bottle in the own store."""
        self._goes_to_the_checkout()
        self.click(self.store, "Place order")
        self.store.locator("#order-number").wait_for()
        self._settles()

    def _goes_to_the_checkout(self) -> None:
        self.store.goto(f"{self.shop}/Old-Harbor-Red-2022-p101.aspx")
        self.click(self.store, "Add to cart")
        expect(self.store.get_by_role("heading", name="Shopping cart")).to_be_visible()
        self._settles()
        self.store.get_by_role("link", name="Checkout").click()
        self.store.get_by_label("E-mail").fill("newcomer.test@mail.example")

    def keys_in_an_order(self, name: str, email: str) -> str:
        """For somebody on the phone who is no customer yet. Returns the order's number."""
        self.oms.goto(f"http://{self.back_office}/{ACCOUNT}/orders")
        self.click(self.oms, "New")
        self.oms.get_by_role("link", name="Identify").click()
        form = self.oms.locator("form", has=self.oms.get_by_role("button", name="Create customer"))
        form.get_by_label("First Name").fill(name)
        form.get_by_label("Email").fill(email)
        self.click(self.oms, "Create customer")
        expect(self.oms.get_by_text(f"This order is for {name}")).to_be_visible()
        self.oms.get_by_role("link", name=WINE).click()
        self.click(self.oms, "Add to cart")
        self.oms.get_by_role("link", name="Checkout").click()
        with self.oms.expect_response(lambda answer: "/v1/beacons" in answer.url and answer.ok):
            self.click(self.oms, "Place order")
            self.oms.locator("#order-number").wait_for()
        return self.oms.locator("#order-number").inner_text()


def leaves_a_cart(browser: Browser, shop: str, email: str, site_id: str) -> str:
    """A shopper gives an e-mail address and goes no further. Returns the cart's id."""
    page = browser.new_context().new_page()
    page.goto(f"{shop}/Old-Harbor-Red-2022-p101.aspx")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("heading", name="Shopping cart")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Checkout").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("heading", name="Checkout").click()
    page.wait_for_load_state("networkidle")
    who = page.wait_for_function(WHO).json_value()
    page.wait_for_function(OUTBOX_IS_EMPTY)
    return str(cart_id_of(UUID(site_id), who["v"], who["s"]))
