"""Whatever a stranger sends to ingest is answered, is never sent again for ever, and what is kept can be stored everywhere."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.events.codec import encode
from shared.events.storefront import OrderReported
from tests.support.builders.ingest import (
    API_SECRET,
    CHROME,
    KEY_ID,
    SITE_KEY,
    VISITOR,
    Rig,
    a_body,
    a_cart_event,
    a_rig,
    an_event,
)
from tests.support.processes.ingest_client import a_client, post
from tests.support.strangers import HEADERS, HOSTILE_TEXTS, TEXTS, VALUES

EVENT_TYPES = (
    "page.seen",
    "cart.updated",
    "shopper.identified",
    "consent.given",
    "consent.withdrawn",
    "push.subscribed",
    "push.unsubscribed",
    "push.clicked",
    "link.followed",
    "order.reported",
)
FIELDS = [
    "head",
    "seq",
    "version",
    "items",
    "total",
    "currency",
    "returnURL",
    "cartID",
    "email",
    "phone",
    "customerID",
    "text",
    "box_state",
    "locale",
    "time_zone",
    "token",
    "orderID",
    "status",
    "endpoint",
    "p256dh",
    "auth",
    "vapid",
    "attempt",
]
LINES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("productID", "productName", "quantity", "productPrice", "productURL", "imageURL"), VALUES)
)
DATA = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUES) | {"items": VALUES | st.lists(LINES, max_size=2)})
EVENTS = st.fixed_dictionaries(
    {"t": st.sampled_from(EVENT_TYPES) | VALUES, "d": DATA | VALUES}, optional={"i": VALUES, "a": VALUES, "p": VALUES}
)
BODIES = st.fixed_dictionaries(
    {"k": st.just(SITE_KEY), "u": st.just(VISITOR) | VALUES, "e": st.lists(EVENTS, min_size=1, max_size=3) | VALUES},
    optional={"z": VALUES, "v": VALUES},
)
ORDER_FIELDS = (
    *("order_id", "status", "placed_at", "updated_at", "total", "currency"),
    *("phone", "customer_id", "visitor_id", "cart_id", "items", "origin"),
)
ORDERS = st.fixed_dictionaries({"email": st.just("anna@shop.example") | VALUES}, optional=dict.fromkeys(ORDER_FIELDS, VALUES))
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
