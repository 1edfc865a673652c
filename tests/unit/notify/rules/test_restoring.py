"""The platform's own address for a cart: what it holds, and what a stranger's lines never make of it."""

import re
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.rules.restoring import restore_path
from shared.events.envelope import CartItem
from shared.events.nudge import NudgedCart

SHOP = "https://shop.example/cart"
HOSTILE = (
    "//evil.example",
    "https://evil.example/1",
    "1@evil.example",
    "1/../../account/logout",
    "1?return_to=https://evil.example",
    "1#x",
    "1%0d%0aLocation:evil",
    "1,2",
    "1:2",
    "1&coupon=FREE",
    "\u0661\u0662",
    "\\evil.example",
    "1\n",
    " 1",
    "0",
    "-1",
    "1" * 21,
)
TEXTS = st.text(min_size=1, max_size=128) | st.sampled_from(HOSTILE) | st.from_regex(r"[0-9]{1,24}", fullmatch=True)


def a_cart(*lines: tuple[str, int], **changes: Any) -> NudgedCart:
    """A cart of so many of each number."""
    items = tuple(CartItem(product_id=number, quantity=quantity) for number, quantity in lines)
    return NudgedCart(items=items, total=None, return_path="/cart", **changes)


def test_shopify_fills_a_cart_by_its_permalink_and_stays_in_the_shop() -> None:
    assert restore_path("shopify", a_cart(("70881412", 1), ("70881382", 3))) == "/cart/70881412:1,70881382:3?storefront=true"


def test_woocommerce_fills_a_cart_by_its_checkout_link() -> None:
    assert restore_path("woocommerce", a_cart(("18", 2), ("19", 1))) == "/checkout-link/?products=18:2,19:1"


def test_lines_of_the_same_product_are_one_line_of_the_address() -> None:
    assert restore_path("woocommerce", a_cart(("18", 2), ("19", 1), ("18", 3))) == "/checkout-link/?products=18:5,19:1"


@pytest.mark.parametrize("platform", ["nexternal", "plain_html", "unknown", "", "Shopify"])
def test_a_platform_without_such_an_address_has_none(platform: str) -> None:
    assert restore_path(platform, a_cart(("18", 2))) is None


def test_a_cart_that_is_not_wholly_known_is_not_rebuilt_by_half() -> None:
    assert restore_path("shopify", a_cart(("18", 2), more_items=1)) is None
    assert restore_path("shopify", a_cart(("18", 2), ("harbor-red", 1))) is None
    assert restore_path("shopify", a_cart()) is None
    assert restore_path("shopify", a_cart(("18", 9_999), ("18", 1))) is None


@pytest.mark.parametrize("platform", ["shopify", "woocommerce"])
@pytest.mark.parametrize("number", HOSTILE)
def test_a_strangers_number_leads_nowhere(platform: str, number: str) -> None:
    assert restore_path(platform, a_cart((number, 1))) is None
    assert restore_path(platform, a_cart(("18", 1), (number, 1))) is None


@given(st.sampled_from(("shopify", "woocommerce")), st.lists(st.tuples(TEXTS, st.integers(1, 100_000)), max_size=10))
def test_an_address_stays_on_the_shop_and_holds_numbers_alone(platform: str, lines: list[tuple[str, int]]) -> None:
    path = restore_path(platform, a_cart(*lines))

    if path is None:
        return
    target = urlsplit(urljoin(SHOP, path))
    assert (target.scheme, target.netloc, target.fragment) == ("https", "shop.example", "")
    assert re.fullmatch(r"/cart/[0-9:,]+\?storefront=true|/checkout-link/\?products=[0-9:,]+", path, re.ASCII)
    assert set(parse_qs(target.query)) <= {"storefront", "products"}
