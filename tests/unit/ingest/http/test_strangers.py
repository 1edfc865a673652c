"""Whatever a stranger sends to ingest is answered, is never sent again for ever, and what is kept can be stored everywhere."""

import hmac
import json
import re
from base64 import b64encode
from hashlib import sha256
from inspect import getsource
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.ingest.orders import webhooks
from shared.events.codec import encode
from shared.events.storefront import OrderReported
from shared.runtime.http.order_api import WEBHOOKS_PATH, Order
from tests.support.builders.ingest import (
    API_SECRET,
    CHROME,
    KEY_ID,
    SITE,
    SITE_KEY,
    VISITOR,
    Rig,
    a_body,
    a_cart_event,
    a_rig,
    an_event,
    site_settings,
)
from tests.support.hostile_beacons import EVENT_TYPES, FIELDS, LINE_FIELDS
from tests.support.processes.ingest_client import a_client, post
from tests.support.strangers import HEADERS, HOSTILE_TEXTS, TEXTS, VALUES

LINES = st.fixed_dictionaries({}, optional=dict.fromkeys(LINE_FIELDS, VALUES))
DATA = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUES) | {"items": VALUES | st.lists(LINES, max_size=2)})
EVENTS = st.fixed_dictionaries(
    {"t": st.sampled_from(EVENT_TYPES) | VALUES, "d": DATA | VALUES}, optional={"i": VALUES, "a": VALUES, "p": VALUES}
)
BODIES = st.fixed_dictionaries(
    {"k": st.just(SITE_KEY), "u": st.just(VISITOR) | VALUES, "e": st.lists(EVENTS, min_size=1, max_size=3) | VALUES},
    optional={"z": VALUES, "v": VALUES},
)
ORDERS = st.fixed_dictionaries(
    {"email": st.just("anna@shop.example") | VALUES}, optional=dict.fromkeys(set(Order.model_fields) - {"email"}, VALUES)
)
OF_SHOPIFY = sorted({*re.findall(r'\.get\("(\w+)"\)', getsource(webhooks)), "customer", "shipping_address", "billing_address"})
PARTS = st.fixed_dictionaries({}, optional=dict.fromkeys(OF_SHOPIFY, VALUES))
WEBHOOK_ORDERS = st.fixed_dictionaries(
    {"email": st.just("anna@shop.example")},
    optional=dict.fromkeys(set(OF_SHOPIFY) - {"email"}, VALUES)
    | {"customer": VALUES | PARTS, "line_items": VALUES | st.lists(PARTS | VALUES, max_size=3)},
)
MANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
BEARER = {"authorization": f"Bearer bsk_{KEY_ID}_{API_SECRET}"}


def written(content: object) -> bytes:
    return json.dumps(content).encode()


def assert_storable(rig: Rig) -> None:
    """As PostgreSQL and the readers of the topic take it."""
    for event in [*rig.kafka.events(), *rig.kafka.events("site-signals")]:
        assert b"\\u0000" not in encode(event).value


@MANY
@given(BODIES)
@example(a_body(an_event("consent.given") | {"d": {"phone": "+12125550147", "text": "yes", "box_state": []}}))
@example(a_body(an_event("page.seen") | {"p": "\ud800", "i": "\ud800\0"}))
@example(a_body(an_event("order.reported", orderID=10**4200, total=float("inf"), customerID="\0")))
async def test_any_beacons_are_answered_for_good(body: dict[str, Any]) -> None:
    rig = a_rig()

    answer = await post(rig, written(body))
    rig.ingestion.signals.sweep(5000.0)
    await rig.ingestion.commit.drain(1)

    assert answer.status_code < 500, answer.text
    assert_storable(rig)


@MANY
@given(ORDERS)
@example({"email": "anna@shop.example", "placed_at": "9999-12-31T23:59:59-14:00", "updated_at": "0001-01-01T00:00:00+14:00"})
@example({"email": "anna@shop.example", "placed_at": "2016-12-31T23:59:60Z"})
@example({"email": "anna@shop.example", "origin": [[]], "status": {}, "order_id": "\ud800"})
async def test_any_order_that_names_somebody_is_taken(order: dict[str, Any]) -> None:
    rig = a_rig()

    async with a_client(rig) as client:
        answer = await client.post("/v1/orders", content=written(order), headers=BEARER)

    named = order["email"] == "anna@shop.example"
    assert answer.status_code == 200 if named else answer.status_code in (200, 400), answer.text
    assert len(rig.kafka.events()) == (answer.status_code == 200)
    assert_storable(rig)


@MANY
@given(WEBHOOK_ORDERS)
@example({"email": "anna@shop.example", "cart_token": 10**4200, "source_name": [[]]})
async def test_any_signed_webhook_that_names_somebody_is_taken(order: dict[str, Any]) -> None:
    secret = "s" * 64
    rig = a_rig(settings=site_settings(platform="shopify", webhook_secret=secret))
    body = written({name: value for name, value in order.items() if name not in ("created_at", "updated_at")})
    signature = b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()

    async with a_client(rig) as client:
        headers = {"x-shopify-topic": "orders/create", "x-shopify-hmac-sha256": signature}
        answer = await client.post(f"{WEBHOOKS_PATH}?site={SITE}", content=body, headers=headers)

    assert (answer.status_code, len(rig.kafka.events())) == (200, 1), answer.text
    assert_storable(rig)


@pytest.mark.parametrize(
    "spoiled",
    [
        b'"x": ' + b"[" * 30_000 + b"]" * 30_000,
        b'"x": ' + 60_000 * b"9",
        b'"x": 1e400, "x": NaN',
        b'"x": "\xff\xfe\\ud800"',
        b'"email": "bella@shop.example"',
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
async def test_an_order_is_taken_whatever_stands_beside_it(spoiled: bytes, mark: bytes) -> None:
    rig = a_rig()

    async with a_client(rig) as client:
        body = mark + b'{"email": "anna@shop.example", ' + spoiled + b"}"
        answer = await client.post("/v1/orders", content=body, headers=BEARER)

    assert answer.status_code == 200
    assert [type(event) for event in rig.kafka.events()] == [OrderReported]


async def test_a_neighbour_that_is_nested_too_deeply_costs_itself() -> None:
    rig = a_rig()
    order, cart = written(an_event("order.reported", "a", orderID="1")), written(a_cart_event("b"))
    deep = b'{"i": "c", "t": "cart.updated", "d": {"items": ' + b"[" * 20_000 + b"]" * 20_000 + b"}}"
    body = written(a_body(visitor=VISITOR)).replace(b'"e": []', b'"e": [' + b", ".join([order, deep, cart]) + b"]")

    answer = await post(rig, body)

    assert answer.status_code == 422
    assert len(rig.kafka.events()) == 2


@MANY
@given(st.dictionaries(st.sampled_from(["o", "t", "c", "u", "k"]), TEXTS), HEADERS, HEADERS)
async def test_any_query_and_header_is_answered(query: dict[str, str], value: bytes, other: bytes) -> None:
    rig = a_rig()
    plain = {name: text.encode("utf-8", "replace").decode()[:2000] for name, text in query.items()}
    headers = {b"origin": value, b"referer": other, b"user-agent": CHROME.encode(), b"cookie": value, b"if-none-match": other}
    signed = {b"beckon-signature": value, b"authorization": other, b"x-forwarded-for": value, b"content-encoding": other}

    async with a_client(rig) as client:
        answers = [
            await client.get("/v1/p.gif", params={"k": SITE_KEY, "u": VISITOR} | plain, headers=headers),
            await client.get(f"/s/{SITE_KEY}.js", params=plain, headers=headers | {b"host": value or b"ingest"}),
            await client.get(f"/s/{quote(plain.get('k', 'x'))}.js", headers=headers),
            await client.post("/v1/beacons", content=written(a_body(a_cart_event())), headers=headers | signed),
            await client.post("/v1/orders", content=b"{}", headers=signed),
            await client.options("/v1/beacons", headers=headers),
        ]

    assert max(answer.status_code for answer in answers) < 500
    assert_storable(rig)


@pytest.mark.parametrize("value", HOSTILE_TEXTS)
async def test_a_length_that_is_no_number_is_malformed(value: str) -> None:
    header = value.encode("latin-1", "ignore")
    async with a_client(a_rig()) as client:
        answer = await client.post("/v1/beacons", content=b"{}", headers={b"content-length": header})

    assert answer.status_code in (400, 404, 413)
