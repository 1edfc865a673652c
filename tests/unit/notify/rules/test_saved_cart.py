"""What a shopper is shown of a saved cart, and what a stranger's beacon cannot put there."""

import pytest

from services.notify.rules.saved_cart import picture_address, saved_cart
from shared.events.envelope import CartItem, Money
from shared.events.nudge import NudgedCart
from shared.messages.item_names import name_hash
from shared.messages.shopper_texts import Language
from tests.support.builders.notify import a_site

HOST = "shop.example"
RED = CartItem(
    product_id="1",
    name="Harbor Red",
    quantity=2,
    unit_price=Money(minor=6495, currency="USD"),
    path="/p/1",
    image_path="/pictures/red.jpg",
)
KNOWN = a_site(page_names=(name_hash("Harbor Red"),))


def a_cart(*items: CartItem, total: int | None = None, more: int = 0) -> NudgedCart:
    money = None if total is None else Money(minor=total, currency="USD")
    return NudgedCart(items=items, total=money, return_path="/cart", more_items=more)


def test_a_line_has_the_shops_name_picture_and_prices() -> None:
    shown = saved_cart(a_cart(RED, total=12990, more=3), KNOWN, HOST, Language.EN)

    (line,) = shown.lines
    assert (line.name, line.quantity, line.price, line.amount) == ("Harbor Red", 2, "$64.95", "$129.90")
    assert (line.address, line.picture) == ("https://shop.example/p/1", "https://shop.example/pictures/red.jpg")
    assert (shown.total, shown.more, shown.shop) == ("$129.90", 3, "https://shop.example/cart")


def test_a_line_leads_to_a_page_that_exists_by_its_query_alone() -> None:
    item = RED.model_copy(update={"path": "/detail.aspx", "path_suffix": "?ID=7"})

    (line,) = saved_cart(a_cart(item), KNOWN, HOST, Language.EN).lines

    assert (line.name, line.address) == ("Harbor Red", "https://shop.example/detail.aspx?ID=7")


def test_a_line_of_which_little_is_known_leads_to_the_cart() -> None:
    shown = saved_cart(a_cart(CartItem(product_id="1", quantity=1)), KNOWN, HOST, Language.ES)

    (line,) = shown.lines
    assert (line.name, line.price, line.amount, line.picture) == ("Artículo", "", "", None)
    assert line.address == "https://shop.example/cart"
    assert shown.total == ""


def test_a_line_whose_name_no_page_of_the_shop_bears_has_no_picture() -> None:
    (line,) = saved_cart(a_cart(RED), a_site(), HOST, Language.EN).lines

    assert (line.name, line.picture) == ("Item", None)


@pytest.mark.parametrize(
    "path", ["/a.jpg", "/a/b%20c.JPEG", "/cdn/shop/files/red.webp", "/x.aspx/red.png", "/pictures/red.svg"]
)
def test_a_picture_is_on_the_shops_own_host(path: str) -> None:
    assert picture_address(HOST, RED.model_copy(update={"image_path": path})) == f"https://{HOST}{path}"


def test_a_picture_on_another_host_is_shown_where_the_shops_pages_have_theirs_there() -> None:
    item = RED.model_copy(update={"image_host": "cdn.example.net"})

    assert picture_address(HOST, item, ("cdn.example.net",)) == "https://cdn.example.net/pictures/red.jpg"
    assert picture_address(HOST, item, ("other.example",)) is None
    assert picture_address(HOST, item) is None


@pytest.mark.parametrize(
    "path",
    [None, "/logout", "/cart/clear", "/picture.svg.aspx", "//evil.example/a.png", "/\\evil.example/a.png", '/a".png',
     "/a.png\n", "/go/https://evil.example/a.png", "/javascript:alert(1)//.png<", "/a.png/../logout", "/evil.com/a.png"],
)  # fmt: skip
def test_what_is_no_plain_picture_of_the_shop_is_not_shown(path: str | None) -> None:
    assert picture_address(HOST, RED.model_copy(update={"image_path": path})) is None
