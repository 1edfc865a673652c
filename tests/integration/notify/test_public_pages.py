"""What a link opens: the shop, the cart, a way out; nothing about a person, nothing changed by reading."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from shared.events.envelope import CartItem, Money
from shared.events.message import ShopperOptedOut
from shared.events.nudge import NudgedCart
from shared.events.settings import Look
from shared.messages.item_names import name_hash, shown_name
from shared.runtime.ids import new_token_base62
from tests.support.builders.notify import ANNAS_NUMBER, a_due_nudge
from tests.support.builders.notify_answers import granted, now
from tests.support.processes.notify import Bench

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title><svg/onload=alert(1)>",
    "{{7*7}}{% raw %}",
    "javascript:alert(1)",
]


async def a_link(bench: Bench, cart: NudgedCart | None = None) -> str:
    """The token in a reminder that was sent."""
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    changes = {} if cart is None else {"cart": cart}
    await bench.nudges(a_due_nudge(abandoned_at=now() - timedelta(minutes=1), **changes))
    (ask,) = await bench.asks()
    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "accepted")
    return bench.carrier.bodies[-1].split("/l/")[1].split()[0]


async def names_on_the_shops_pages(bench: Bench, *names: str) -> None:
    """As onboarding's watcher has seen them."""
    await bench.open_shop(revision=2, page_names=tuple(name_hash(name) for name in names))


async def test_a_link_leads_to_the_shop_with_its_token_in_the_fragment(bench: Bench) -> None:
    token = await a_link(bench)

    answer = await bench.http.get(f"/l/{token}")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"http://shop.localhost:8703/cart#beckon={token}"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_cart_is_returned_to_the_shops_own_pages_alone(bench: Bench) -> None:
    token = await a_link(bench)
    await names_on_the_shops_pages(bench, "Barolo")

    own = await bench.http.get(f"/l/{token}/cart", headers={"Origin": "https://vine.example"})
    foreign = await bench.http.get(f"/l/{token}/cart", headers={"Origin": "https://evil.example"})

    assert own.headers["Access-Control-Allow-Origin"] == "https://vine.example"
    assert "Access-Control-Allow-Credentials" not in own.headers
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert own.json() == {
        "items": [
            {
                "productID": "w1",
                "productName": "Barolo",
                "quantity": 2,
                "productPrice": "64.95",
                "productURL": "/wines/barolo",
            }
        ],
        "total": "129.90",
        "currency": "USD",
        "return_path": "/cart",
        "restore_path": None,
    }


async def test_a_platform_that_can_rebuild_a_cart_is_named_its_own_address_for_it(bench: Bench) -> None:
    items = (CartItem(product_id="70881412", quantity=2), CartItem(product_id="70881382", quantity=1))
    token = await a_link(bench, NudgedCart(items=items, total=None, return_path="/cart"))
    await bench.open_shop(revision=2, platform="shopify")

    restored = (await bench.http.get(f"/l/{token}/cart")).json()

    assert restored["restore_path"] == "/cart/70881412:2,70881382:1?storefront=true"


async def test_the_saved_cart_leads_to_the_page_of_each_good_and_without_one_to_the_cart(bench: Bench) -> None:
    items = (CartItem(product_id="101", quantity=2), CartItem(product_id="w2", quantity=1, path="/acct/Barolo-p2.aspx"))
    token = await a_link(bench, NudgedCart(items=items, total=None, return_path="/acct/invoice.aspx"))

    saved = (await bench.http.get(f"/l/{token}/saved")).text

    shop = "http://shop.localhost:8703/acct"
    assert re.findall(r'<p><a href="([^"]+)" rel="noreferrer">Item<', saved) == [
        f"{shop}/invoice.aspx",
        f"{shop}/Barolo-p2.aspx",
    ]


async def test_no_page_names_whom_it_is_for(bench: Bench) -> None:
    token = await a_link(bench)

    for path in (f"/l/{token}", f"/l/{token}/cart", f"/l/{token}/saved", f"/u/{token}"):
        answer = await bench.http.get(path)
        assert ANNAS_NUMBER[2:] not in answer.text
        assert "i1.p1" not in answer.text


async def test_a_get_changes_nothing(bench: Bench) -> None:
    token = await a_link(bench)
    before = len(await bench.emitted())

    for path in (f"/l/{token}", f"/l/{token}/cart", f"/l/{token}/saved", f"/u/{token}"):
        assert (await bench.http.get(path)).status_code in (200, 302)
        assert (await bench.http.head(path)).status_code in (200, 302)

    assert len(await bench.emitted()) == before
    assert await bench.pool.fetchval("SELECT count(*) FROM notify.suppressions") == 0


async def test_the_button_takes_the_number_off_at_once_and_once(bench: Bench) -> None:
    token = await a_link(bench)

    pages = [await bench.http.post(f"/u/{token}") for _ in range(2)]

    (emitted,) = await bench.emitted(ShopperOptedOut)
    assert emitted.by == "link"
    assert {page.status_code for page in pages} == {200}
    assert "no more messages" in pages[0].text
    assert await bench.pool.fetchval("SELECT lifted_at IS NULL FROM notify.suppressions")


async def test_a_token_with_one_character_changed_opens_nothing(bench: Bench) -> None:
    token = await a_link(bench)
    changed = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token))]

    for wrong in [*changed, token + "A", token[:-1], token.swapcase(), "x" * 5000]:
        for path in (f"/l/{wrong}", f"/l/{wrong}/cart", f"/l/{wrong}/saved", f"/u/{wrong}"):
            assert (await bench.http.get(path)).status_code == 404
        assert (await bench.http.post(f"/u/{wrong}")).status_code == 404

    assert await bench.pool.fetchval("SELECT count(*) FROM notify.suppressions") == 0


async def test_guessing_finds_nothing(bench: Bench) -> None:
    await a_link(bench)

    answers = [(await bench.http.get(f"/l/{new_token_base62(17)}")).status_code for _ in range(300)]

    assert set(answers) == {404}


async def test_a_strangers_text_is_shown_on_no_page(bench: Bench) -> None:
    named = [("Account locked, visit evil.tld", "evil.tld"), ("Call 1-800-555-0199", "w2"), ("Zadzwoń do nas", "Idiot"),
             ("Barolo 2016", "w3")]  # fmt: skip
    items = tuple(CartItem(product_id=number, name=name, quantity=1, path="/go/evil.tld") for name, number in named)
    token = await a_link(bench, NudgedCart(items=items, total=None, return_path="/out/https://evil.tld"))
    await names_on_the_shops_pages(bench, "Barolo 2016", "Call 1-800-555-0199")

    saved = (await bench.http.get(f"/l/{token}/saved")).text
    restored = (await bench.http.get(f"/l/{token}/cart")).json()
    followed = await bench.http.get(f"/l/{token}")

    assert [word for word in ("locked", "evil", "555", "Zadzwo", "Idiot", "w2") if word in saved] == []
    assert all(f">{word}</a>" in saved for word in ("Item", "Barolo 2016"))
    assert [item["productName"] for item in restored["items"]] == ["", "", "", "Barolo 2016"]
    assert restored["return_path"] is None
    assert followed.headers["Location"] == f"http://shop.localhost:8703/#beckon={token}"


async def test_a_link_ends_after_60_days(bench: Bench) -> None:
    token = await a_link(bench)

    await bench.pool.execute("UPDATE notify.links SET created_at = created_at - interval '60 days'")

    assert (await bench.http.get(f"/l/{token}")).status_code == 404


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_a_beacon_names_is_text_on_the_page(bench: Bench, attack: str) -> None:
    price = Money(minor=1, currency="USD")
    item = CartItem(
        product_id="w1", name=attack, quantity=1, unit_price=price, path="/x", image_path='/x"onerror=alert(1)/a.png'
    )
    token = await a_link(bench, NudgedCart(items=(item,), total=None, return_path=None))
    await bench.open_shop(revision=2, page_names=(name_hash(attack),), name=attack[:64], look=Look(language="es"))

    page = await bench.http.get(f"/l/{token}/saved")

    reader = Elements()
    reader.feed(page.text)
    assert not {"script", "img", "svg"} & set(reader.tags)
    assert all(
        name in {"charset", "name", "content", "rel", "href", "class", "lang", "aria-hidden"} for name in reader.attributes
    )
    assert all(re.match(r"(?:http://shop\.localhost:8703/|/)", address) for address in reader.addresses)
    assert (shown_name(attack) or "Artículo") in reader.text
    assert reader.text.count(attack) >= 2, "the shop's own name, as text"
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


class Elements(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("suffix", "page"),
    [("?was=korb", "/seite.php?was=korb"), ("#/cart", "/seite.php"), ("?was=//www.evil.example", "/seite.php")],
)
async def test_a_link_leads_to_the_carts_page_where_its_path_is_not_enough(bench: Bench, suffix: str, page: str) -> None:
    cart = NudgedCart(
        items=(CartItem(product_id="w1", quantity=1),), total=None, return_path="/seite.php", return_suffix=suffix
    )
    token = await a_link(bench, cart)

    answer, restored = await bench.http.get(f"/l/{token}"), (await bench.http.get(f"/l/{token}/cart")).json()

    assert answer.headers["Location"] == f"http://shop.localhost:8703{page}#beckon={token}"
    assert restored["return_path"] == ("/seite.php" + (suffix if "evil" not in suffix else ""))


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "/..//evil.example"])
async def test_a_return_path_cannot_lead_away_from_the_shop(bench: Bench, path: str) -> None:
    item = CartItem(product_id="w1", quantity=1)
    token = await a_link(bench, NudgedCart(items=(item,), total=None, return_path=path))

    answer = await bench.http.get(f"/l/{token}")

    assert answer.headers["Location"].startswith("http://shop.localhost:8703/")
