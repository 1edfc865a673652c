"""Orders as servers of all kinds write them: what leaves no doubt is read, and the rest is named with its remedy."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.orders.moments import zoned
from shared.events.envelope import ContactKind, IdentityKind, Money
from shared.events.signals import SiteSignalled
from shared.events.storefront import OrderReported
from shared.runtime.security.sealing import contact_index
from tests.support.builders.ingest import PEPPER, Rig, a_rig, site_settings
from tests.unit.ingest.orders.test_order_reports import ORDER, post
from tests.unit.ingest.orders.test_order_warnings import JSON

ANNA = contact_index(PEPPER, ContactKind.EMAIL, "anna@shop.example")
TEN_FIFTY = Money(minor=1050, currency="USD")
WINE = {"product_id": "W-1", "name": "Harbor Red", "quantity": 2, "unit_price": "64.95"}
PLAIN = {"order_id": "1001", "email": "anna@shop.example", "total": "10.50"}


def an_american_shop() -> Rig:
    return a_rig(settings=site_settings().model_copy(update={"currency": "USD", "country": "US"}))


def the_order(rig: Rig) -> OrderReported:
    (event,) = rig.kafka.events()
    assert isinstance(event, OrderReported)
    return event


@pytest.mark.parametrize(
    "sent",
    [
        {"orderID": "1001", "e-mail": "anna@shop.example", "Total": 10.5},
        {"orderId": 1001, "emailAddress": "Anna <anna@shop.example>", "orderTotal": " 10.50"},
        {"order_number": "1001", "id": 45078, "customer_email": "mailto:anna@shop.example", "total_price": "$10.50"},
        {"number": 1001.0, "billing": {"email": "anna@shop.example"}, "total": {"amount": "10.50", "currency": "usd"}},
        {"id": "1001", "customer": {"email": ["anna@shop.example"]}, "total": {"value": 10.5, "currencyCode": "USD"}},
        {"order-id": ["1001"], "order_id": "", "EMAIL": "anna@shop.example", "total": "10,50", "currency": "us$"},
    ],
)
async def test_an_order_is_read_under_the_names_that_platforms_have(sent: dict[str, object]) -> None:
    rig = an_american_shop()

    answer = await post(rig, sent)

    event = the_order(rig)
    assert (event.order_id, event.total, [each.index for each in event.identities]) == ("1001", TEN_FIFTY, [ANNA])
    assert "warnings" not in answer.json()


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([PLAIN]).encode(),
        json.dumps({"order": PLAIN}).encode(),
        json.dumps({"orders": [PLAIN]}).encode(),
        json.dumps(json.dumps(PLAIN)).encode(),
        json.dumps(PLAIN).encode("utf-8-sig"),
        json.dumps(PLAIN).encode("utf-16"),
        b"order_id=1001&email=anna%40shop.example&total=10.50",
    ],
)
async def test_the_one_order_of_a_body_is_found_however_it_is_wrapped(body: bytes) -> None:
    rig = an_american_shop()

    answer = await post(rig, body)

    event = the_order(rig)
    assert (event.order_id, event.total, event.identities[0].index) == ("1001", TEN_FIFTY, ANNA)
    assert "warnings" not in answer.json()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Rosé".encode("latin-1"), "Rosé"),
        ("Rosé".encode(), "Rosé"),
        (b"Wine " + "🍷".encode()[:3], "Wine \N{REPLACEMENT CHARACTER}"),
    ],
)
async def test_names_in_latin_1_and_in_utf_8_are_both_read(written: bytes, name: str) -> None:
    rig = an_american_shop()

    await post(rig, b'{"email": "anna@shop.example", "items": [{"sku": "W-1", "qty": 1, "title": "' + written + b'"}]}')

    assert [item.name for item in the_order(rig).items] == [name]


@pytest.mark.parametrize(
    "items",
    [
        [WINE],
        WINE,
        {"1": WINE},
        [{"sku": "W-1", "productName": "Harbor Red", "qty": "2", "price": "$64.95"}],
        [{"productID": "W-1", "title": "Harbor Red", "quantity": 2, "price": {"amount": "64.95", "currency": "USD"}}],
    ],
)
async def test_the_lines_of_an_order_are_read_in_the_shapes_that_servers_have(items: object) -> None:
    rig = an_american_shop()

    answer = await post(rig, PLAIN | {"items": items})

    (line,) = the_order(rig).items
    assert (line.product_id, line.name, line.quantity) == ("W-1", "Harbor Red", 2)
    assert line.unit_price == Money(minor=6495, currency="USD")
    assert "warnings" not in answer.json()


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-25T10:00:00Z",
        "2026-11-25 11:00:00 +0100",
        "2026-11-25 10:00:00 UTC",
        "Wed, 25 Nov 2026 10:00:00 GMT",
        1795600800,
        1795600800000,
        "1795600800",
    ],
)
def test_a_moment_with_its_zone_is_read_as_servers_write_it(written: object) -> None:
    assert zoned(written) == datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.mark.parametrize("written", ["2026-11-25T10:00:00", "2026-11-25", "Wed, 25 Nov 2026 10:00:00", 20261125, True, 10**400])
def test_a_moment_without_its_zone_is_none(written: object) -> None:
    assert zoned(written) is None


@pytest.mark.parametrize(
    ("sent", "warned"),
    [
        ({"curency": "USD"}, [("curency", "unknown_field", "Did you mean currency?")]),
        ({"foo": "bar"}, [("foo", "unknown_field", "No field of this name is read.")]),
        ({"total": {"amount": 1050, "currency": "USD"}}, [("total", "unreadable_field", "Send the amount")]),
        ({"total": {"amount": "10.50", "currency": "EUR"}, "currency": "USD"}, [("total", "unreadable_field", "Send")]),
        ({"phone": ["+14155550123", "+14155550124"]}, [("phone", "unreadable_field", "Send the number")]),
        ({"placed_at": "2026-11-25T10:00:00"}, [("placed_at", "unreadable_field", "Send a moment")]),
    ],
)  # fmt: skip
async def test_what_leaves_a_doubt_is_warned_of(sent: dict[str, object], warned: list[tuple[str, str, str]]) -> None:
    answer = await post(an_american_shop(), {"order_id": "1001", "email": "anna@shop.example"} | sent)

    warnings = answer.json()["warnings"]
    assert [(each["field"], each["reason"]) for each in warnings] == [(field, reason) for field, reason, _ in warned]
    assert all(each["remedy"].startswith(remedy) for each, (_, _, remedy) in zip(warnings, warned, strict=True))


async def test_a_whole_order_of_a_platform_gets_ten_warnings_at_most() -> None:
    answer = await post(a_rig(), ORDER | {f"zz{number}": number + 1 for number in range(500)} | {"note": "", "tags": []})

    assert len(answer.json()["warnings"]) == 10


async def test_a_guest_of_whom_the_shop_writes_customer_0_is_no_customer() -> None:
    rig = a_rig()

    answer = await post(rig, ORDER | {"customer_id": 0})

    assert [each.kind for each in the_order(rig).identities] == [IdentityKind.EMAIL]
    assert "warnings" not in answer.json()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (json.dumps([PLAIN, PLAIN]).encode(), "several_orders"),
        (json.dumps({"orders": [PLAIN, PLAIN]}).encode(), "several_orders"),
        (b"", "malformed"),
        (b"[]", "malformed"),
        (b"null", "malformed"),
        (b"colour=red", "malformed"),
        (b"\xff\xfe\x00", "malformed"),
        (b'{"email": "anna@shop.example",}', "malformed"),
    ],
)
async def test_a_body_of_none_or_of_several_orders_is_refused(body: bytes, reason: str) -> None:
    rig = a_rig()

    answer = await post(rig, body)

    assert (answer.status_code, answer.json()["reason"]) == (400, reason)
    assert rig.kafka.events() == []


async def test_an_order_of_nobody_is_refused_with_what_could_not_be_read_of_it() -> None:
    rig = a_rig()

    answer = await post(rig, {"order_id": "1001", "email": "anna", "phonne": "+14155550123"})
    await rig.ingestion.commit.drain(1)

    assert (answer.status_code, answer.json()["reason"]) == (400, "no_identity")
    assert [(each["field"], each["remedy"]) for each in answer.json()["warnings"]] == [
        ("email", "Send one e-mail address, such as anna@shop.example."),
        ("phonne", "Did you mean phone? Nothing of this name is read."),
    ]
    signals = [(event.kind, event.field) for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)]
    assert ("server_field_unread", "email") in signals


@given(st.dictionaries(st.text(max_size=8) | st.sampled_from(["Total", "customer", "billing", "line_items", "price"]), JSON))
async def test_no_field_of_any_name_refuses_an_order_that_names_somebody(hostile: dict[str, object]) -> None:
    rig = a_rig()

    answer = await post(rig, json.dumps(hostile | {"email": "anna@shop.example"}).encode())

    assert (answer.status_code, len(rig.kafka.events())) == (200, 1)


@given(st.binary(max_size=64))
async def test_any_bytes_are_answered(body: bytes) -> None:
    answer = await post(a_rig(), body)

    assert answer.status_code in (200, 400)
