"""The examples of docs/snippet.md in a real page, as they stand in the document: the two lines and each command."""

import json

from playwright.async_api import Page

from shared.events.envelope import ContactKind, IdentityKind, Money
from shared.events.storefront import CartUpdated, ConsentGiven, LinkFollowed, OrderReported, ShopperIdentified
from tests.support import developers_document as document
from tests.support.browsers.snippet_lab import Lab, a_lab
from tests.support.builders.ingest import SITE_KEY

TOKEN = "AbCdEfGhIjKlMnOpQ"
SAVED = [{"productID": "W-1", "productName": "Harbor Red", "quantity": 2, "productPrice": "64.95", "productURL": None}]
SHOPS_OWN = "<script>window.shop = {fill: (lines) => { shop.lines = lines; }}</script>"


def the_code(lab: Lab) -> str:
    """The document's two lines with this shop's address and key."""
    return document.block("html").replace(document.INGEST, lab.ingest).replace(document.SITE_KEY, SITE_KEY)


async def push_each(page: Page, *names: str) -> None:
    """Push the examples of these commands, as one script of a shop does: what it changes of a cart is one report."""
    examples = ",".join(document.commands()[name] for name in names)
    await page.evaluate(f"() => _beckon.push({examples})")


async def carts_after(lab: Lab, page: Page, *names: str) -> CartUpdated:
    """The cart that is reported after these examples."""
    before = len(lab.events("cart.updated"))
    await push_each(page, *names)
    cart = (await lab.wait_for(before + 1, "cart.updated"))[-1]
    assert isinstance(cart, CartUpdated)
    return cart


def quantities(cart: CartUpdated) -> dict[str, int]:
    return {item.product_id: item.quantity for item in cart.items}


async def assert_carts_are_reported(lab: Lab, page: Page) -> None:
    """Each example that changes the cart, in an order in which each of them changes it."""
    whole = await carts_after(lab, page, "setCart")
    assert (quantities(whole), whole.total, whole.return_path) == ({"W-1": 2}, Money(minor=12990, currency="USD"), "/cart")
    one = await carts_after(lab, page, "setCartItem", "setDataItem")
    assert (quantities(one), one.return_path) == ({"W-1": 1}, "/basket")
    assert quantities(await carts_after(lab, page, "removeCartItem")) == {}
    assert quantities(await carts_after(lab, page, "addedToCart", "setCart")) == {"W-1": 2}
    assert quantities(await carts_after(lab, page, "clearCart")) == {}
    filled = await carts_after(lab, page, "setCartItem", "setCartTotal")
    assert (quantities(filled), filled.total) == ({"W-1": 1}, Money(minor=12990, currency="USD"))


async def assert_people_and_orders_are_reported(lab: Lab, page: Page) -> None:
    """Each example that names somebody, and the one that ends it."""
    await push_each(page, "setPhone", "identify", "setEmail", "setOrder")
    (consent,) = await lab.wait_for(1, "consent.given")
    (order,) = await lab.wait_for(1, "order.reported")
    people = await lab.wait_for(3, "shopper.identified")
    assert isinstance(consent, ConsentGiven)
    assert consent.wording == "Text me about my cart"
    assert isinstance(order, OrderReported)
    assert (order.order_id, order.total) == ("1001", Money(minor=12990, currency="USD"))
    assert IdentityKind.EMAIL in {identity.kind for identity in order.identities}
    named = {(each.contact.kind, each.visitor_id) for each in people if isinstance(each, ShopperIdentified)}
    assert {kind for kind, _ in named} == {ContactKind.PHONE, ContactKind.CUSTOMER, ContactKind.EMAIL}
    await push_each(page, "reset")
    await page.evaluate(f"() => _beckon.push({document.function_example()})")
    again = (await lab.wait_for(4, "shopper.identified"))[-1]
    assert isinstance(again, ShopperIdentified)
    assert again.contact.kind is ContactKind.EMAIL
    assert again.visitor_id not in {visitor for _, visitor in named}


async def test_each_example_of_a_command_has_its_documented_effect() -> None:
    tried = {"setCart", "setCartItem", "setDataItem", "removeCartItem", "addedToCart", "clearCart", "setCartTotal"}
    tried |= {"setPhone", "identify", "setEmail", "setOrder", "reset", "onRestore", "setEmailAddressInput", "setConsent"}
    async with a_lab() as lab:
        head, restore = f"{SHOPS_OWN}{the_code(lab)}", f"<script>_beckon.push({document.commands()['onRestore']})</script>"
        lab.pages["/"] = f"<!doctype html><html><head>{head}</head><body><input id='guest-mail'></body></html>"
        lab.pages["/cart"] = f"<!doctype html><html><head>{head}{restore}</head><body></body></html>"
        lab.links[f"/l/{TOKEN}/cart"] = json.dumps({"items": SAVED})
        page, warnings = await lab.context.new_page(), list[str]()
        page.on("console", lambda entry: warnings.append(entry.text) if entry.type in ("warning", "error") else None)
        page.on("pageerror", lambda error: lab.errors.append(str(error)))
        await page.goto(lab.shop)

        await assert_carts_are_reported(lab, page)
        await assert_people_and_orders_are_reported(lab, page)
        await push_each(page, "setEmailAddressInput")
        await page.fill("#guest-mail", "berta@shop.example")
        await page.press("#guest-mail", "Tab")
        await lab.wait_for(5, "shopper.identified")
        await page.goto(f"{lab.shop}/cart#beckon={TOKEN}")
        await page.wait_for_function("() => shop.lines")
        await push_each(page, "setConsent")

        assert await page.evaluate("() => shop.lines") == SAVED
        assert [each.via for each in lab.events("link.followed") if isinstance(each, LinkFollowed)] == ["snippet"]
        assert {*document.commands()} == tried
        assert [text for text in warnings if "Beckon" in text] == []
