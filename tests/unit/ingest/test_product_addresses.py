"""What of a product's address is kept: enough to find its page again, and nothing that names a visit or a person."""

import pytest
from pydantic import TypeAdapter

from services.ingest.product_addresses import cart_suffix, identifying_suffix
from services.ingest.wire_fields import path_within, picture_within
from shared.events.envelope import PathSuffix
from shared.messages.item_names import shown_page

SHOP = frozenset(("shop.example",))


@pytest.mark.parametrize(
    ("address", "product_id", "suffix"),
    [
        ("/acme/detail.aspx?ID=7", "7", "?ID=7"),
        ("/acme/detail.aspx?Count1=736497123&Count2=839203&ProductID=101&CategoryID=5&Target=products.asp", "101",
         "?ProductID=101&Target=products.asp"),
        ("https://shop.example/index.php?route=product/product&path=20_27&product_id=40", "40",
         "?route=product/product&product_id=40"),
        ("/product_info.php?products_id=7&osCsid=83af0c2d9e8f7a6b5c4d3e2f", "7", "?products_id=7"),
        ("/product_info.php?info=p7_harbor-red.html&XTCsid=0c2d9e8f7a6b5c4d3e2f", "W-7", "?info=p7_harbor-red.html"),
        ("/artikel.html?nr=101&sid=8d7f", "", "?nr=101"),
        ("/?product=harbor-red-2021", "101", "?product=harbor-red-2021"),
        ("/index.php?page_id=9&p=101", "101", "?p=101"),
        ("/products/harbor-red?variant=44000000000101&utm_source=mail", "44000000000101", "?variant=44000000000101"),
        ("/wine/red.html?bottle=w-101&sid=83", "W-101", "?bottle=w-101"),
        ("/shop.cgi?ART=W-101&email=anna%40example.com&user=7", "W-101", "?ART=W-101"),
        ("/p?" + "id=7&" * 400, "W-1", "?id=7"),
        ("/#/product/7", "7", "#/product/7"),
        ("/app#!/wines/harbor-red-w-101", "W-101", "#!/wines/harbor-red-w-101"),
        ("/#/product?id=7&token=83af", "7", "#/product?id=7"),
        ("/#product=7", "7", "#product=7"),
    ],
)  # fmt: skip
def test_what_names_the_product_is_kept(address: str, product_id: str, suffix: str) -> None:
    kept = identifying_suffix(address, product_id)

    assert kept == suffix
    assert TypeAdapter(PathSuffix).validate_python(kept) == suffix
    assert shown_page("/x", kept) == f"/x{suffix}"


@pytest.mark.parametrize(
    ("address", "product_id"),
    [
        ("/p/7", "7"),
        ("/p/7?sid=83af&utm_source=mail", "7"),
        ("/p/7?sid=7", "7"),
        ("/p/7?customerID=7&order=7&next=7", "7"),
        ("/p?id=0c2d9e8f7a6b5c4d3e2f", "W-1"),
        ("/p?id=anna@example.com", "anna@example.com"),
        ("/p?id=anna%40example.com", "W-1"),
        ("/p?ID=//evil.example", "//evil.example"),
        ("/p?route=product/product", "7"),
        ("/#access_token=83af0c2d", "83af0c2d"),
        ("/#/reset/anna@example.com", "W-1"),
        ("/#/product/7/83af0c2d9e8f", "7"),
        ("/#top", "7"),
        ("/#/p/a'b", "a'b"),
        ("javascript:alert(1)?id=7", "7"),
        (None, "7"),
    ],
)
def test_what_may_name_a_visit_or_a_person_is_not_kept(address: object, product_id: str) -> None:
    assert identifying_suffix(address, product_id) is None


def test_a_suffix_that_names_another_host_is_not_followed() -> None:
    assert shown_page("/p", "?id=evil.com") == "/p"
    assert shown_page("//evil.example", "?id=7") is None


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/p/7;jsessionid=83AF0C2D.node1", "/p/7"),
        ("/p;sid=83af/7", "/p/7"),
        ("/(S(lit3py55t21z5v55vlm25s55))/detail.aspx", "/detail.aspx"),
        ("/shop;v=1/x(s)", "/shop;v=1/x(s)"),
    ],
)
def test_the_number_of_a_visit_is_no_part_of_a_path(address: str, path: str) -> None:
    assert path_within(address, SHOP) == path


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/red.jpg", ("/red.jpg", None)),
        ("https://shop.example/red.jpg", ("/red.jpg", None)),
        ("https://CDN.example.net/files/red.jpg?v=1", ("/files/red.jpg", "cdn.example.net")),
        ("//cdn.example.net/red.jpg", ("/red.jpg", "cdn.example.net")),
        ("http://cdn.example.net/red.jpg", (None, None)),
        ("https://10.0.0.1/red.jpg", (None, None)),
        ("https://localhost/red.jpg", (None, None)),
        ("https://anna@example.com/a b@.jpg", (None, None)),
        ("data:image/png;base64,AAAA", (None, None)),
        (7, (None, None)),
    ],
)
def test_a_picture_is_known_by_its_host_and_path(address: object, found: tuple[str | None, str | None]) -> None:
    assert picture_within(address, SHOP) == found


@pytest.mark.parametrize(
    ("address", "suffix"),
    [
        ("/seite.php?was=korb&sid=83af0c", "?was=korb"),
        ("/index.php?route=checkout/cart&language=en", "?route=checkout/cart"),
        ("/index.php?option=com_shop&view=cart&token=af83", "?option=com_shop&view=cart"),
        ("https://shop.example/#/cart", "#/cart"),
        ("/app#!/shop/warenkorb?step=2", "#!/shop/warenkorb"),
        ("/#cart-drawer", "#cart-drawer"),
    ],
)
def test_what_names_the_carts_page_is_kept(address: str, suffix: str) -> None:
    kept = cart_suffix(address)

    assert kept == suffix
    assert TypeAdapter(PathSuffix).validate_python(kept) == suffix


@pytest.mark.parametrize(
    "address",
    [
        "/cart",
        "/cart?utm_source=mail&email=anna%40example.com",
        "/cart?cart=8d7f03c2",
        "/index.php?page=account",
        "/#/wines/W-101",
        "/#/users/anna",
        "/#/cart/8d7f03c2",
        "/?was=korb%23%2F%2Fevil.example",
        "//[",
        None,
        7,
    ],
)
def test_of_a_carts_address_nothing_else_is_kept(address: object) -> None:
    assert cart_suffix(address) is None
