"""Somebody who has never seen Beckon, with a shop of each platform: from the sign-up to a text that names the right cart."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.demo.shops.base import FixtureShop
from deploy.demo.shops.shopify import ShopifyShop
from tests.e2e.test_readers import SHOPS
from tests.support.browsers.newcomer import PASSWORD
from tests.support.browsers.shoppers import OPT_IN, OUTBOX_IS_EMPTY
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.newcomer_story import OptInBox, ShopNewcomer, carrier_account, served
from tests.support.stories.shopify_story import another_buys_in_firefox, the_shopper_buys_after_the_text
from tests.support.unknown_shops.winery import WineryShop
from tests.support.waiting import wait_for

MOST_SECONDS = 60
MOST_CLICKS = 12
LINK = re.compile(r"https?://\S+/l/\w+")
NAMED = (*(kind for kind in SHOPS if kind is not ShopifyShop), WineryShop)
"""Without Shopify's, which has its own story; the last is one that no reader was made for."""
RED, WHITE = "Harbor Red 2021", "Harbor White 2022"
OTHER_AREA = "+1423556"


@pytest.fixture(scope="module")
def account(beckon: Running) -> Iterator[dict[str, str]]:
    with carrier_account(beckon) as account:
        yield account


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.__name__)
def test_a_newcomer_with_any_shop_gets_to_a_text_that_names_the_right_cart(
    kind: type[FixtureShop], browser: Browser, beckon: Running, carrier: CarrierLog, account: dict[str, str], number: str
) -> None:
    shop = kind()
    with served(OptInBox(shop), kind.__name__.lower()) as address:
        newcomer = ShopNewcomer(browser, beckon, shop, address)
        assert_gets_to_a_text(newcomer, browser.new_context().new_page(), carrier, account, number)


def test_a_newcomer_with_shopify_sees_each_purchase_signed_and_nobody_reminded(
    browser: Browser, beckon: Running, carrier: CarrierLog, account: dict[str, str], number: str, tmp_path: Path
) -> None:
    shop = ShopifyShop()
    with served(OptInBox(shop), "shopify") as address:
        newcomer, shopper = ShopNewcomer(browser, beckon, shop, address), browser.new_context().new_page()
        api = assert_gets_to_a_text(newcomer, shopper, carrier, account, number)

        the_shopper_buys_after_the_text(shopper, shop, address, api, number)
        another_buys_in_firefox(tmp_path / "firefox", shop, address, api, carrier, OTHER_AREA + number[-4:])

        carrier.expects(number, 1)


def assert_gets_to_a_text(
    newcomer: ShopNewcomer, shopper: Page, carrier: CarrierLog, account: dict[str, str], number: str
) -> ConsoleApi:
    """From the sign-up to a text that names the right cart, within so many clicks. Returns the console as a program sees it."""
    name = newcomer.shop.partition("://")[2].partition(".")[0]
    newcomer.signs_up(f"{name}@shop.example")
    recognised = newcomer.chooses_the_platform()
    sets_up(newcomer)
    verified = time.monotonic() - newcomer.began

    api = ConsoleApi(newcomer.beckon.console("").rstrip("/"), f"{name}@shop.example", PASSWORD)
    newcomer.sends_texts(api, account)
    a_shopper_leaves_a_cart(shopper, newcomer.fixture, newcomer.shop, number)
    wait_for("the opt-in question", lambda: carrier.questions_to(number))
    carrier.reply(number, "YES")
    (text,) = wait_for("the reminder", lambda: carrier.reminders_to(number), 40)
    took = time.monotonic() - newcomer.began

    assert "you left 2 items in your cart" in text
    newcomer.store.goto(f"{LINK.findall(text)[0]}/saved")
    expect(newcomer.store.get_by_role("listitem")).to_have_text([re.compile(rf"{WHITE} 2 \u00d7 \$")])
    way = "recognised" if recognised else "chosen"
    print(f"\n{name}: {way}, verified after {verified:.1f} s, texted after {took:.1f} s, {newcomer.clicks} clicks")
    assert newcomer.clicks <= MOST_CLICKS
    assert took <= MOST_SECONDS
    return api


def sets_up(newcomer: ShopNewcomer) -> None:
    """Pastes both codes, and sees each step turn by what the shop reports."""
    newcomer.pastes(newcomer.copies("tracking"), newcomer.copies("confirmation"))
    newcomer.compares_the_cart(RED)
    newcomer.assert_shows("tracking", "Verified")
    newcomer.buys_the_cart()
    newcomer.assert_shows("confirmation", "Verified")
    if isinstance(newcomer.fixture, ShopifyShop):
        newcomer.connects_the_webhook(newcomer.fixture.webhook)


def a_shopper_leaves_a_cart(page: Page, shop: FixtureShop, address: str, number: str) -> None:
    """Takes two goods, thinks better of one, wants two of the other, gives a number and ticks the box."""
    for name, basket in ((RED, {RED: 1}), (WHITE, {RED: 1, WHITE: 1})):
        page.goto(address)
        page.get_by_role("link", name=name, exact=True).first.click()
        page.get_by_role("button", name="Add to cart", exact=True).first.click()
        waits_for_basket(page, shop, basket)
    page.get_by_role("link", name="Cart", exact=True).click()
    page.get_by_role("button", name="Remove", exact=True).first.click()
    waits_for_basket(page, shop, {WHITE: 1})
    page.get_by_role("link", name="Cart", exact=True).click()
    page.get_by_label("Quantity", exact=True).fill("2")
    page.get_by_role("button", name="Update", exact=True).click()
    waits_for_basket(page, shop, {WHITE: 2})
    page.get_by_role("link", name="Cart", exact=True).click()
    if shop.platform != "shopify":
        page.get_by_role("link", name="Checkout", exact=True).first.click()
    page.get_by_label("Phone", exact=True).fill(number)
    page.get_by_label(OPT_IN).check()
    page.wait_for_function(OUTBOX_IS_EMPTY)


def waits_for_basket(page: Page, shop: FixtureShop, wanted: dict[str, int]) -> None:
    """Until the shop has it so, and the page has rested longer than a cart does before it is reported."""

    def is_in_shop() -> bool:
        baskets = [{line.good.name: line.quantity for line in session.lines} for session in list(shop.sessions.values())]
        return wanted in baskets

    wait_for(f"a basket with {wanted}", is_in_shop)
    page.wait_for_load_state("networkidle")
