"""Keywords of a platform that documents none: a first code tries several spellings, an order shows which are replaced."""

import re
from typing import Any

import pytest

from deploy.demo.shop.codes import Keyword, fill_in
from services.ingest.orders.spellings import TRIED, resolve
from services.ingest.wire_fields import is_keyword
from services.onboarding.platforms import guides
from services.onboarding.setup.codes import ORDER_FIELDS, confirmation_code, found_keywords
from shared.events.signals import MOST_SPELLINGS
from tests.support.builders.ingest import site_settings

GUIDE = guides()["nexternal"]
PLATFORM = (
    Keyword("[OrderNumber]", "number", "the number of the order"),
    Keyword("{OrderAmount}", "total", "its total"),
    Keyword("[E-Mail]", "email", "the customer's address"),
)
"""As one shop may spell them, which the code does not know: this one replaces no currency and no phone."""


def code(found: dict[str, str]) -> str:
    return confirmation_code(site_settings(), "https://beacons.example", GUIDE, found)


def reported_by(pasted: str) -> dict[str, object]:
    """What a page with this code reports of an order, after the platform has put its values in."""
    page = fill_in(pasted, {"number": "1001", "total": "129.90", "email": "anna@shop.example"}, PLATFORM)
    fields = re.findall(r"(\w+):(\[.*?'\]|'[^']*')", page)
    return {name: re.findall(r"'([^']*)'", value) if value.startswith("[") else value.strip("'") for name, value in fields}


def signals_of(fields: dict[str, object]) -> dict[str, dict[str, Any]]:
    """As onboarding has them after such an order."""
    return {note.kind.value: {"sample": {"position": note.position}} for note in resolve(fields).notes}


def test_the_second_code_has_the_keywords_that_the_first_one_found() -> None:
    found = found_keywords(GUIDE, signals_of(reported_by(code({}))))
    second = code(found)

    assert found == {"order_id": "[OrderNumber]", "total": "{OrderAmount}", "email": "[E-Mail]"}
    assert "orderID:'[OrderNumber]',total:'{OrderAmount}'" in second
    assert "currency:['[Currency]'," in second, "what no order has shown is still tried"
    assert found_keywords(GUIDE, signals_of(reported_by(second))) == {}, "nothing is left to find in what has no list"


def test_both_codes_report_the_same_order() -> None:
    first = resolve(reported_by(code({}))).fields
    second = resolve(reported_by(code({"order_id": "[OrderNumber]", "total": "{OrderAmount}", "email": "[E-Mail]"}))).fields

    assert first == second
    assert {name: value for name, value in first.items() if value} == {
        "orderID": "1001",
        "total": "129.90",
        "email": "anna@shop.example",
    }


@pytest.mark.parametrize("position", [len(GUIDE.keywords["order_id"]), None])
def test_a_keyword_that_the_merchant_added_to_a_pasted_code_is_not_taken_for_another(position: int | None) -> None:
    assert found_keywords(GUIDE, {"order_id_keyword": {"sample": {"position": position}}}) == {}


@pytest.mark.parametrize("field", GUIDE.keywords)
def test_every_spelling_is_known_as_a_keyword_when_it_comes_back_as_it_is(field: str) -> None:
    spellings = GUIDE.keywords[field]

    assert [each for each in spellings if not is_keyword(each)] == []
    assert len(set(spellings)) == len(spellings) <= MOST_SPELLINGS
    assert field in {name for name, _ in TRIED.values()} == set(ORDER_FIELDS.values())
