"""Shops of a platform as they differ from each other: currencies, languages, addresses without names, pages of blocks."""

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.shops.base import FixtureShop
from shared.events.envelope import ContactKind, Money
from shared.events.storefront import CartUpdated, OrderReported, ShopperIdentified, StorefrontEvent
from tests.support.browsers.named_controls import ChromiumVisitor
from tests.support.browsers.shop_lab import ShopLab, a_shop_lab
from tests.support.browsers.snippet_lab import a_browser

SAKE = {
    "variant_id": 44,
    "quantity": 3,
    "title": "Sake",
    "price": 500_000_00,
    "final_price": 400_000_00,
    "url": "/ja/products/sake",
}
KUWAITI = {"currency_code": "KWD", "currency_minor_unit": 3}
DATES = {
    "id": 18,
    "quantity": 2,
    "name": "Dates &#8211; Medjool &amp; Ajwa",
    "permalink": "/?product=dates",
    "images": [],
    "prices": {"price": "6150", **KUWAITI},
}
SUMMARY = "wc-block-order-confirmation-summary-list-item__value"
BLOCKS = f"""<main class=woocommerce-order-received><ul><li><span class={SUMMARY}>1002</span></li>
<li><span class={SUMMARY}><span class="woocommerce-Price-amount amount">12.300</span></span></li></ul></main>"""
FAILED = (
    "<main class=woocommerce-order-received><p class=woocommerce-thankyou-order-failed>The bank has declined it.</p></main>"
)


class JapaneseShop(FixtureShop):
    """Shopify in another language, with yen, a discount, and a customer whom only one of its objects names."""

    platform = "shopify"

    def routes(self) -> list[Route]:
        """A page and the cart below the root of its language."""
        return [Route("/ja", self.home), Route("/ja/cart.js", self.cart_data)]

    async def home(self, request: Request) -> Response:
        """Any page."""
        objects = "<script>var Shopify={routes:{root:'/ja/'}};var __st={cid:6001}</script>"
        return self.page("Shop", "", objects)

    async def cart_data(self, request: Request) -> Response:
        """Yen in hundredths."""
        token = "Z2NwLXVzLWVhc3Qx?key=opens-the-checkout"
        return JSONResponse({"token": token, "currency": "JPY", "total_price": 1_200_000_00, "items": [SAKE]})


class ShopWithoutNames(FixtureShop):
    """WooCommerce whose addresses have no names, with pages of blocks and a currency of three decimals."""

    platform = "woocommerce"
    reads = 0

    def routes(self) -> list[Route]:
        """One address for everything."""
        return [Route("/", self.any)]

    async def any(self, request: Request) -> Response:
        """What the query asks for."""
        if request.query_params.get("rest_route") == "/wc/store/v1/cart":
            self.reads += 1
            address = {"email": "anna@example.com", "phone": ""}
            totals = {"total_price": "12300", **KUWAITI}
            return JSONResponse({"items": [DATES], "totals": totals, "billing_address": address})
        body = {"1001": FAILED, "1002": BLOCKS}.get(request.query_params.get("order-received", ""), "")
        settings = "<script>var wcSettings={currency:{code:'KWD'},storePages:{cart:{permalink:'/?page_id=7'}}}</script>"
        return self.page("Shop", body, f'<link rel="https://api.w.org/" href="/?rest_route=/">{settings}{JQUERY}')


JQUERY = """<script>var heard={};function jQuery(){return{
on:function(names,f){names.split(' ').forEach(function(name){(heard[name]=heard[name]||[]).push(f)})},
trigger:function(name){(heard[name]||[]).forEach(function(f){f()})}}}
document.cookie='woocommerce_cart_hash=a1';
addEventListener('load',function(){setTimeout(function(){
if(/changed/.test(location.search))document.cookie='woocommerce_cart_hash=b2';
jQuery().trigger('wc_fragments_refreshed')},100)})</script>"""
"""As WooCommerce's scripts do on every page: what they show of the cart is refreshed, whether it changed or not."""


async def read_from(lab: ShopLab, path: str) -> tuple[list[StorefrontEvent], list[str]]:
    """What a browser reports of one page, and the errors in it."""
    async with a_browser() as context:
        visitor = ChromiumVisitor(context)
        await visitor.goes_to(f"{lab.address}{path}")
        kinds = ("cart.updated", "shopper.identified", "order.reported")
        await lab.wait_for(lambda: bool(lab.events("cart.updated")), lambda: lab.events(*kinds))
        return lab.events(*kinds), visitor.errors


async def test_yen_are_read_in_the_shops_own_language_at_the_discounted_price() -> None:
    async with a_shop_lab(JapaneseShop()) as lab:
        events, errors = await read_from(lab, "/ja")

    (person, cart) = events
    assert isinstance(person, ShopperIdentified)
    assert isinstance(cart, CartUpdated)
    assert (cart.total, cart.return_path) == (Money(minor=1_200_000, currency="JPY"), "/ja/cart")
    (line,) = cart.items
    assert (line.product_id, line.quantity, line.unit_price) == ("44", 3, Money(minor=400_000, currency="JPY"))
    assert person.contact.kind is ContactKind.CUSTOMER
    assert errors == []


@pytest.mark.parametrize(("number", "reported"), [("1001", []), ("1002", [("1002", Money(minor=12_300, currency="KWD"))])])
async def test_a_shop_without_readable_addresses_is_read_and_a_failed_payment_is_no_order(
    number: str, reported: list[tuple[str, Money]]
) -> None:
    async with a_shop_lab(ShopWithoutNames()) as lab:
        events, errors = await read_from(lab, f"/?page_id=9&order-received={number}")

    cart = next(event for event in events if isinstance(event, CartUpdated))
    (line,) = cart.items
    assert (line.name, line.unit_price) == ("Dates \u2013 Medjool & Ajwa", Money(minor=6150, currency="KWD"))
    assert cart.total == Money(minor=12_300, currency="KWD")
    assert [(event.order_id, event.total) for event in events if isinstance(event, OrderReported)] == reported
    assert [event.contact.kind for event in events if isinstance(event, ShopperIdentified)] == [ContactKind.EMAIL]
    assert errors == []


@pytest.mark.parametrize(("path", "reads"), [("/", 1), ("/?changed=1", 2)])
async def test_refreshed_fragments_are_a_change_where_the_carts_hash_is_another(path: str, reads: int) -> None:
    shop = ShopWithoutNames()
    async with a_shop_lab(shop) as lab, a_browser() as context:
        visitor = ChromiumVisitor(context)
        await visitor.goes_to(f"{lab.address}{path}")
        await visitor.settles()

    assert shop.reads == reads
