"""What a frame without an origin may report: the checkout of a shop that has such frames, and everybody who makes one."""

import pytest

from shared.events.envelope import ContactKind, Event, Origin
from shared.events.signals import SignalKind, SiteSignalled
from shared.events.storefront import OrderReported, PageSeen, ShopperIdentified
from tests.support.builders.ingest import CHROME, SITE, VISITOR, Rig, a_body, a_cart_event, a_rig, an_event, site_settings
from tests.support.processes.ingest_client import SHOP, post

SANDBOX = {"origin": "null", "user-agent": CHROME}
CONSENT = {"phone": "+12125550147", "text": "I would like to receive SMS", "box_state": "ticked_by_shopper"}
KEYS = {"endpoint": "https://fcm.googleapis.com/fcm/send/x", "p256dh": "A" * 87, "auth": "A" * 22, "vapid": "A" * 87}


def a_shopify_rig() -> Rig:
    return a_rig(settings=site_settings(platform="shopify"))


async def signals_in(rig: Rig) -> set[SignalKind]:
    await rig.ingestion.commit.drain(1)
    return {event.kind for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)}


async def test_a_checkout_in_a_sandbox_names_its_shopper_and_where_they_are() -> None:
    rig = a_shopify_rig()
    page, email = an_event("page.seen", "a", head=False), an_event("shopper.identified", "b", email="anna@mail.example")

    answer = await post(rig, a_body(page, email), SANDBOX)

    seen, identified = rig.kafka.events()
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "null")
    assert isinstance(seen, PageSeen)
    assert isinstance(identified, ShopperIdentified)
    assert (seen.visitor_id, seen.origin, seen.path, seen.in_head) == (VISITOR, Origin.UNKNOWN, None, None)
    assert (identified.origin, identified.contact.kind) == (Origin.UNKNOWN, ContactKind.EMAIL)
    assert await signals_in(rig) == {SignalKind.EMAIL_SEEN}, "a page of the checkout proves nothing of the tracking code"


async def test_an_order_out_of_a_sandbox_is_no_fault_of_the_shops_addresses() -> None:
    rig = a_shopify_rig()

    await post(rig, a_body(an_event("order.reported", orderID="1001", email="anna@mail.example")), SANDBOX)

    (order,) = rig.kafka.events()
    assert isinstance(order, OrderReported)
    assert (order.origin, order.verified) == (Origin.UNKNOWN, False)
    assert await signals_in(rig) == {SignalKind.ORDER_SEEN}


@pytest.mark.parametrize(
    "event",
    [
        a_cart_event(),
        an_event("consent.given") | {"d": CONSENT},
        an_event("push.subscribed") | {"d": KEYS},
        an_event("push.clicked", attempt="0" * 32),
        an_event("link.followed", token="t" * 22),
        an_event("reader.failed", reader="shopify"),
    ],
    ids=lambda event: str(event["t"]),
)
async def test_a_strangers_sandboxed_frame_opens_no_cart_and_causes_no_message(event: dict[str, object]) -> None:
    rig = a_shopify_rig()

    answer = await post(rig, a_body(event), SANDBOX)

    assert answer.status_code in (403, 422)
    assert rig.kafka.events() == []


async def test_a_strangers_sandboxed_frame_makes_nobody_a_clerk() -> None:
    rig = a_shopify_rig()

    await post(rig, a_body(an_event("page.seen", office=True, staff=VISITOR)), SANDBOX)

    (seen,) = rig.kafka.events()
    assert isinstance(seen, PageSeen)
    assert (seen.origin, seen.office_visitor) == (Origin.UNKNOWN, None)


async def test_a_frame_that_carries_the_shops_cookie_is_taken_for_nobody() -> None:
    """Of whoever opened a stranger's page nothing is known but what that page's own code writes."""
    rig = a_shopify_rig()
    cookie = {"cookie": f"_beckone4c93d92={VISITOR}.1"}

    answer = await post(rig, a_body(an_event("shopper.identified", email="anna@mail.example"), visitor=None), SANDBOX | cookie)

    assert answer.status_code == 422
    assert rig.kafka.events() == []


@pytest.mark.parametrize("platform", ["nexternal", "plain_html", "woocommerce", "unknown"])
async def test_a_shop_without_sandboxes_takes_nothing_but_silence_from_one(platform: str) -> None:
    rig = a_rig(settings=site_settings(platform=platform))
    named = an_event("shopper.identified", "a", email="anna@mail.example")
    order = an_event("order.reported", "b", orderID="1001", email="anna@mail.example")

    answer = await post(rig, a_body(named, an_event("page.seen", "c"), order), SANDBOX)

    (kept,) = rig.kafka.events()
    assert isinstance(kept, OrderReported)
    assert "access-control-allow-origin" not in answer.headers
    assert SignalKind.FOREIGN_ORIGIN in await signals_in(rig)


@pytest.mark.parametrize("origin", ["https://evil.example", "NULL", "null, null", " null", "file://", ""])
async def test_only_the_browsers_own_spelling_is_a_sandbox(origin: str) -> None:
    rig = a_shopify_rig()

    answer = await post(rig, a_body(an_event("page.seen")), SANDBOX | {"origin": origin})

    assert answer.status_code == 403
    assert rig.kafka.events() == []


async def test_a_flood_out_of_sandboxes_meets_the_limits_of_every_sender() -> None:
    rig = a_rig(settings=site_settings(platform="shopify"), per_second=3)
    flood = a_body(*(an_event("page.seen", f"c{number}") for number in range(3)))

    answers = [(await post(rig, flood, SANDBOX)).status_code, (await post(rig, flood, SANDBOX)).status_code]

    assert answers == [204, 429]


async def test_a_page_of_the_shop_reports_as_before_whatever_its_platform() -> None:
    rig = a_shopify_rig()

    await post(rig, a_body(a_cart_event("a"), an_event("page.seen", "b", head=True)), SHOP)

    kept: list[Event] = rig.kafka.events()
    assert [event.type for event in kept] == ["cart.updated", "page.seen"]
    assert SITE in {event.site_id for event in kept}
