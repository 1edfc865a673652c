"""What the shop does with the code that a merchant pastes, and with what it prints into a page itself."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.shop.basket import Row, cart_data, in_page, restorable, theme_script
from deploy.demo.shop.codes import fill_in, load_keywords
from deploy.demo.shop.goods import load_goods
from deploy.demo.shop.store import Line

KEYWORDS = load_keywords()
VALUES = {
    "order_no": "1001",
    "total": "129.90",
    "currency": "USD",
    "email": "o'hara@example.com",
    "phone": "",
    "customer_no": "5001",
}


def test_keywords_are_replaced_and_every_other_byte_stays() -> None:
    addendum = "<script>\n\tf('[OrderNo]',  \"[OrderTotal]\", '[Currency]', '[Unknown]')\n</script>\n<!-- é [CustomerNo] -->"

    filled = fill_in(addendum, VALUES, KEYWORDS)

    assert filled == "<script>\n\tf('1001',  \"129.90\", 'USD', '[Unknown]')\n</script>\n<!-- é 5001 -->"


def test_a_value_inside_a_script_is_a_string_of_it() -> None:
    assert fill_in("<script>f('[Email]')</script>", VALUES, KEYWORDS) == "<script>f('o\\u0027hara@example.com')</script>"


def test_a_value_outside_a_script_is_text_of_the_page() -> None:
    assert fill_in('<p title="[Email]">', VALUES, KEYWORDS) == '<p title="o&#x27;hara@example.com">'


def test_a_value_that_looks_like_a_keyword_is_not_replaced_again() -> None:
    values = VALUES | {"email": "[OrderNo]"}

    assert fill_in("[Email]", values, KEYWORDS) == "[OrderNo]"


@given(st.text())
def test_no_value_ends_its_string_or_the_script(value: str) -> None:
    filled = fill_in("<script>f('[Email]')</script>", VALUES | {"email": value}, KEYWORDS)

    inside = filled.removeprefix("<script>f('").removesuffix("')</script>")
    assert re.search(r"['<>\n\r`]", inside) is None
    assert json.loads(f'"{inside}"') == value


def test_the_theme_hands_over_the_whole_cart() -> None:
    goods = load_goods()
    rows = [Row(goods["harbor-mixed-six"], 1), Row(goods["old-harbor-red"], 2)]

    data = cart_data(rows, "http://shop.localhost:8703")

    assert (data["total"], data["currency"], data["returnURL"]) == ("178.90", "USD", "/cart")
    assert data["items"] == [
        {
            "productID": "harbor-mixed-six",
            "productName": "The Harbor Six",
            "quantity": 1,
            "productPrice": "129.90",
            "productURL": "http://shop.localhost:8703/wines/harbor-mixed-six",
            "productImageURL": "http://shop.localhost:8703/pictures/harbor-mixed-six.svg",
        },
        {
            "productID": "old-harbor-red",
            "productName": "Old Harbor Red 2022",
            "quantity": 2,
            "productPrice": "24.50",
            "productURL": "http://shop.localhost:8703/wines/old-harbor-red",
            "productImageURL": "http://shop.localhost:8703/pictures/old-harbor-red.svg",
        },
    ]


def test_a_browser_that_never_had_a_cart_hands_over_none() -> None:
    assert "setCart" not in theme_script(None)
    assert "setCart" in theme_script({"items": []})


def test_data_in_the_page_cannot_end_its_script() -> None:
    assert in_page({"name": "</script><b>"}) == '{"name": "\\u003c/script\\u003e\\u003cb\\u003e"}'


def test_a_restore_takes_only_what_the_shop_sells() -> None:
    goods = load_goods()
    body = {"items": [{"productID": "old-harbor-red", "quantity": 2}, {"productID": "gone", "quantity": 1}, "nonsense"]}

    assert restorable(body, goods) == [Line("old-harbor-red", 2)]
    assert restorable(["nonsense"], goods) == []
