"""A reminder's link in another browser: the platform's own address fills the cart again, on the shop's own host alone."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.demo.shops.base import GOODS, FixtureShop, Good
from deploy.demo.shops.shopify import ShopifyShop, variant_of
from deploy.demo.shops.woocommerce import WooCommerceShop
from services.notify.http.links import cart_event
from shared.events.envelope import CartItem
from shared.events.nudge import NudgedCart
from shared.events.storefront import LinkFollowed
from tests.support.browsers.named_controls import ChromiumVisitor
from tests.support.browsers.reminder_links import ReminderLinks
from tests.support.browsers.shop_lab import ShopLab, a_shop_lab
from tests.support.browsers.snippet_lab import a_browser
from tests.support.builders.notify import a_site

TOKEN = "AbCdEfGhIjKlMnOpQ"
RED, WHITE, CORKSCREW = GOODS.values()
LEADS_NOWHERE = (
    "/checkout-link-that-an-old-version-lacks/?products=101:2",
    "//evil.localhost/",
    "https://evil.localhost/",
    "@evil.localhost/",
    "\\\\evil.localhost",
    "/away",
)


class ShopThatLeadsAway(WooCommerceShop):
    """One of its own pages redirects to another host."""

    elsewhere = ""

    def routes(self) -> list[Route]:
        """With that page."""
        return [*super().routes(), Route("/away", self.away)]

    async def away(self, request: Request) -> Response:
        """To a host that lets every page read its answer."""
        return RedirectResponse(f"{self.elsewhere}/elsewhere", 302)


def numbers_of(shop: FixtureShop) -> dict[Good, str]:
    """What the reader of a platform calls its goods."""
    return {good: str(variant_of(good) if isinstance(shop, ShopifyShop) else good.number) for good in GOODS.values()}


def a_left_cart(shop: FixtureShop) -> dict[str, object]:
    """What notify answers for a link to a cart with two reds and a white."""
    numbers = numbers_of(shop)
    items = (CartItem(product_id=numbers[RED], quantity=2), CartItem(product_id=numbers[WHITE], quantity=1))
    return cart_event(NudgedCart(items=items, total=None, return_path="/cart"), a_site(platform=shop.platform))


@dataclass(frozen=True)
class Elsewhere:
    """A browser that was never at the shop, and links whose carts notify answers."""

    lab: ShopLab
    links: ReminderLinks
    visitor: ChromiumVisitor

    async def is_led_to(self, path: str) -> None:
        """To a page of ours."""
        await self.lab.wait_for(lambda: path in self.links.asked, lambda: self.links.asked)
        await self.visitor.settles()


@asynccontextmanager
async def another_browser(shop: FixtureShop, carts: Mapping[str, object]) -> AsyncIterator[Elsewhere]:
    """By tokens of links."""
    links = ReminderLinks(carts)
    async with links.served(), a_shop_lab(shop, links.address) as lab, a_browser() as context:
        yield Elsewhere(lab, links, ChromiumVisitor(context))


@pytest.mark.parametrize("shop", [ShopifyShop, WooCommerceShop], ids=lambda shop: shop.__name__)
async def test_a_link_fills_the_cart_of_another_browser_and_keeps_what_came_later(shop: type[FixtureShop]) -> None:
    sold = shop()
    async with another_browser(sold, {TOKEN: a_left_cart(sold)}) as at:
        lab, visitor, link = at.lab, at.visitor, f"{at.lab.address}/cart/#beckon={TOKEN}"
        await visitor.goes_to(link)

        await lab.wait_until_shop_has({RED.name: 2, WHITE.name: 1})
        cart = await lab.wait_until_read()
        assert cart.reader == sold.reader
        assert [type(event) for event in lab.events("link.followed")] == [LinkFollowed]

        await visitor.goes_to(lab.address)
        await visitor.follows(CORKSCREW.name)
        await visitor.clicks("Add to cart")
        await lab.wait_until_shop_has({RED.name: 2, WHITE.name: 1, CORKSCREW.name: 1})
        await lab.wait_until_read()
        await visitor.goes_to("about:blank")
        await visitor.goes_to(link)
        await lab.wait_for(lambda: at.links.asked.count(f"/l/{TOKEN}/cart") == 2, lambda: at.links.asked)
        await visitor.settles()
        await lab.wait_until_shop_has({RED.name: 2, WHITE.name: 1, CORKSCREW.name: 1})
        assert f"/l/{TOKEN}/saved" not in at.links.asked


async def test_without_an_address_that_works_on_this_host_our_page_shows_the_cart() -> None:
    shop = ShopThatLeadsAway()
    paths = {f"{TOKEN[:-1]}{number}": path for number, path in enumerate((None, *LEADS_NOWHERE))}
    async with another_browser(
        shop, {token: {**a_left_cart(shop), "restore_path": path} for token, path in paths.items()}
    ) as at:
        shop.elsewhere = at.links.address
        for token in paths:
            await at.visitor.goes_to(f"{at.lab.address}/#beckon={token}")
            await at.is_led_to(f"/l/{token}/saved")

        assert at.lab.basket() == ({}, 0)
