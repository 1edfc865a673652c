"""Somebody who has never seen Beckon, with a shop that no reader knows: from the sign-up to a reminder of the right cart."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.demo.shops.handmade import HandmadeShop
from tests.e2e.test_console_quality import violations
from tests.support.browsers.newcomer import PASSWORD
from tests.support.browsers.shoppers import OUTBOX_IS_EMPTY, Handset
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.newcomer_story import ShopNewcomer, carrier_account, served
from tests.support.waiting import wait_for

MOST_SECONDS = 120
MOST_CLICKS = 30
EMAIL = "points@shop.example"
TIMES = "\u00d7"
RED, WHITE = "Harbor Red 2021", "Harbor White 2022"


class PointingNewcomer(ShopNewcomer):
    """Knows nothing of selectors."""

    def signs_up_in_germany(self) -> None:
        """Makes an account, with the shop's address and country."""
        self.console.goto(self.beckon.console("/signup"))
        self.console.get_by_label("Country of your shop").select_option("DE")
        for label, text in (("E-mail", EMAIL), ("Password", PASSWORD), ("Address of your shop", self.shop)):
            self.console.get_by_label(label).fill(text)
        self.click(self.console, "Create account")
        expect(self.console.get_by_role("heading", name="Set-up", exact=True)).to_be_visible()

    def fills_a_cart(self, page: Page) -> None:
        """Two of one, and one of another."""
        for name, quantity in ((RED, "2"), (WHITE, "1")):
            page.goto(self.shop)
            self.follows(page, name)
            page.get_by_label("Quantity").fill(quantity)
            self.click(page, "Add to cart")
            expect(page.get_by_text(name)).to_be_visible()

    def points_it_out(self, page: Page) -> None:
        """At the parts of a line, then at the fields of the checkout."""
        for part, selector in (
            ("title", "#z0 b"),
            ("price of one", "#z0 i"),
            ("quantity", "#z0 [size]"),
            ("total of the cart", "big"),
        ):
            self.points_at(page, part, selector)
        expect(
            page.get_by_text(f"Read here: 2 {TIMES} {RED} at 64,95 €; 1 {TIMES} {WHITE} at 34,50 €; total 164,40 €.")
        ).to_be_visible()
        self.follows(page, "Checkout")
        for part, selector in (
            ("e-mail field", "[name=f1]"),
            ("phone field", "[name=f2]"),
            ("box for text messages", "[name=f3]"),
        ):
            self.points_at(page, part, selector)
        self.click(page, "Save")
        expect(page.get_by_text("Saved as version 1")).to_be_visible()

    def points_at(self, page: Page, part: str, selector: str) -> None:
        """Presses the panel's button, then clicks on the page."""
        self.click(page, f"Point at {part}")
        self.clicks += 1
        page.locator(selector).click()
        expect(page.get_by_role("button", name=f"Change {part}")).to_be_focused()


@pytest.fixture
def account(beckon: Running) -> Iterator[dict[str, str]]:
    with carrier_account(beckon) as account:
        yield account


def test_a_newcomer_points_at_an_unknown_shop_and_the_right_cart_is_remembered(
    browser: Browser, beckon: Running, carrier: CarrierLog, account: dict[str, str], number: str
) -> None:
    shop = HandmadeShop()
    with served(shop, "handmade") as address:
        newcomer = PointingNewcomer(browser, beckon, shop, address)
        newcomer.signs_up_in_germany()
        newcomer.pastes(newcomer.copies("tracking"), newcomer.copies("confirmation"))
        newcomer.looks_at_the_shop()
        newcomer.assert_shows("tracking", "Verified")
        newcomer.fills_a_cart(newcomer.store)
        points_by_the_consoles_link(newcomer)
        pointed = time.monotonic() - newcomer.began

        api = ConsoleApi(beckon.console("").rstrip("/"), EMAIL, PASSWORD)
        newcomer.sends_texts(api, account)
        a_shopper_leaves_a_cart(newcomer, browser, beckon, carrier, number)
        reminder = wait_for("the reminder", lambda: carrier.reminders_to(number), 40)[0]
        took = time.monotonic() - newcomer.began

        (cart,) = [api.cart(each["cart_id"]) for each in api.carts() if each["state"] == "abandoned"]
        assert "3 items" in reminder
        assert WHITE in cart["names"]
        assert RED not in cart["names"], "it was taken out before"
        assert (cart["items"], cart["total"]) == (3, {"minor": 10350, "currency": "EUR"})
        assert any("Read by: pointing." in str(entry) for entry in cart["timeline"])
        undoes(newcomer)

    print(f"\nnewcomer by pointing: pointed out after {pointed:.1f} s, reminded after {took:.1f} s, {newcomer.clicks} clicks")
    assert newcomer.clicks <= MOST_CLICKS
    assert took <= MOST_SECONDS


def points_by_the_consoles_link(newcomer: PointingNewcomer) -> None:
    """From the set-up page into the shop, and back: the page that stayed open shows what was saved."""
    newcomer.follows(newcomer.console, "Point at it in your own shop")
    newcomer.click(newcomer.console, "Make a link")
    with newcomer.console.expect_popup() as opened:
        newcomer.follows(newcomer.console, "Open my shop")
    page = opened.value
    expect(page.get_by_text("Save before")).to_be_visible()
    page.goto(f"{newcomer.shop}/seite.php?was=korb")
    newcomer.points_it_out(page)
    expect(newcomer.console.get_by_role("heading", name="In use: version 1")).to_be_visible()
    newcomer.console.emulate_media(reduced_motion="reduce")  # a colour on its way to the dark scheme is none of either
    assert violations(newcomer.console) == []
    page.close()


def a_shopper_leaves_a_cart(
    newcomer: PointingNewcomer, browser: Browser, beckon: Running, carrier: CarrierLog, number: str
) -> None:
    """Takes three of the one and none of the other, gives a number, ticks the box, answers YES."""
    page = browser.new_context().new_page()
    for name, quantity in ((RED, "1"), (WHITE, "3")):
        page.goto(newcomer.shop)
        page.get_by_role("link", name=name).click()
        page.get_by_label("Quantity").fill(quantity)
        page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("button", name="Remove").first.click()
    expect(page.locator("[id^=z]")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Checkout").click()
    page.get_by_label("Phone").fill(number)
    page.get_by_label("Schickt mir").check()
    page.wait_for_function(OUTBOX_IS_EMPTY)
    wait_for("the opt-in question", lambda: carrier.questions_to(number), 20)
    Handset(browser, beckon, number).answers("YES")


def undoes(newcomer: PointingNewcomer) -> None:
    """One button takes it back."""
    newcomer.console.goto(newcomer.beckon.console(f"/sites/{site_of(newcomer)}/pointing"))
    newcomer.click(newcomer.console, "Undo version 1")
    expect(newcomer.console.get_by_role("heading", name="Nothing is read by pointing")).to_be_visible()
    expect(newcomer.console.get_by_role("cell", name="Undone")).to_be_visible()


def site_of(newcomer: PointingNewcomer) -> str:
    return newcomer.console.url.split("/sites/")[1].split("/")[0]
