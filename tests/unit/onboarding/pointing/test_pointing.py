"""What a merchant points out is kept as data: by a strict grammar, in bounds, and nobody's contact."""

import pytest
from pydantic import ValidationError

from services.onboarding.pointing.choices import Choices, read_choices
from services.onboarding.shop.sites import Fault
from shared.events.pointing import Pointing

CART = {
    "path": "/korb",
    "line": "#korb > div.posten\n#korb > div",
    "title": "b\ndiv:nth-of-type(1) > b",
    "price": '[data-preis]\n[itemprop="price"]',
    "quantity": 'input[name^="menge["]',
    "title_reads": "Harbor Red",
}
NO_SELECTORS = [
    "div{color:red}",
    "<script>alert(1)</script>",
    "*",
    "a,b",
    "a:has(b)",
    "a::before",
    "a + b",
    "a ~ b",
    '[title="a\\"]',
    '[title="a""]',
    "[title='a']",
    "[title=a]",
    "a:nth-of-type(0)",
    "a:nth-of-type(9999)",
    "a  b",
    "a >b",
    " a",
    "a ",
    "a > ",
    "javascript:alert(1)",
    "ä",
    "a\0",
    ".1a",
    "a" * 301,
    " > ".join("a" * 13),
    "div" + ".a" * 7,
    " > ".join(["div." + "a" * 40] * 7),
    f'[title="{"x" * 81}"]',
]


def faults_of(form: dict[str, str]) -> list[str]:
    read = read_choices(form, 1)
    return [] if isinstance(read, Choices) else [fault.field for fault in read]


def test_a_cart_that_was_pointed_out_is_kept_with_its_alternatives_in_order() -> None:
    read = read_choices(CART, 3)

    assert isinstance(read, Choices)
    assert read.pointing == Pointing(
        number=3,
        path="/korb",
        line=("#korb > div.posten", "#korb > div"),
        title=("b", "div:nth-of-type(1) > b"),
        price=("[data-preis]", '[itemprop="price"]'),
        quantity=('input[name^="menge["]',),
    )
    assert read.readings == {"title": "Harbor Red"}


@pytest.mark.parametrize("selector", NO_SELECTORS)
def test_what_is_no_selector_of_the_grammar_is_refused_by_its_field(selector: str) -> None:
    assert faults_of({**CART, "price": selector}) == ["price"]
    with pytest.raises(ValidationError):
        Pointing(number=1, price=(selector,))


def test_more_than_three_alternatives_are_refused() -> None:
    assert faults_of({**CART, "total": "a\nb\ni\nu"}) == ["total"]


@pytest.mark.parametrize("missing", ["line", "title"])
def test_a_cart_without_its_line_or_title_is_refused(missing: str) -> None:
    assert faults_of({**CART, missing: ""}) == [missing]


@pytest.mark.parametrize("path", ["", "korb", "https://evil.example/korb", "/korb?who=anna", "/a b", "/" + "a" * 1024])
def test_a_cart_page_is_a_path_of_the_shop(path: str) -> None:
    assert faults_of({**CART, "path": path}) == ["path"]


@pytest.mark.parametrize(
    ("query", "is_kept"), [("route=checkout/cart", True), ("sid=83e91", False), ("a=b&c=d&e=f&g=h", False), ("route=", False)]
)
def test_only_a_part_of_the_query_that_names_a_page_is_kept(query: str, is_kept: bool) -> None:
    assert faults_of({**CART, "parameters": query}) == ([] if is_kept else ["path"])


def test_nothing_pointed_out_is_nothing_to_save() -> None:
    assert read_choices({}, 1) == [Fault("title", "Point something out before you save.")]


def test_fields_of_the_checkout_need_no_cart() -> None:
    read = read_choices({"email": "#mail", "opt_in": '[name="sms"]', "path": "/kasse"}, 1)

    assert isinstance(read, Choices)
    assert read.pointing == Pointing(number=1, email=("#mail",), opt_in=('[name="sms"]',))


@pytest.mark.parametrize("contact", ["anna@mail.example", "+49 (30) 1234-567", "call 030 1234567"])
def test_a_contact_that_a_field_held_is_not_kept_and_its_label_is(contact: str) -> None:
    with_contact = read_choices({"email": "#mail", "phone": "#tel", "email_reads": contact, "phone_reads": "Telefon"}, 1)

    assert isinstance(with_contact, Choices)
    assert with_contact.readings == {"phone": "Telefon"}
