"""Shops of every kind whose shoppers are asked first: before a grant nothing of Beckon is there, with it the cart is read."""

import pytest
from playwright.async_api import Page, Request

from deploy.demo.shops.base import FixtureShop
from deploy.demo.shops.handmade import HandmadeShop
from tests.e2e.test_readers import SHOPS
from tests.support.browsers.shop_lab import ShopLab, a_shop_lab
from tests.support.browsers.snippet_lab import a_browser
from tests.support.builders.ingest import SITE_KEY
from tests.support.unknown_shops.base import UnknownShop
from tests.support.unknown_shops.german_table import GermanTableShop
from tests.support.unknown_shops.one_page import OnePageShop
from tests.support.unknown_shops.pointed import POINTED
from tests.support.unknown_shops.spanish import SpanishShop
from tests.support.unknown_shops.tag_manager import TagManagerShop
from tests.support.unknown_shops.winery import WineryShop

UNKNOWN = (HandmadeShop, GermanTableShop, OnePageShop, SpanishShop, TagManagerShop, WineryShop)
RED = "Harbor Red 2021"
STORED = """() => [...document.cookie.split('; '), ...Object.keys(localStorage), ...Object.keys(sessionStorage)]
    .filter((each) => each.includes('beckon'))"""
GRANT = "() => _beckon.push(['setConsent', {storage: 'granted'}])"


async def opens_a_filled_cart(lab: ShopLab, page: Page) -> None:
    """By the controls of the shop's theme."""
    shop = lab.shop
    unknown = shop.controls if isinstance(shop, UnknownShop) else None
    await page.goto(lab.address)
    await page.get_by_role("link", name=RED, exact=True).first.click()
    await page.locator(unknown.add if unknown else "role=button[name='Add to cart']").first.click()
    await lab.wait_until_shop_has({RED: 1})
    await page.goto(lab.address)
    opener = (
        "role=button[name='Cart']" if isinstance(shop, OnePageShop) else unknown.cart if unknown else "role=link[name='Cart']"
    )
    await page.locator(opener).first.click()
    await page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("kind", [*SHOPS, *UNKNOWN], ids=lambda kind: kind.__name__)
async def test_before_a_grant_no_kind_of_shop_is_read_and_then_each_is(kind: type[FixtureShop]) -> None:
    asked: set[str] = set()
    async with a_shop_lab(kind(), consent_required=True, pointing=POINTED.get(kind)) as lab, a_browser() as context:

        def note(request: Request) -> None:
            if request.url.startswith(lab.ingest):
                asked.add(request.url.removeprefix(lab.ingest))

        page = await context.new_page()
        page.on("request", note)
        await opens_a_filled_cart(lab, page)
        before, stored, sent = set(asked), await page.evaluate(STORED), list(lab.rig.kafka.events())

        await page.evaluate(GRANT)
        await lab.wait_for(lambda: lab.contents()[0] == {RED: 1}, lambda: (lab.cart(), lab.basket()))

        assert (before, stored, sent) == ({f"/s/{SITE_KEY}.js"}, [], [])
        cart = lab.cart()
        assert cart is not None
        assert cart.reader == lab.shop.reader
