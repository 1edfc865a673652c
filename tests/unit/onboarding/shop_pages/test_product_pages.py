"""Which address of a product is asked for, to see whether the shop's own page bears its name."""

import pytest

from services.onboarding.shop_pages.shop_links import product_page

HOST = "shop.example"


@pytest.mark.parametrize(
    ("path", "suffix", "page"),
    [
        ("/p/7", None, "/p/7"),
        ("/detail.aspx", "?ID=7", "/detail.aspx?ID=7"),
        ("/", "?product=red", "/?product=red"),
        ("/index.php", "?route=product/product&product_id=7", "/index.php?route=product/product&product_id=7"),
        ("/wine/red", "?variant=7#reviews", "/wine/red?variant=7"),
    ],
)
def test_a_products_page_is_asked_for_with_what_names_the_product(path: str, suffix: str | None, page: str) -> None:
    assert product_page(HOST, path, suffix) == page


@pytest.mark.parametrize(
    ("path", "suffix"),
    [
        (None, "?ID=7"),
        ("/", None),
        ("/", "#/product/7"),
        ("/cart/remove.aspx", "?ID=7"),
        ("/basket.php", "?id=7"),
        ("/account/delete", "?id=7"),
        ("//evil.example/p", "?id=7"),
    ],
)
def test_what_may_be_another_page_or_do_something_is_not_asked_for(path: str | None, suffix: str | None) -> None:
    assert product_page(HOST, path, suffix) is None
