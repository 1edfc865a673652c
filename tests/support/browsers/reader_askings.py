"""Readers that ask their shop for the cart: what for, what makes them ask again, and answers that are no cart."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.browsers.reader_traps import BIGCOMMERCE_CARTS, MAGENTO_PIECE, PIECE, WOOCOMMERCE_CART

Answer = tuple[int, str, str]
"""Status, content type, body."""
JSON = "application/json"


@dataclass(frozen=True)
class Asking:
    """A reader that asks its shop: what it asks for, what makes it ask again, and the answer for so many of one thing."""

    platform: str
    asked: str
    act: str
    cart: Callable[[int], str]
    script: str = ""
    body: str = ""


def bigcommerce_carts(quantity: int) -> str:
    """So many of one thing."""
    return json.dumps([{"lineItems": {"physicalItems": [{**PIECE, "quantity": quantity, "salePrice": 64.95}]}}])


def shopify_cart(quantity: int) -> str:
    """The same."""
    item = {"variant_id": 1, "title": "Harbor Red", "quantity": quantity, "price": 6495}
    return json.dumps({"token": "a", "items": [item]})


def woocommerce_cart(quantity: int) -> str:
    """The same."""
    prices = {"price": "6495", "currency_minor_unit": 2}
    item = {"id": 1, "name": "Harbor Red", "quantity": quantity, "prices": prices}
    return json.dumps({"items": [item], "totals": {"total_price": "6495", "currency_minor_unit": 2}})


def magento_sections(quantity: int) -> str:
    """The same."""
    return json.dumps({"cart": {"items": [{**MAGENTO_PIECE, "qty": quantity}]}})


def nexternal_page(quantity: int) -> str:
    """The same, on its cart page."""
    row = f'<td><a href="/harbor-red.aspx">Harbor Red</a></td><td><input name="qty1" value="{quantity}"></td><td>$64.95</td>'
    return f"<!doctype html><title>Cart</title><table><tr>{row}</tr></table><p>Total ${64.95 * quantity:.2f}</p>"


HASH = "document.cookie = 'woocommerce_cart_hash=' + Date.now(); fetch('/mini-cart', {method: 'POST'})"
"""At an address that no reader knows: the cart's cookie has changed."""
ASKING = (
    Asking("bigcommerce", BIGCOMMERCE_CARTS, "fetch('/remote/v1/cart/update', {method: 'POST'})", bigcommerce_carts),
    Asking("shopify", "/cart.js", "fetch('/cart/change.js', {method: 'POST'})", shopify_cart),
    Asking("woocommerce", WOOCOMMERCE_CART, HASH, woocommerce_cart),
    Asking(
        "magento",
        "/customer/section/load/",
        "localStorage.removeItem('mage-cache-storage'); fetch('/checkout/cart/add/', {method: 'POST'})",
        magento_sections,
        f"localStorage.setItem('mage-cache-storage', {json.dumps(magento_sections(1))})",
    ),
    Asking(
        "nexternal",
        "/invoice.aspx",
        "fetch('/additem.aspx', {method: 'POST'})",
        nexternal_page,
        body='<a href="/invoice.aspx">Cart</a>',
    ),
)


def no_carts(cart: str) -> tuple[Answer, ...]:
    """Answers that are none, most of them though they hold one."""
    return (
        (200, "text/html", "<!doctype html><title>Log in</title><form action=/login></form>"),
        (401, JSON, cart),
        (429, JSON, cart),
        (500, JSON, cart),
        (200, JSON, "null"),
        (200, JSON, '{"items": 7, "cart": 7}'),
        (200, JSON, '[{"lineItems": null}]'),
        (200, JSON, cart[: len(cart) // 2]),
        (200, JSON, cart + " " * 5_000_000),
    )
