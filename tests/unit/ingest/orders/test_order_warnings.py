"""Fields of an order as servers spell them: read where that is sure, else left empty with a warning that names them."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.orders.statuses import STATUSES, Status, to_status
from services.ingest.orders.warnings import REMEDIES, warnings_of
from shared.events.envelope import Money
from shared.events.signals import SiteSignalled
from shared.events.storefront import OrderReported
from tests.support.builders.ingest import a_rig, site_settings
from tests.unit.ingest.orders.test_order_reports import ORDER, post

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=4
)


@given(
    st.sampled_from(sorted(STATUSES)),
    st.sampled_from([" ", "_", "-", "  "]),
    st.sampled_from([str.upper, str.title, str.lower]),
)
def test_a_status_is_read_in_any_case_and_however_its_words_are_joined(word: str, between: str, case: object) -> None:
    assert callable(case)
    written = f" {case(word).replace(' ', between)} "

    assert to_status(written) == to_status(f"wc-{written.strip()}") == STATUSES[word]


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("paid", "placed"),
        ("completed", "placed"),
        ("processing", "placed"),
        ("captured", "placed"),
        ("pending", "placed"),
        ("Partially_Refunded", "placed"),
        ("refunded", "refunded"),
        ("canceled", "cancelled"),
        ("voided", "cancelled"),
        ("failed", None),
        ("not paid", None),
        ("unpaid", None),
    ],
)
def test_a_platforms_word_means_the_status_that_it_means_there(written: str, status: Status | None) -> None:
    assert to_status(written) == status


@given(JSON)
def test_any_value_of_a_status_is_one_of_ours_or_none(raw: object) -> None:
    assert to_status(raw) in (*get_args(Status), None)


@pytest.mark.parametrize(
    ("fields", "total"),
    [
        ({"total": "10,50 €", "currency": "EURO"}, Money(minor=1050, currency="EUR")),
        ({"total": "10,50 €", "currency": "euro"}, Money(minor=1050, currency="EUR")),
        ({"total": "10,50 €", "currency": "€"}, Money(minor=1050, currency="EUR")),
        ({"total": "10,50 €"}, Money(minor=1050, currency="EUR")),
        ({"total": "10.50 Euro"}, Money(minor=1050, currency="EUR")),
        ({"total": "10.50", "currency": "US$"}, Money(minor=1050, currency="USD")),
        ({"total": "$10.50"}, Money(minor=1050, currency="USD")),
    ],
)
async def test_an_amount_is_read_in_the_currency_that_it_shows(fields: dict[str, str], total: Money) -> None:
    rig = a_rig(settings=site_settings().model_copy(update={"currency": "USD", "country": "US"}))

    answer = await post(rig, {"email": "anna@shop.example", "status": "paid"} | fields)

    (event,) = rig.kafka.events()
    assert isinstance(event, OrderReported)
    assert (event.status, event.total) == ("placed", total)
    assert "warnings" not in answer.json()


@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        ({"total": "10,50 €", "currency": "USD"}, ["total"]),
        ({"total": "€ 10 or $ 11", "currency": "gold"}, ["currency", "total"]),
        ({"total": "lots", "status": "failed"}, ["total", "status"]),
        ({"total": -5}, ["total"]),
        ({"placed_at": "yesterday", "updated_at": 7, "origin": "moon"}, ["placed_at", "updated_at", "origin"]),
        ({"items": [{"product_id": "W-1", "quantity": "some", "unit_price": "?"}]}, ["items"]),
        ({"items": [{"product_id": "W-1", "quantity": 1, "unit_price": "?"}]}, ["unit_price"]),
        ({"phone": "<script>alert(1)</script>", "visitor_id": "x"}, ["visitor_id", "phone"]),
    ],
)
async def test_what_cannot_be_read_is_named_with_its_remedy(fields: dict[str, object], warned: list[str]) -> None:
    answer = await post(a_rig(), {"email": "anna@shop.example"} | fields)

    warnings = answer.json()["warnings"]
    assert answer.status_code == 200
    assert [(warning["field"], warning["remedy"]) for warning in warnings] == [(field, REMEDIES[field]) for field in warned]
    assert "script" not in answer.text


async def test_a_placeholder_that_nobody_filled_in_is_named_as_one() -> None:
    answer = await post(a_rig(), ORDER | {"total": "{{ order.total }}"})

    (warning,) = answer.json()["warnings"]
    assert (warning["field"], warning["reason"]) == ("total", "keyword_not_replaced")
    assert warning["remedy"].startswith("A place-holder came in place of its value")


@given(st.dictionaries(st.sampled_from(sorted({*REMEDIES} - {"quantity", "unit_price"})), JSON))
async def test_no_value_of_any_field_refuses_an_order_that_names_somebody(hostile: dict[str, object]) -> None:
    rig = a_rig()

    answer = await post(rig, json.dumps(hostile | {"email": "anna@shop.example"}).encode())

    assert answer.status_code == 200
    assert len(rig.kafka.events()) == 1
    assert {warning["field"] for warning in answer.json().get("warnings", [])} <= {*REMEDIES}


def test_an_order_that_was_read_whole_has_no_warnings() -> None:
    assert warnings_of(()) == []


async def test_the_merchant_is_shown_what_a_servers_order_lacks_and_that_it_is_mended() -> None:
    rig = a_rig()

    await post(rig, ORDER | {"total": "lots"})
    await post(rig, ORDER)
    await rig.ingestion.commit.drain(1)

    signals = [(event.kind, event.field) for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)]
    assert ("server_field_unread", "total") in signals
    assert ("server_order_read", None) in signals
