"""Themes that nobody thought of, pointed at: two rows a line, one page with its cart in a drawer, prices of several kinds."""

from playwright.async_api import Page

from tests.support.browsers.pointing_lab import PointingLab, a_pointing_lab
from tests.support.browsers.pointing_merchant import ChromiumHand, PointingMerchant
from tests.support.browsers.shop_lab import ShopLab
from tests.support.browsers.snippet_lab import a_browser
from tests.support.stories.unknown_shop_story import RED, WHITE, UnknownShopper
from tests.support.unknown_shops.base import UnknownShop
from tests.support.unknown_shops.german_table import GermanTableShop
from tests.support.unknown_shops.one_page import OnePageShop
from tests.support.unknown_shops.spanish import SpanishShop

CORK = "Corkscrew"
LONG_MS = 5_000
"""Longer than a cart without lines is at rest before it is believed to be emptied."""

PLUS_AND_CLOSE = """() => ['+', 'Close'].forEach((text) =>
  [...document.querySelectorAll('aside button')].find((each) => each.textContent === text).click())"""
"""What a hasty shopper does within one moment."""


async def points_out(pointing: PointingLab, page: Page, path: str, parts: dict[str, str], *, opens: str = "") -> dict[str, str]:
    """Each part by a click on it. Returns what the panel reads, and has it saved."""
    merchant = PointingMerchant(ChromiumHand(page))
    await merchant.opens(await pointing.link(path=path))
    if opens:
        await page.get_by_role("button", name=opens, exact=True).click()
    for part, selector in parts.items():
        await merchant.points_at(part, selector)
    readings = await merchant.readings()
    await merchant.presses_button("Save")
    await merchant.wait_for_text("Saved as version 1")
    await pointing.take_settings()
    return readings


async def test_a_table_with_two_rows_a_line_is_pointed_at_and_read() -> None:
    shop = GermanTableShop()
    async with a_pointing_lab(shop) as pointing:
        async with a_browser() as context:
            page = await context.new_page()
            for number in (101, 102):
                await page.goto(f"{pointing.lab.address}/artikel.html?nr={number}")
                await page.locator(shop.controls.add).click()
            parts = {
                "Title": "form table a",
                "Price of one": "form small",
                "Quantity": "[name=anz101]",
                "Total of the cart": "form b",
            }
            readings = await points_out(pointing, page, "/warenkorb.html", parts)
        assert (readings["Title"], readings["Whole line"], readings["Total of the cart"]) == (RED, "2 lines", "105,35 €")

        shop.sessions.clear()
        shop.history = [({}, 0)]
        async with a_browser() as context:
            shopper = UnknownShopper(pointing.lab, shop, context)
            await shopper.run_story()

            assert shopper.wrong_carts() == []
            assert shopper.errors == []


async def test_a_drawer_that_closes_is_no_emptied_cart() -> None:
    shop = OnePageShop()
    async with a_pointing_lab(shop, "USD", "US") as pointing:
        async with a_browser() as context:
            page = await context.new_page()
            for good in ("W-101", "W-102"):
                await page.goto(f"{pointing.lab.address}/#/wines/{good}")
                await page.get_by_role("button", name="Add to cart").click()
                await page.get_by_role("dialog").get_by_text("Harbor").last.wait_for()
            parts = {"Title": ".css-t", "Price of one": "aside .css-77p", "Quantity": "output", "Total of the cart": "strong"}
            readings = await points_out(pointing, page, "/", parts, opens="Cart")
        assert (readings["Title"], readings["Whole line"], readings["Quantity"]) == (RED, "2 lines", "1")

        shop.sessions.clear()
        shop.history = [({}, 0)]
        async with a_browser() as context:
            await assert_drawer_is_read(UnknownShopper(pointing.lab, shop, context), await context.new_page())


async def puts_in(shop: UnknownShop, lab: ShopLab, page: Page, *names: str) -> None:
    """One of each, from the shelf; the page is not loaded anew."""
    for at, name in enumerate(names, 1):
        await page.goto(lab.address)
        await page.get_by_role("link", name=name, exact=True).click()
        await page.locator(shop.controls.add).click()
        await lab.wait_until_shop_has(dict.fromkeys(names[:at], 1))


async def test_lines_that_are_reduced_by_the_case_or_plain_are_read_alike() -> None:
    shop = SpanishShop()
    async with a_pointing_lab(shop, "EUR", "ES") as pointing:
        async with a_browser() as context:
            page = await context.new_page()
            await puts_in(shop, pointing.lab, page, RED, WHITE)
            parts = {
                "Title": "li .ficha a",
                "Price of one": "li ins",
                "Quantity": "li select",
                "Total of the cart": ".suma strong",
            }
            readings = await points_out(pointing, page, "/es/cesta", parts)
        assert (readings["Price of one"], readings["Whole line"]) == ("€ 64,95", "2 lines")

        shop.sessions.clear()
        shop.history = [({}, 0)]
        async with a_browser() as context:
            shopper = UnknownShopper(pointing.lab, shop, context)
            await assert_spanish_cart_is_read(shopper, await context.new_page())


async def assert_spanish_cart_is_read(shopper: UnknownShopper, page: Page) -> None:
    """Filled, changed by a drop-down, with a gift; emptied by a button of its own."""
    await puts_in(SpanishShop(), shopper.lab, page, RED, WHITE, CORK)
    await page.goto(f"{shopper.lab.address}/es/cesta")
    await shopper.assert_is_read({RED: 1, WHITE: 1, CORK: 1})
    await page.locator("select").first.select_option("12")
    await shopper.assert_is_read({RED: 12, WHITE: 1, CORK: 1})
    await page.locator("select").nth(1).select_option("2")
    await shopper.assert_is_read({RED: 12, WHITE: 2, CORK: 1})
    cart = shopper.lab.cart()
    assert cart is not None
    prices = {item.name: item.unit_price and item.unit_price.minor for item in cart.items}
    assert (prices, cart.total and cart.total.minor) == ({RED: 6495, WHITE: 20700, CORK: 1200}, 120540)
    await page.get_by_role("button", name="Quitar").first.click()
    await shopper.assert_is_read({WHITE: 2, CORK: 1})
    await page.get_by_role("button", name="Vaciar cesta").click()
    await shopper.assert_is_read({})
    assert shopper.wrong_carts() == []


async def assert_drawer_is_read(shopper: UnknownShopper, page: Page) -> None:
    """Filled, closed, changed on another route, emptied by its last line, and bought."""
    await page.clock.install()
    await page.goto(shopper.lab.address)
    await page.get_by_role("link", name=RED).click()
    await page.get_by_role("button", name="Add to cart").click()
    await shopper.assert_is_read({RED: 1})
    await page.get_by_role("button", name="Close").click()
    await page.goto(f"{shopper.lab.address}/#/wines/W-102")
    await page.get_by_role("button", name="Add to cart").click()
    await shopper.assert_is_read({RED: 1, WHITE: 1})
    for _ in ("opens", "closes"):  # a drawer of the same kind, in which nothing lies
        await page.get_by_role("button", name="Gift cards").click()
        await page.clock.run_for(LONG_MS)
    await page.get_by_role("button", name="Cart", exact=True).click()
    await page.get_by_role("button", name="+", exact=True).first.click()
    await shopper.assert_is_read({RED: 2, WHITE: 1})
    await page.evaluate(PLUS_AND_CLOSE)
    await shopper.lab.wait_until_shop_has({RED: 3, WHITE: 1})
    await page.clock.run_for(LONG_MS)
    await page.get_by_role("button", name="Cart", exact=True).click()
    await shopper.assert_is_read({RED: 3, WHITE: 1})
    await page.get_by_role("button", name="-", exact=True).first.click()
    await page.keyboard.press("Escape")
    await shopper.lab.wait_until_shop_has({RED: 2, WHITE: 1})
    await page.clock.run_for(LONG_MS)
    await page.get_by_role("button", name="Cart", exact=True).click()
    await shopper.assert_is_read({RED: 2, WHITE: 1})
    for left in ({WHITE: 1}, {}):
        await page.get_by_role("button", name="Remove").first.click()
        await shopper.assert_is_read(left)
    await fills_and_empties(shopper, page)
    in_turn = [quantities for quantities, _ in shopper.carts()]
    filled = [{RED: 1}, {RED: 1, WHITE: 1}, {RED: 2, WHITE: 1}, {RED: 3, WHITE: 1}, {RED: 2, WHITE: 1}, {WHITE: 1}]
    assert in_turn == [*filled, {}, {RED: 1}, {}]
    assert shopper.wrong_carts() == []


async def fills_and_empties(shopper: UnknownShopper, page: Page) -> None:
    """By a button of the drawer that is in no line."""
    await page.goto(f"{shopper.lab.address}/#/wines/W-101")
    await page.get_by_role("button", name="Add to cart").click()
    await shopper.assert_is_read({RED: 1})
    await page.get_by_role("button", name="Empty cart").click()
    await shopper.assert_is_read({})
