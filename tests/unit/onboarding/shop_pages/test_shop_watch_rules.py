"""Which pages of a shop are checked, what a check means for each, and how long a shop rests between them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.onboarding.setup.shop_schedule import (
    BROKEN_SECONDS,
    IDLE_SECONDS,
    LIVE_SECONDS,
    NEW_SECONDS,
    OPEN_SECONDS,
    SPREAD,
    WatchedShop,
    rest_seconds,
)
from services.onboarding.shop_pages.page_histories import (
    FURTHER_EVERY,
    PageCheck,
    PageHistory,
    PageKind,
    from_json,
    pages_after,
    paths_due,
    to_json,
)
from services.onboarding.shop_pages.shop_links import LONGEST_LINK, Links, is_cart, links_in, path_on
from tests.support.builders.onboarding import NOON

HOST = "shop.example"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def page(*targets: str) -> bytes:
    return "".join(f'<a class=x href="{target}">a</a>' for target in targets).encode()


@pytest.mark.parametrize(
    ("targets", "links"),
    [
        (("/", "/cart", "/products/red"), Links("/cart", "/products/red")),
        (("https://shop.example/warenkorb", "https://SHOP.example/p/1"), Links("/warenkorb", "/p/1")),
        (("//shop.example/checkout/cart/", "wine/barolo-2016.html"), Links("/checkout/cart/", "/wine/barolo-2016.html")),
        (("/account", "/pages/about", "/red-wine", "/wines/old-harbor-red"), Links(None, "/wines/old-harbor-red")),
        (("/collections/all", "/collections/all/products/red"), Links(None, "/collections/all/products/red")),
        (("https://other.example/cart", "http://shop.example:8080/cart", "//evil.example/cart"), Links()),
        (("/cart?add=1", "/products/red?buy", "javascript:cart()", "mailto:cart@shop.example", "data:,/cart"), Links()),
        (("/cart/remove-cart", "/logout", "/img/a.png", "/files/products/list.pdf", "/blog/2016-barolo"), Links()),
        (("http://[", "/%zz\x00cart", "/a b/cart", "#cart", "", "/" + LONGEST_LINK * "a"), Links()),
        (("/shop&#47;red",), Links(None, "/shop/red")),
    ],
)
def test_the_first_page_leads_to_the_cart_and_to_a_product(targets: Sequence[str], links: Links) -> None:
    assert links_in(page(*targets), HOST) == links


@given(st.text(max_size=300))
def test_a_link_of_a_page_leads_to_its_own_host_or_nowhere(target: str) -> None:
    path = path_on(HOST, target)

    assert path is None or (path.startswith("/") and path.isascii() and path.isprintable() and not set("?# \\\r\n") & set(path))


@given(st.binary(max_size=500))
def test_whatever_a_page_is_its_links_lead_to_its_own_host_or_nowhere(body: bytes) -> None:
    links = links_in(body, HOST)

    assert all(path is None or path.startswith("/") for path in (links.cart, links.product))


@pytest.mark.parametrize(("path", "cart"), [("/cart", True), ("/Cart.aspx", True), ("/my-basket/", True), ("/cartoon", False)])
def test_a_cart_is_known_by_a_whole_word(path: str, cart: bool) -> None:
    assert is_cart(path) is cart


def a_history(path: str = "/cart", *, ago: timedelta = MINUTE, error: str | None = None, **moments: datetime) -> PageHistory:
    return PageHistory(PageKind.CART, HOST, path, NOON - ago, error, moments.get("seen_at"), moments.get("gone_at"))


@pytest.mark.parametrize(
    ("known", "links", "cart_seen", "due"),
    [
        ([], Links("/cart", "/p/1"), None, [(PageKind.CART, "/cart"), (PageKind.PRODUCT, "/p/1")]),
        ([], Links(), "/basket", [(PageKind.CART, "/basket")]),
        ([], Links("/cart"), "/basket", [(PageKind.CART, "/cart")]),
        ([a_history("/old-cart")], Links("/cart"), None, [(PageKind.CART, "/old-cart")]),
        ([a_history("/old-cart")], Links(), None, [(PageKind.CART, "/old-cart")]),
        ([a_history("/old-cart", error="refused")], Links("/cart"), None, [(PageKind.CART, "/cart")]),
        ([a_history(ago=FURTHER_EVERY / 2)], Links("/cart"), None, []),
    ],
)
def test_a_page_that_was_read_is_checked_again_and_another_once_it_is_gone(
    known: list[PageHistory], links: Links, cart_seen: str | None, due: list[tuple[PageKind, str]]
) -> None:
    assert paths_due(known, links, HOST, NOON, cart_seen) == due


@pytest.mark.parametrize(
    ("known", "check", "seen_at", "gone_at"),
    [
        ([], PageCheck(PageKind.CART, "/cart"), None, None),
        ([], PageCheck(PageKind.CART, "/cart", has_code=True), NOON, None),
        ([a_history(seen_at=NOON - DAY)], PageCheck(PageKind.CART, "/cart"), NOON - DAY, NOON),
        ([a_history(seen_at=NOON - DAY, gone_at=NOON - MINUTE)], PageCheck(PageKind.CART, "/cart"), NOON - DAY, NOON - MINUTE),
        ([a_history(seen_at=NOON - DAY)], PageCheck(PageKind.CART, "/cart", "moved"), NOON - DAY, None),
        ([a_history(seen_at=NOON - DAY)], PageCheck(PageKind.CART, "/basket"), None, None),
        ([a_history(seen_at=NOON - DAY, gone_at=NOON)], PageCheck(PageKind.CART, "/cart", has_code=True), NOON, None),
    ],
)
def test_a_check_of_a_further_page_goes_into_its_history(
    known: list[PageHistory], check: PageCheck, seen_at: datetime | None, gone_at: datetime | None
) -> None:
    after = pages_after(known, [check], HOST, NOON)

    assert [(each.path, each.seen_at, each.gone_at) for each in after] == [(check.path, seen_at, gone_at)]
    assert from_json(to_json(after)) == after
    assert pages_after(known, [], "elsewhere.example", NOON) == ()


def a_shop(**changes: object) -> WatchedShop:
    facts: dict[str, object] = {
        "site_id": UUID(int=0),
        "created_at": NOON - 90 * DAY,
        "open_until": NOON - MINUTE,
        "visited_at": NOON - MINUTE,
        "is_set_up": True,
        "gone_at": None,
    }
    return WatchedShop(**(facts | changes))  # type: ignore[arg-type]


NEW = {"created_at": NOON - MINUTE, "visited_at": None, "is_set_up": False}


@pytest.mark.parametrize(
    ("shop", "took", "rest"),
    [
        (a_shop(open_until=NOON + MINUTE), 0.1, OPEN_SECONDS),
        (a_shop(open_until=NOON + MINUTE), 6, 12),
        (a_shop(open_until=NOON + MINUTE), 60, 30),
        (a_shop(**NEW), 0.1, NEW_SECONDS),
        (a_shop(**NEW), 6, 120),
        (a_shop(**(NEW | {"is_set_up": True, "visited_at": NOON})), 0.1, LIVE_SECONDS),
        (a_shop(**(NEW | {"created_at": NOON - 2 * DAY})), 0.1, IDLE_SECONDS),
        (a_shop(), 6, LIVE_SECONDS),
        (a_shop(gone_at=NOON - MINUTE), 6, BROKEN_SECONDS),
        (a_shop(gone_at=NOON - 2 * DAY), 6, LIVE_SECONDS),
        (a_shop(visited_at=NOON - 40 * DAY), 6, IDLE_SECONDS),
    ],
)
def test_an_open_page_is_checked_within_seconds_a_live_shop_within_half_an_hour(
    shop: WatchedShop, took: float, rest: float
) -> None:
    assert rest_seconds(shop, took, NOON) == rest


@given(st.uuids(), st.floats(0, 60))
def test_shops_drift_apart_by_their_own_ids(site_id: UUID, took: float) -> None:
    rest = rest_seconds(a_shop(site_id=site_id), took, NOON)

    assert LIVE_SECONDS <= rest <= LIVE_SECONDS * (1 + SPREAD)
