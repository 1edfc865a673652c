"""Shopify's checkout in Chromium: what its pixel reports with and without consent, and what a stranger's frame can."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse

from deploy.demo.shops.shopify import ShopifyShop
from deploy.demo.shops.shopify_pixel import PRIVACY
from shared.events.envelope import ContactKind, IdentityKind, Origin
from shared.events.storefront import OrderReported, PageSeen, ShopperIdentified
from shared.runtime.service import AsgiServer
from tests.support.browsers.named_controls import ChromiumVisitor
from tests.support.browsers.shop_lab import ShopLab, a_shop_lab
from tests.support.browsers.snippet_lab import a_browser
from tests.support.builders.ingest import SITE_KEY
from tests.support.processes.servers import free_port

EMAIL, PHONE, RED = "anna@mail.example", "+14235550123", "Harbor Red 2021"
ATTACK = """
const visitor = 'AAAAAAAAAAAAAAAAAAAAAB', now = Date.now();
const line = {productID: 'W-101', productName: 'Buy pills', quantity: 1, productPrice: '1.00'};
const events = [
  ['cart.updated', {seq: 1, version: 1, items: [line], total: '1.00', currency: 'USD'}],
  ['consent.given', {phone: '+14235550199', text: 'I agree', box_state: 'ticked_by_shopper'}],
  ['link.followed', {token: 'ttttttttttttttttttttttt'}],
  ['page.seen', {office: true, staff: visitor}],
  ['shopper.identified', {email: 'victim@mail.example'}],
].map(([t, d], i) => ({i: 'x' + i, t, a: now, p: '/', d}));
fetch('INGEST/v1/beacons', {
  method: 'POST', headers: {'Content-Type': 'text/plain'},
  body: JSON.stringify({v: 1, k: 'SITE_KEY', u: visitor, z: now, e: events}),
}).catch(() => {});
"""


@dataclass
class AtCheckout:
    """A shopper whose cart is read, before the first field of the checkout."""

    lab: ShopLab
    visitor: ChromiumVisitor
    browser_id: str

    def named(self) -> list[ContactKind]:
        """The kinds of contacts of this browser that are on the topic."""
        identified = [event for event in self.lab.events("shopper.identified") if isinstance(event, ShopperIdentified)]
        return [event.contact.kind for event in identified if event.visitor_id == self.browser_id]

    def steps(self) -> list[PageSeen]:
        """The pages of the checkout that were seen."""
        pages = [event for event in self.lab.events("page.seen") if isinstance(event, PageSeen)]
        return [page for page in pages if page.origin is Origin.UNKNOWN]

    async def types(self, phone: str = PHONE, email: str = EMAIL) -> None:
        """Both fields, as far as the next one."""
        await self.visitor.fills("Phone", phone)
        await self.visitor.fills("E-mail", email)
        await self.visitor.runs("() => document.activeElement.blur()")

    async def buys(self) -> OrderReported:
        """The order that is reported."""
        await self.visitor.clicks("Place order")
        await self.lab.wait_for(lambda: bool(self.lab.events("order.reported")), lambda: self.lab.shop.orders)
        (order,) = self.lab.events("order.reported")
        assert isinstance(order, OrderReported)
        return order


@asynccontextmanager
async def at_the_checkout(shop: ShopifyShop) -> AsyncIterator[AtCheckout]:
    """Start a shop that asks for consent, and be a shopper of it with a cart who has gone on to the checkout."""
    shop.privacy = dict.fromkeys(PRIVACY, False)
    async with a_shop_lab(shop) as lab, a_browser() as context:
        visitor = ChromiumVisitor(context)
        await visitor.goes_to(lab.address)
        await visitor.follows(RED)
        await visitor.clicks("Add to cart")
        await lab.wait_until_shop_has({RED: 1})
        cart = await lab.wait_until_read()
        await visitor.follows("Cart")
        await visitor.follows("Checkout")
        yield AtCheckout(lab, visitor, cart.visitor_id)
        assert visitor.errors == []


@asynccontextmanager
async def a_page_elsewhere(code: str) -> AsyncIterator[str]:
    """Somebody else's page with this code in a sandboxed frame. Its address."""
    frame = escape(f"<!doctype html><script>{code}</script>", quote=True)
    page = HTMLResponse(f'<!doctype html><iframe sandbox="allow-scripts allow-forms" srcdoc="{frame}"></iframe>')
    port = free_port()
    server = AsgiServer(page, "127.0.0.1", port)
    await server.start()
    try:
        yield f"http://evil.localhost:{port}"
    finally:
        await server.stop()


async def test_what_is_typed_at_the_checkout_is_known_once_its_shopper_allows_it() -> None:
    async with at_the_checkout(ShopifyShop()) as shopper:
        await shopper.types("+14235550100", "else@mail.example")
        before = await shopper.visitor.runs("() => WebPixels.published()")
        await shopper.visitor.runs("() => WebPixels.consent({analyticsProcessingAllowed: true, marketingAllowed: true})")
        await shopper.types()
        await shopper.lab.wait_for(lambda: set(shopper.named()) == {ContactKind.EMAIL, ContactKind.PHONE}, shopper.named)
        published = await shopper.visitor.runs("() => WebPixels.published()")

        assert {(step.visitor_id, step.path) for step in shopper.steps()} == {(shopper.browser_id, None)}, "a path has a token"
        assert 0 < len(shopper.steps()) <= published - before, "nothing of before was reported"

        await shopper.buys()


async def test_without_permission_an_order_names_the_browser_and_nothing_typed() -> None:
    async with at_the_checkout(ShopifyShop()) as shopper:
        await shopper.types()
        order = await shopper.buys()

        (bought,) = shopper.lab.shop.orders
        assert (order.order_id, order.total is None) == (bought.number, False)
        assert [(each.kind, each.index) for each in order.identities] == [(IdentityKind.VISITOR, shopper.browser_id)]
        assert (shopper.named(), shopper.steps()) == ([], [])


async def test_a_strangers_sandboxed_frame_gets_no_further_than_a_strangers_own_client() -> None:
    async with at_the_checkout(ShopifyShop()) as shopper:
        lab = shopper.lab
        async with a_page_elsewhere(ATTACK.replace("INGEST", lab.ingest).replace("SITE_KEY", SITE_KEY)) as address:
            await shopper.visitor.opens_tab(address)
            await lab.wait_for(lambda: bool(lab.events("shopper.identified")), lambda: lab.events("page.seen"))

        strange = [event for event in lab.rig.kafka.events() if getattr(event, "visitor_id", "") != shopper.browser_id]
        assert {event.type for event in strange} == {"page.seen", "shopper.identified"}
        assert {getattr(event, "origin", None) for event in strange} == {Origin.UNKNOWN}
        assert shopper.named() == [], "it has not named the shopper's browser, whose cookie it cannot read"
