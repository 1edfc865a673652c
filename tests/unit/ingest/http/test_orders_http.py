"""Orders at ingest, over HTTP: whatever is wrong with a report, it silences."""

import json

import pytest

from shared.events.envelope import IdentityKind, Origin
from shared.events.storefront import CartUpdated, OrderReported, PageSeen
from tests.support.builders.ingest import (
    CHROME,
    NOON,
    VISITOR,
    a_body,
    a_cart_event,
    a_rig,
    an_event,
)
from tests.support.processes.ingest_client import OFFICE, a_client, post


async def test_a_page_elsewhere_opens_no_cart_but_its_order_silences() -> None:
    rig = a_rig()
    elsewhere = {"origin": "https://evil.example", "user-agent": CHROME}

    cart = await post(rig, a_body(a_cart_event()), elsewhere)
    order = await post(rig, a_body(an_event("order.reported", orderID="1001")), elsewhere)

    (event,) = rig.kafka.events()
    assert (cart.status_code, cart.json()["reason"]) == (403, "foreign_origin")
    assert order.status_code == 204
    assert isinstance(event, OrderReported)
    assert event.origin is Origin.UNKNOWN
    assert "access-control-allow-origin" not in order.headers


async def test_an_order_silences_whatever_else_is_wrong_with_it() -> None:
    rig = a_rig()
    order = {
        "t": "order.reported",
        "a": "yesterday",
        "p": 5,
        "d": {"orderID": ["1"], "total": {}, "email": "nobody", "status": 3},
    }

    answer = await post(rig, a_body(order, a_cart_event("bad", seq="none")), {"user-agent": "Googlebot/2.1"})

    (event,) = rig.kafka.events()
    assert answer.status_code == 422
    assert isinstance(event, OrderReported)
    assert (event.order_id, event.total, event.status) == (None, None, "placed")
    assert event.effective_at == NOON
    assert [identity.index for identity in event.identities] == [VISITOR]


async def test_keywords_that_the_platform_left_are_signalled_and_are_no_order_number() -> None:
    rig = a_rig()
    addendum = {"orderID": "[OrderNo]", "total": "[OrderTotal]", "currency": "[Currency]", "email": "[Email]"}

    answer = await post(rig, a_body(an_event("order.reported") | {"d": addendum}))

    await rig.ingestion.commit.drain(1)
    (event,) = rig.kafka.events()
    kinds = [signal.model_dump()["kind"] for signal in rig.kafka.events("site-signals")]
    assert answer.status_code == 204
    assert isinstance(event, OrderReported)
    assert (event.order_id, event.total, len(event.identities)) == (None, None, 1)
    assert "keyword_not_replaced" in kinds


async def test_an_order_that_names_nobody_is_refused() -> None:
    answer = await post(a_rig(), a_body(an_event("order.reported", orderID="1001"), visitor=None))

    assert answer.status_code == 422
    assert answer.json()["rejected"][0]["reason"] == "no_identity"


async def test_staff_open_no_cart_bind_nothing_and_still_silence_the_customer_they_served() -> None:
    rig = a_rig()
    events = (
        an_event("page.seen", "a"),
        a_cart_event("b"),
        an_event("shopper.identified", "c", email="anna@shop.example"),
        an_event("order.reported", "d", orderID="1001", email="anna@shop.example"),
    )

    answer = await post(rig, a_body(*events), OFFICE)

    page, order = rig.kafka.events()
    assert [one["i"] for one in answer.json()["rejected"]] == ["b", "c"]
    assert isinstance(page, PageSeen)
    assert isinstance(order, OrderReported)
    assert (page.origin, order.origin) == (Origin.BACK_OFFICE, Origin.BACK_OFFICE)
    assert [identity.kind for identity in order.identities] == [IdentityKind.EMAIL]


async def test_over_the_rate_nothing_is_acknowledged_and_an_order_silences_all_the_same() -> None:
    rig = a_rig(per_second=2)

    first = await post(rig, a_body(an_event("page.seen", "a"), an_event("page.seen", "b")))
    second = await post(rig, a_body(a_cart_event("c"), an_event("order.reported", "d", orderID="1")))
    rig.clock.pass_seconds(2)
    third = await post(rig, a_body(a_cart_event("c")))

    assert (first.status_code, second.status_code, third.status_code) == (204, 429, 204)
    assert second.json()["reason"] == "over_limit"
    assert int(second.headers["retry-after"]) >= 1
    assert [event.type for event in rig.kafka.events()][2:] == ["order.reported", "cart.updated"]


async def test_a_name_cut_inside_an_emoji_does_not_cost_the_order_beside_it() -> None:
    rig = a_rig()
    raw = json.dumps(a_body(a_cart_event(), an_event("order.reported", "o", orderID="1"))).replace(
        "Harbor Red", "Harbor \\ud83d\\u0000"
    )

    answer = await post(rig, raw.encode())

    cart, _ = rig.kafka.events()
    assert answer.status_code == 204
    assert isinstance(cart, CartUpdated)
    assert cart.items[0].name == "Harbor"


async def test_the_pixel_silences_a_page_without_scripts() -> None:
    rig = a_rig()
    query = {"k": "bk_0123456789abcdef", "u": VISITOR, "o": "1001", "t": "129.90", "c": "USD"}

    async with a_client(rig) as client:
        taken = await client.get("/v1/p.gif", params=query)
        again = await client.get("/v1/p.gif", params=query)
        nobody = await client.get("/v1/p.gif", params=query | {"u": ""})

    first, second = rig.kafka.events()
    assert isinstance(first, OrderReported)
    assert first.event_id == second.event_id
    assert (taken.status_code, taken.headers["content-type"], again.status_code) == (200, "image/gif", 200)
    assert (nobody.status_code, nobody.json()["reason"]) == (400, "no_identity")


async def test_a_burst_of_unsigned_orders_is_signalled() -> None:
    rig = a_rig(burst=2)

    for number in range(3):
        await post(rig, a_body(an_event("order.reported", str(number), orderID=str(number))))
    await rig.ingestion.commit.drain(1)

    kinds = [signal.model_dump()["kind"] for signal in rig.kafka.events("site-signals")]
    assert kinds.count("order_burst") == 1
    assert kinds.count("order_seen") == 1


@pytest.mark.parametrize(
    ("office", "origin"), [(True, Origin.BACK_OFFICE), (False, Origin.STOREFRONT), ("yes", Origin.STOREFRONT)]
)
async def test_a_browser_that_came_from_the_back_office_is_of_it(office: object, origin: Origin) -> None:
    rig = a_rig()

    await post(rig, a_body(an_event("page.seen", office=office)))

    (page,) = rig.kafka.events()
    assert isinstance(page, PageSeen)
    assert (page.origin, page.visitor_id) == (origin, VISITOR)


@pytest.mark.parametrize(("staff", "read"), [(VISITOR, VISITOR), ("nobody", None), (7, None), (None, None)])
async def test_a_page_opened_from_the_back_office_names_its_browser(staff: object, read: str | None) -> None:
    rig = a_rig()

    await post(rig, a_body(an_event("page.seen", staff=staff)))

    (page,) = rig.kafka.events()
    assert isinstance(page, PageSeen)
    assert page.office_visitor == read
