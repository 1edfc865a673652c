"""Which items' names a shop's page bears: its title and its products, and never what a visitor may have written there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.onboarding.shop_pages.page_names import LONGEST_SCRIPT, MOST_NODES, names_on, stands_on
from shared.messages.item_names import name_hash, page_name
from tests.support.ratios import holds_ratio


def linked(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


PRODUCT = {"@type": "Product", "name": "Levi's 501 Original", "review": [{"@type": "Product", "name": "Ring 0800"}]}
PAGE = (
    "<html><head><title>Old Harbor Red &ndash; 0.75 l | Harbor &amp; Vine</title>"
    '<meta property="og:title" content="Old Harbor Red 2016"><meta itemprop=name content="Barolo DOCG">'
    + linked({"@graph": [PRODUCT, {"@type": "Person", "name": "Call me"}]}, [{"@type": ["Product"], "name": "7-Up 1.5L"}])
    + "</head><body><h1>Zadzwoń do nas</h1></body></html>"
).encode()


@pytest.mark.parametrize(
    ("name", "stands"),
    [
        ("Old Harbor Red", True),
        ("OLD  HARBOR RED", True),
        ("Old Harbor Red 2016", True),
        ("Old Harbor Red 0.75 l", True),
        ("Barolo DOCG", True),
        ("Barolo DOCG 750 ml", True),
        ("Levi's 501 Original", True),
        ("Levi's 501 Original XL", True),
        ("Levi's 501 Original - 32 / 34", True),
        ("7-Up 1.5L", True),
        ("Old Harbor", True),
        ("Harbor", False),
        ("Zadzwoń do nas", False),
        ("Call me", False),
        ("Ring 0800", False),
        ("Old Harbor Red zadzwoń teraz", False),
        ("Old Harbor Red 0800 555 019", False),
        ("Old Harbor Redcall", False),
        ("", False),
        ("\u200b", False),
    ],
)
def test_a_name_stands_on_a_page_whole_or_with_its_variant(name: str, stands: bool) -> None:
    assert stands_on(name, names_on(PAGE)) is stands


@pytest.mark.parametrize(
    ("page", "names"),
    [
        (linked({"@type": "Product", "name": 5}), set()),
        (linked({"@type": {"Product": 1}, "name": "x"}), set()),
        ('<script type="application/ld+json">' + "[" * 100_000 + "</script>", set()),
        ('<script type="application/ld+json">{"@type": "Product", "name": "\\ud800"}</script>', set()),
        ('<script type="application/ld+json">' + "1" * 10_000 + "</script>", set()),
        (linked({"@graph": [{"@type": "Product", "name": "a"}] * (MOST_NODES * 2)}), {"a"}),
        (linked({"@graph": [{"@type": "Product", "name": "a"}] * (MOST_NODES * 10)}), set()),  # longer than what is read
        ("<title>" + "| " * 10_000, set()),
    ],
)
def test_no_page_keeps_its_names_from_being_read(page: str, names: set[str]) -> None:
    assert names_on(f"<title>Harbor</title>{page}".encode("utf-8", "surrogatepass")) == names | {"harbor"}


@given(st.binary(max_size=500))
def test_whatever_a_page_is_its_names_are_a_set_of_texts(page: bytes) -> None:
    assert all(name == name.strip() for name in names_on(page))


@pytest.mark.parametrize("part", ["<title>", " | ", '<meta property=og:title content="', '{"@graph":[', '"name":"'])
def test_names_are_read_in_time_that_grows_with_the_page(part: str) -> None:
    def page(size: int) -> bytes:
        return b'<script type="application/ld+json">' + part.encode() * (size // len(part))

    assert holds_ratio(names_on, page(LONGEST_SCRIPT // 2), page(LONGEST_SCRIPT), ratio=4)


def test_a_name_is_shown_only_where_a_page_bears_it_and_it_passes_the_filter() -> None:
    known = [name_hash(name) for name in ("Old Harbor Red", "Call 0800 555 0199")]

    assert page_name("old harbor RED", known) == "old harbor RED"
    assert page_name("Old\u200b Harbor Red", known) == "Old Harbor Red"
    assert [page_name(name, known) for name in ("Zadzwoń do nas", "Call 0800 555 0199", "")] == [None, None, None]
