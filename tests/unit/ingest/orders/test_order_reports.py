"""The order API: who signed, what silences, and which id a report has."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
import pytest

from services.ingest.orders.api_keys import sign
from shared.events.envelope import ContactKind, IdentityKind, Origin
from shared.events.storefront import ConsentWithdrawn, OrderReported, ShopperIdentified
from shared.runtime.security.sealing import contact_index
from tests.support.builders.ingest import (
    API_SECRET,
    CHROME,
    KEY_ID,
    NOON,
    PEPPER,
    VISITOR,
    Rig,
    a_body,
    a_rig,
    an_event,
    site_settings,
)

BEARER = {"authorization": f"Bearer bsk_{KEY_ID}_{API_SECRET}"}
ORDER = {"order_id": "1001", "status": "placed", "total": "129.90", "currency": "USD", "email": "Anna@Shop.example"}


async def post(rig: Rig, body: object, headers: Mapping[str, str] = BEARER) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=rig.app), base_url="http://ingest") as client:
        return await client.post("/v1/orders", content=raw, headers=headers)


def signed(body: bytes, *, sent_at: datetime = NOON, secret: str = API_SECRET, key_id: str = KEY_ID) -> dict[str, str]:
    return {"beckon-signature": sign(secret, key_id, body, int(sent_at.timestamp()))}


async def test_a_signed_order_is_verified_and_carries_indexes_alone() -> None:
    rig = a_rig()

    answer = await post(rig, ORDER | {"visitor_id": VISITOR})

    (event,) = rig.kafka.events()
    assert answer.json() == {"event_id": str(event.event_id)}
    assert isinstance(event, OrderReported)
    assert (event.verified, event.witness, event.origin) == (True, "server", Origin.UNKNOWN)
    assert {identity.kind: identity.index for identity in event.identities} == {
        IdentityKind.VISITOR: VISITOR,
        IdentityKind.EMAIL: contact_index(PEPPER, ContactKind.EMAIL, "anna@shop.example"),
    }


async def test_a_repeat_gets_the_same_id_and_anything_else_another() -> None:
    rig = a_rig()

    first = await post(rig, ORDER)
    rig.clock.pass_seconds(60)
    repeat = await post(rig, ORDER)
    other_total = await post(rig, ORDER | {"total": "1.00"})
    other_person = await post(rig, ORDER | {"email": "berta@shop.example"})
    rig.clock.pass_seconds(30 * 86_400)
    next_month = await post(rig, ORDER)

    assert first.json() == repeat.json()
    assert len({answer.json()["event_id"] for answer in (first, other_total, other_person, next_month)}) == 4


async def test_with_its_own_moment_a_report_keeps_its_id_for_ever() -> None:
    rig = a_rig()
    order = ORDER | {"placed_at": "2026-11-25T10:00:00+01:00"}

    first = await post(rig, order)
    rig.clock.pass_seconds(29 * 86_400)
    much_later = await post(rig, order)

    event = rig.kafka.events()[1]
    assert isinstance(event, OrderReported)
    assert first.json() == much_later.json()
    assert event.effective_at == datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize("placed_at", ["2026-11-25T10:00:00", "soon", 5, "1970-01-01T00:00:00Z", "2026-11-26T00:00:00Z"])
async def test_a_moment_that_cannot_be_trusted_counts_as_now(placed_at: object) -> None:
    rig = a_rig()

    await post(rig, ORDER | {"placed_at": placed_at})

    (event,) = rig.kafka.events()
    assert isinstance(event, OrderReported)
    assert event.effective_at == NOON


async def test_unreadable_fields_become_null_and_the_rest_silences() -> None:
    rig = a_rig()

    answer = await post(rig, {"order_id": {}, "status": "failed", "total": "lots", "items": 7, "phone": "+12125550147"})

    (event,) = rig.kafka.events()
    assert answer.status_code == 200
    assert isinstance(event, OrderReported)
    assert (event.order_id, event.status, event.total, event.items) == (None, "placed", None, ())
    assert rig.registry.get_sample_value("beckon_ingest_unread_fields_total", {"kind": "unreadable_field", "field": "total"})


async def test_a_signature_stands_for_the_key() -> None:
    rig = a_rig()
    body = json.dumps(ORDER).encode()

    answers = [await post(rig, body, signed(body)), await post(rig, body, signed(body))]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "bad_key"),
        ({"authorization": "Bearer bsk_"}, "bad_key"),
        ({"authorization": f"Bearer bsk_{KEY_ID}_{API_SECRET}x"}, "bad_key"),
        ({"authorization": f"Bearer bsk_zzzzzzzz_{API_SECRET}"}, "bad_key"),
        (signed(b"another body"), "bad_key"),
        (signed(json.dumps(ORDER).encode(), secret="wrong"), "bad_key"),
        (signed(json.dumps(ORDER).encode(), key_id="zzzzzzzz"), "bad_key"),
        (signed(json.dumps(ORDER).encode(), sent_at=NOON.replace(hour=11, minute=54)), "stale_signature"),
        ({"beckon-signature": "t=x,kid=k1k1k1k1,v1=00"}, "bad_key"),
        ({"beckon-signature": "ü"}, "bad_key"),
    ],
)
async def test_who_does_not_hold_the_key_is_not_believed(headers: dict[str, str], reason: str) -> None:
    rig = a_rig()
    raw = {name: value.encode("latin-1").decode("latin-1") for name, value in headers.items()}

    answer = await post(rig, ORDER, {name: value for name, value in raw.items() if value.isascii()})

    assert (answer.status_code, answer.json()["reason"]) == (401, reason)
    assert rig.kafka.stored == []


@pytest.mark.parametrize(("body", "reason"), [(b"{", "malformed"), (b"[]", "malformed"), (b"{}", "no_identity")])
async def test_a_body_without_sense_is_refused(body: bytes, reason: str) -> None:
    answer = await post(a_rig(), body)

    assert (answer.status_code, answer.json()["reason"]) == (400, reason)


async def test_only_orders_of_one_machine_wait_when_it_sends_too_many() -> None:
    rig = a_rig(orders_per_second=1)

    answers = [await post(rig, ORDER), await post(rig, ORDER)]

    assert [answer.status_code for answer in answers] == [200, 429]


@pytest.mark.parametrize(
    "contact",
    [
        {"email": "mailto:Anna@Shop.example"},
        {"email": "Anna <anna@shop.example>, berta@shop.example"},
        {"phone": "(020) 7946-0018", "email": "n/a"},
        {"phone": "0044 20 7946 0018"},
        {"phone": "+1 415-555-0123 / +1 415-555-0124"},
        {"phone": 14155550123.0},
        {"customer_id": 1001.0},
    ],
)
async def test_an_order_that_names_somebody_in_any_spelling_is_taken(contact: dict[str, object]) -> None:
    rig = a_rig(settings=site_settings().model_copy(update={"country": "GB"}))

    answer = await post(rig, {"order_id": "7"} | contact)

    (event,) = rig.kafka.events()
    assert answer.status_code == 200
    assert isinstance(event, OrderReported)
    assert not event.identities[0].is_other_reading
    assert all(identity.is_other_reading for identity in event.identities[1:])


async def test_a_page_and_a_server_name_the_same_people_with_the_same_keys() -> None:
    rig = a_rig()
    fields: dict[str, object] = {"email": "A.nna+x@Gmail.com", "phone": "415-555-0123 / +54 11 2345 6789", "customer_id": 7}

    await post(rig, fields)
    for name, raw in {"email": fields["email"], "phone": fields["phone"], "customerID": "7"}.items():
        await post_beacons(rig, an_event("shopper.identified", f"c-{name}", at=NOON, **{name: raw}))

    order, *identified = rig.kafka.events()
    assert isinstance(order, OrderReported)
    named = [
        index for event in identified if isinstance(event, ShopperIdentified) for index in (event.contact.index, *event.also)
    ]
    assert named == [identity.index for identity in order.identities]
    assert len(named) == 6


@pytest.mark.parametrize(
    "nobody", [0, "0", "guest", "null", "{{ customer.id }}", "[CustomerID]", "-1", "Gast", "undefined", "-"]
)
async def test_nobody_is_no_identity_of_an_order_or_a_browser(nobody: object) -> None:
    rig = a_rig()

    order = await post(rig, {"order_id": "7", "customer_id": nobody, "email": nobody, "phone": nobody, "cart_id": nobody})
    page = await post_beacons(rig, an_event("shopper.identified", customerID=nobody))

    assert (order.status_code, order.json()["reason"]) == (400, "no_identity")
    assert page.status_code == 422
    assert rig.kafka.stored == []


async def post_beacons(rig: Rig, *events: dict[str, object]) -> httpx.Response:
    headers = {"origin": "https://shop.example", "user-agent": CHROME}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=rig.app), base_url="http://ingest") as client:
        return await client.post("/v1/beacons", content=json.dumps(a_body(*events)), headers=headers)


async def test_a_number_with_two_readings_is_withdrawn_with_both() -> None:
    rig = a_rig()

    await post_beacons(rig, an_event("consent.withdrawn", phone="+54 9 11 2345 6789"))

    (event,) = rig.kafka.events()
    assert isinstance(event, ConsentWithdrawn)
    both = {contact_index(PEPPER, ContactKind.PHONE, number) for number in ("+5491123456789", "+541123456789")}
    assert {event.recipient.index, *event.also} == both
