"""What a merchant's checklist lives on: each fault that a browser meets is signalled to its site."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.signals import sampled_cart
from shared.events.envelope import CartItem, Money, Origin
from shared.events.signals import MOST_SAMPLED_LINES, SiteSignalled
from shared.events.storefront import CartUpdated
from shared.runtime.ids import new_uuid7
from tests.support.builders.ingest import (
    NOON,
    SITE,
    SITE_KEY,
    VISITOR,
    Rig,
    a_body,
    a_cart_event,
    a_rig,
    an_event,
    ms,
    site_settings,
)
from tests.support.processes.ingest_client import a_client, post

REVOKED = "bk_yyyyyyyyyyyyyyyy"
CONSENT = {"phone": "+12025550143", "text": "I agree"}


async def signalled(rig: Rig) -> dict[str, SiteSignalled]:
    await rig.ingestion.commit.drain(1)
    return {event.kind.value: event for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (an_event("page.seen") | {"d": {"head": False}}, "code_in_body"),
        (an_event("shopper.identified") | {"d": {"phone": "+12025550143"}}, "phone_seen"),
        (an_event("shopper.identified") | {"d": {"email": "anna@mail.example"}}, "email_seen"),
        (an_event("consent.given") | {"d": {**CONSENT, "box_state": "pre_ticked"}}, "opt_in_pre_ticked"),
        (an_event("consent.given") | {"d": {**CONSENT, "box_state": "ticked_by_shopper"}}, "opt_in_seen"),
    ],
)
async def test_what_a_page_shows_is_signalled(event: dict[str, object], kind: str) -> None:
    rig = a_rig()

    answer = await post(rig, a_body(event))

    assert answer.status_code == 204
    assert (await signalled(rig))[kind].host == "shop.example"


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        (an_event("consent.given") | {"d": {**CONSENT, "box_state": "pre_ticked"}}, {"opt_in_pre_ticked"}),
        (an_event("order.reported", orderID="[OrderNo]", email="anna@shop.example"), {"keyword_not_replaced"}),
    ],
)
async def test_what_is_wrong_is_not_signalled_as_a_proof_too(event: dict[str, object], kinds: set[str]) -> None:
    rig = a_rig()

    await post(rig, a_body(event))

    assert set(await signalled(rig)) == kinds


async def test_a_cart_is_signalled_with_its_lines_and_its_total_and_without_its_shopper() -> None:
    rig = a_rig()

    await post(rig, a_body(a_cart_event(reader="shopify")))

    signal = (await signalled(rig))["cart_seen"]
    assert signal.cart is not None
    assert [(line.name, line.quantity, line.unit_price) for line in signal.cart.lines] == [
        ("Harbor Red", 2, Money(minor=6495, currency="USD"))
    ]
    assert (signal.cart.total, signal.cart.unread_lines) == (Money(minor=12990, currency="USD"), 0)
    assert signal.cart.reader == "shopify"
    assert VISITOR not in signal.model_dump_json()


async def test_a_cart_that_was_emptied_proves_nothing_and_is_not_signalled() -> None:
    rig = a_rig()

    await post(rig, a_body(a_cart_event(items=[], total="0")))

    assert "cart_seen" not in await signalled(rig)


@given(lines=st.integers(1, 100), unread=st.integers(0, 5))
def test_no_line_of_a_cart_is_lost_from_its_sample_uncounted(lines: int, unread: int) -> None:
    sampled = sampled_cart(a_cart_of(lines, unread))

    assert len(sampled.lines) + sampled.further_lines == lines
    assert len(sampled.lines) <= MOST_SAMPLED_LINES
    assert sampled.unread_lines == unread


def a_cart_of(lines: int, unread: int) -> CartUpdated:
    return CartUpdated(
        event_id=new_uuid7(),
        site_id=SITE,
        occurred_at=NOON,
        received_at=NOON,
        visitor_id=VISITOR,
        origin=Origin.STOREFRONT,
        cart_id=new_uuid7(),
        cart_seq=1,
        cart_version=1,
        items=tuple(CartItem(product_id=f"W-{n}", quantity=1) for n in range(lines)),
        unread_lines=unread,
        total=None,
    )


async def test_a_page_in_order_signals_no_fault() -> None:
    rig = a_rig()

    await post(rig, a_body(an_event("page.seen") | {"d": {"head": True}}))

    assert set(await signalled(rig)) == {"beacon_seen"}


@pytest.mark.parametrize(
    ("off", "far"), [(timedelta(minutes=30), True), (-timedelta(minutes=30), True), (timedelta(minutes=2), False)]
)
async def test_a_clock_that_is_far_off_is_signalled(off: timedelta, far: bool) -> None:
    rig = a_rig()

    await post(rig, a_body(an_event("page.seen", at=NOON + off)) | {"z": ms(NOON + off)})

    assert ("clock_skew" in await signalled(rig)) is far


async def test_a_revoked_key_is_refused_and_the_page_that_bears_it_is_signalled() -> None:
    rig = a_rig(settings=site_settings(revision=2).model_copy(update={"revoked_keys": (REVOKED,)}))

    beacon = await post(rig, a_body(an_event("page.seen"), key=REVOKED))
    async with a_client(rig) as client:
        script = await client.get(f"/s/{REVOKED}.js", headers={"referer": "https://old.shop.example/"})
        unknown = await client.get("/s/bk_xxxxxxxxxxxxxxxx.js")

    assert [answer.status_code for answer in (beacon, script, unknown)] == [404, 404, 404]
    signal = (await signalled(rig))["revoked_key"]
    assert (signal.site_id, signal.host) == (SITE, "shop.example")
    assert SITE_KEY not in beacon.text
