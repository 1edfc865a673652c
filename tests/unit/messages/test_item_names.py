"""Names from unsigned beacons: what could be an address, a number or an instruction is not shown, however it is disguised."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.push.payload import ReportTo, payload_of
from services.notify.http.links import cart_event
from shared.events.envelope import CartItem, Money
from shared.events.nudge import NudgedCart
from shared.messages.item_names import ANY_ITEM, LONGEST_NAME, item_name, name_hash, page_name, shown_name, shown_path
from shared.messages.push import render_push
from shared.messages.rendering import DEFAULT_TEMPLATE, ReminderFields, render
from tests.support.builders.notify import a_due_nudge, a_site

FOLDER = Path(__file__).parent
INJECTED = FOLDER.joinpath("injected_titles.txt").read_text().split("\n")[:-1]
GENUINE = FOLDER.joinpath("genuine_titles.txt").read_text().split("\n")[:-1]
REFUSED = FOLDER.joinpath("genuine_titles_refused.txt").read_text().split("\n")[:-1]
WORDS = st.lists(st.sampled_from(["Barolo", "Harbor", "Red", "2016", "Nº 5", "0.75 l", "&", "XL"]), max_size=4)


def test_the_corpus_is_large_enough() -> None:
    assert len(INJECTED) >= 130
    assert len(GENUINE) >= 80


@pytest.mark.parametrize("title", INJECTED)
def test_an_injected_title_is_not_shown(title: str) -> None:
    assert shown_name(title) is None
    assert item_name(title, "W-1") == "W-1"
    assert item_name(title, title) == ANY_ITEM


@pytest.mark.parametrize("title", GENUINE)
def test_a_genuine_title_is_shown(title: str) -> None:
    assert shown_name(title) == unicodedata.normalize("NFKC", title)


@pytest.mark.parametrize("title", REFUSED)
def test_the_genuine_titles_that_are_refused_are_known(title: str) -> None:
    assert shown_name(title) is None


@given(WORDS, st.sampled_from(INJECTED), WORDS)
def test_an_injection_among_honest_words_is_not_shown(before: list[str], injected: str, after: list[str]) -> None:
    assert shown_name(" ".join([*before, injected, *after])) is None


@given(st.text(max_size=300))
def test_whatever_is_shown_is_short_and_visible_and_holds_no_address(text: str) -> None:
    shown = shown_name(text)

    if shown is not None:
        assert 1 <= len(shown) <= LONGEST_NAME
        assert not any(unicodedata.category(character)[0] == "C" for character in shown)
        assert not re.search(r"\w\.[a-z]{2}|\d{6}|@|//", shown)


def test_a_long_name_is_cut_at_a_word() -> None:
    assert shown_name("Harbor Red, a wine from the old vineyards above the sea") == "Harbor Red, a wine from the old…"
    assert len(shown_name("H" * 200) or "") == LONGEST_NAME


def test_what_nobody_sees_is_not_shown_either() -> None:
    assert shown_name("Har\u200bbor\u202e Red\ufeff\n\t2016") == "Harbor Red 2016"
    assert shown_name("\u3164\u2800 \u200f") is None


@pytest.mark.parametrize("path", ["/", "/cart", "/wines/barolo-2016.html", "/a/b%20c/", "/p/caf%C3%A9", "/shop;v=1/x~y"])
def test_a_path_of_the_shop_is_kept(path: str) -> None:
    assert shown_path(path) == path


PATHS = [
    "//evil.tld",
    "/\\evil.tld",
    "/out/https://evil.tld",
    "/out/https:evil",
    "/go/evil.com",
    "/r/http%3A%2F%2Fevil",
    "x",
    "",
]


@pytest.mark.parametrize("path", [*PATHS, "/" + "a" * 600, "/a b", "/\u202e", "/@evil", "/a%0d%0aSet-Cookie"])
def test_a_path_that_may_lead_elsewhere_is_not_followed(path: str) -> None:
    assert shown_path(path) is None


@pytest.mark.parametrize("title", INJECTED)
def test_no_message_and_no_restored_cart_repeats_an_injected_title(title: str) -> None:
    price = Money(minor=1, currency="USD")
    item = CartItem(product_id="W-1", name=f"Zzyzx {title}", quantity=1, unit_price=price, path="/go/evil.com")
    cart = NudgedCart(items=(item,), total=None, return_path="/go/evil.com")
    due, fields = a_due_nudge(cart=cart), ReminderFields("Harbor & Vine", 1, "https://go.example/l/0")

    text = render(DEFAULT_TEMPLATE, fields)
    push = payload_of(due, "a" * 32, render_push(None, fields), fields.link, ReportTo("https://in.example", "bk_1"))

    assert "Zzyzx" not in text + push
    assert cart_event(cart, a_site(page_names=(name_hash(item.name),)))["items"] == [
        {"productID": "W-1", "productName": "", "quantity": 1, "productPrice": "0.01", "productURL": None}
    ]


HOSTILE = FOLDER.joinpath("hostile_titles_refused.txt").read_text().split("\n")[:-1]
PASSED = FOLDER.joinpath("hostile_titles_passed.txt").read_text().split("\n")[:-1]
PRODUCTS = FOLDER.joinpath("product_names.txt").read_text().split("\n")[:-1]


def test_hostile_titles_of_every_kind_are_refused_but_for_those_that_are_known() -> None:
    assert len(HOSTILE) + len(PASSED) >= 500
    assert [title for title in HOSTILE if shown_name(title) is not None] == []
    assert [title for title in PASSED if shown_name(title) is None] == [], "refused now: move it to the other list"


def test_real_names_of_products_stay_readable() -> None:
    refused = [name for name in PRODUCTS if shown_name(name) is None]

    assert len(PRODUCTS) >= 500
    assert refused == ["Gardena 18262-20", "Continental GP5000 25-622"]


def test_a_name_that_passes_the_filter_is_shown_only_if_the_shops_pages_bear_it() -> None:
    known = frozenset(name_hash(name) for name in PRODUCTS)

    assert [title for title in HOSTILE + PASSED if page_name(title, known) is not None] == []
    assert [name for name in PRODUCTS if page_name(name, known) is None] == ["Gardena 18262-20", "Continental GP5000 25-622"]


@given(st.lists(st.sampled_from(HOSTILE + PASSED), min_size=2, max_size=4).map(" ".join), st.integers(1, 3))
def test_titles_cut_across_lines_mean_nothing_together(title: str, cut: int) -> None:
    """Words of no page are not shown, so there is nothing that lines could spell together."""
    words = title.split()
    known = frozenset(name_hash(name) for name in PRODUCTS)
    lines = [" ".join(words[at : at + cut]) for at in range(0, len(words), cut)]

    shown = [name for line in lines if (name := page_name(line, known)) is not None]

    assert {name.casefold() for name in shown} <= {name.casefold() for name in PRODUCTS}
