"""Orders by the webhook of a shop's platform: signed over the raw bytes with the shop's secret, harmless when repeated."""

import hmac
import json
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

import httpx
import pytest

from services.ingest.contacts import shop_cart
from services.ingest.orders.webhooks import WEBHOOK_BYTES
from shared.events.codec import encode
from shared.events.envelope import ContactKind, Identity, IdentityKind, Money, Origin
from shared.events.signals import SignalKind, SiteSignalled
from shared.events.storefront import OrderReported, Witness
from shared.runtime.security.sealing import contact_index
from tests.support.builders.ingest import NOON, PEPPER, SITE, VISITOR, Rig, a_body, a_rig, an_event, site_settings
from tests.support.processes.ingest_client import a_client, post

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
ADDRESS = f"/v1/webhooks/orders?site={SITE}"
ORDER = {
    "id": 450789469,
    "name": "#1001",
    "cart_token": "hWN2Hk6x9qZ3v1m?key=0123456789abcdef",
    "contact_email": "anna@mail.example",
    "email": "anna@mail.example",
    "phone": None,
    "shipping_address": {"phone": "+14235550123"},
    "customer": {"id": 207119551, "email": "anna@mail.example", "phone": None},
    "created_at": "2026-11-25T06:59:58-05:00",
    "updated_at": "2026-11-25T06:59:59-05:00",
    "cancelled_at": None,
    "financial_status": "paid",
    "currency": "USD",
    "total_price": "129.90",
    "source_name": "web",
    "line_items": [
        {"variant_id": 44000000000101, "product_id": 7800000000101, "name": "Harbor Red 2021", "quantity": 2, "price": "64.95"}
    ],
}


def a_shopify_rig() -> Rig:
    return a_rig(settings=site_settings(platform="shopify", webhook_secret=SECRET))


async def deliver(
    rig: Rig,
    order: object = ORDER,
    *,
    secret: str = SECRET,
    event: str = "orders/create",
    address: str = ADDRESS,
    sent: bytes | None = None,
    test: str = "false",
) -> httpx.Response:
    body = json.dumps(order).encode()
    signature = b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()
    headers = {"x-shopify-topic": event, "x-shopify-hmac-sha256": signature, "x-shopify-test": test, "user-agent": "Ruby"}
    async with a_client(rig) as client:
        return await client.post(address, content=sent or body, headers=headers)


async def signals_of(rig: Rig) -> set[tuple[SignalKind, str | None]]:
    await rig.ingestion.commit.drain(1)
    return {(each.kind, each.field) for each in rig.kafka.events("site-signals") if isinstance(each, SiteSignalled)}


def orders_in(rig: Rig) -> list[OrderReported]:
    return [event for event in rig.kafka.events() if isinstance(event, OrderReported)]


async def test_an_order_of_shopify_is_a_signed_report_of_its_shopper_and_cart() -> None:
    rig = a_shopify_rig()

    answer = await deliver(rig)

    (order,) = orders_in(rig)
    assert (answer.status_code, answer.json()) == (200, {"event_id": str(order.event_id)})
    assert (order.witness, order.verified, order.status) == (Witness.WEBHOOK, True, "placed")
    assert (order.order_id, order.origin) == ("450789469", Origin.STOREFRONT)
    assert order.total == Money(minor=12990, currency="USD")
    assert order.placed_at == NOON - timedelta(seconds=2)
    assert [(item.product_id, item.name, item.quantity) for item in order.items] == [("44000000000101", "Harbor Red 2021", 2)]
    kinds = {IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.CUSTOMER, IdentityKind.CART}
    assert {identity.kind for identity in order.identities} == kinds
    assert shop_cart(SITE, "hWN2Hk6x9qZ3v1m") in order.identities, "the token that /cart.js has, without its key"
    assert await signals_of(rig) == {(SignalKind.WEBHOOK_SEEN, None)}, "it proves nothing of the confirmation code"


async def test_every_contact_of_who_bought_is_named_and_a_presents_phone_is_not() -> None:
    rig = a_shopify_rig()
    anna = {"id": 1, "email": "anna@work.example", "phone": "+14235550177"}
    billing, parcel = {"phone": "+14235550166"}, {"phone": "+14235550123"}

    await deliver(rig, ORDER | {"customer": anna, "billing_address": billing, "shipping_address": parcel})

    (order,) = orders_in(rig)
    named = {identity.index for identity in order.identities}
    hers = [(ContactKind.EMAIL, "anna@mail.example"), (ContactKind.EMAIL, "anna@work.example"),
            (ContactKind.PHONE, "+14235550166"), (ContactKind.PHONE, "+14235550177")]  # fmt: skip
    assert all(contact_index(PEPPER, kind, contact) in named for kind, contact in hers)
    assert contact_index(PEPPER, ContactKind.PHONE, parcel["phone"]) not in named


async def test_the_pixel_and_the_webhook_are_two_witnesses_of_one_order() -> None:
    rig = a_shopify_rig()

    await post(rig, a_body(an_event("order.reported", orderID="450789469", total=129.9, currency="USD")))
    await deliver(rig)

    pixel, webhook = orders_in(rig)
    assert pixel.order_id == webhook.order_id
    assert (pixel.witness, pixel.verified, webhook.verified) == (Witness.BROWSER, False, True)
    assert Identity(kind=IdentityKind.VISITOR, index=VISITOR) in pixel.identities


async def test_a_repeated_delivery_is_the_same_event_and_a_changed_order_another() -> None:
    rig = a_shopify_rig()

    await deliver(rig)
    rig.clock.pass_seconds(3600)
    await deliver(rig)
    await deliver(rig, ORDER | {"cancelled_at": "2026-11-25T08:00:00-05:00", "updated_at": "2026-11-25T08:00:00-05:00"},
                  event="orders/cancelled")  # fmt: skip

    first, repeat, cancelled = orders_in(rig)
    assert first.event_id == repeat.event_id
    assert (cancelled.event_id == first.event_id, cancelled.status) == (False, "cancelled")


async def test_a_recorded_delivery_that_is_sent_again_after_days_is_not_kept() -> None:
    rig = a_shopify_rig()
    rig.clock.pass_seconds(2 * 24 * 3600 + 5)

    answer = await deliver(rig)

    assert (answer.status_code, answer.json()) == (200, {"kept": False, "reason": "too_old"})
    assert orders_in(rig) == []


@pytest.mark.parametrize(
    ("secret", "sent"),
    [
        ("another secret", None),
        ("", None),
        (SECRET, json.dumps(ORDER | {"total_price": "999999.00"}).encode()),
        (SECRET, json.dumps(ORDER).encode() + b" "),
        (SECRET, json.dumps(ORDER, indent=1).encode()),
    ],
    ids=["another secret", "no secret", "another total", "a space more", "the same JSON in other bytes"],
)
async def test_a_body_that_the_platform_has_not_signed_is_refused_unread(secret: str, sent: bytes | None) -> None:
    rig = a_shopify_rig()

    answer = await deliver(rig, secret=secret, sent=sent)

    assert (answer.status_code, answer.json()["reason"]) == (401, "bad_signature")
    assert orders_in(rig) == []
    assert await signals_of(rig) == {(SignalKind.WEBHOOK_REFUSED, "signature")}


async def test_without_a_stored_secret_not_even_an_empty_one_signs() -> None:
    rig = a_rig(settings=site_settings(platform="shopify"))

    answers = [await deliver(rig, secret=secret) for secret in ("", SECRET, "None")]

    assert {answer.status_code for answer in answers} == {401}
    assert orders_in(rig) == []


async def test_the_secret_of_one_shop_signs_nothing_for_another() -> None:
    rig = a_shopify_rig()
    other = SITE.__class__(int=SITE.int + 1)
    rig.sites.apply(site_settings(site_id=other, site_keys=(), platform="shopify", webhook_secret="t" * 64))

    answer = await deliver(rig, address=ADDRESS.replace(str(SITE), str(other)))

    assert answer.status_code == 401
    assert orders_in(rig) == []


@pytest.mark.parametrize("platform", ["nexternal", "plain_html", "unknown"])
async def test_a_shop_whose_platform_has_no_webhook_takes_none(platform: str) -> None:
    rig = a_rig(settings=site_settings(platform=platform, webhook_secret=SECRET))

    assert (await deliver(rig)).status_code == 401


@pytest.mark.parametrize("site", ["", "nobody", "0198f0aa-0000-7000-8000-0000000000ff", "%00"])
async def test_a_site_that_is_not_there_has_nothing_at_this_address(site: str) -> None:
    assert (await deliver(a_shopify_rig(), address=f"/v1/webhooks/orders?site={site}")).status_code == 404


async def test_a_test_notification_proves_the_webhook_and_reports_no_order() -> None:
    rig = a_shopify_rig()

    answer = await deliver(rig, ORDER | {"email": "jon@example.com"}, test="true")

    assert (answer.status_code, orders_in(rig)) == (200, [])
    assert await signals_of(rig) == {(SignalKind.WEBHOOK_TESTED, None)}


async def test_a_delivery_of_another_event_is_no_order_and_its_merchant_is_shown_so() -> None:
    rig = a_shopify_rig()

    answer = await deliver(rig, {"id": 1, "title": "Harbor Red"}, event="products/update")

    assert (answer.status_code, orders_in(rig)) == (200, [])
    assert await signals_of(rig) == {(SignalKind.WEBHOOK_REFUSED, "event")}


async def test_an_order_in_xml_is_named_as_the_wrong_format() -> None:
    rig, body = a_shopify_rig(), b"<?xml version='1.0'?><order><id>1</id></order>"
    signature = b64encode(hmac.new(SECRET.encode(), body, sha256).digest()).decode()

    async with a_client(rig) as client:
        headers = {"x-shopify-topic": "orders/create", "x-shopify-hmac-sha256": signature}
        answer = await client.post(ADDRESS, content=body, headers=headers)

    assert answer.status_code == 400
    assert (SignalKind.WEBHOOK_REFUSED, "format") in await signals_of(rig)


async def test_an_order_of_nobody_is_answered_so_that_the_platform_goes_on() -> None:
    rig = a_shopify_rig()

    answer = await deliver(rig, {"id": 1, "source_name": "pos", "total_price": "12.00", "currency": "USD"})

    assert (answer.status_code, answer.json()["reason"]) == (200, "no_identity")


@pytest.mark.parametrize(
    ("source", "origin"), [("web", Origin.STOREFRONT), ("pos", Origin.BACK_OFFICE), ("580111", Origin.UNKNOWN)]
)
async def test_an_order_of_the_till_is_none_of_the_shops_pages(source: str, origin: Origin) -> None:
    rig = a_shopify_rig()

    await deliver(rig, ORDER | {"source_name": source})

    assert [order.origin for order in orders_in(rig)] == [origin]


@pytest.mark.parametrize("broken", [{"line_items": "none"}, {"customer": None}, {"shipping_address": [], "line_items": [None]}])
async def test_a_part_of_an_order_in_another_shape_costs_itself_alone(broken: dict[str, object]) -> None:
    rig = a_shopify_rig()

    answer = await deliver(rig, ORDER | broken)

    (order,) = orders_in(rig)
    assert answer.status_code == 200
    assert IdentityKind.EMAIL in {identity.kind for identity in order.identities}


async def test_a_hundred_lines_are_taken_and_a_large_body_for_nobody_is_not_read() -> None:
    rig = a_shopify_rig()
    line = ORDER["line_items"][0] | {"properties": "x" * 2000}  # type: ignore[index]

    large = await deliver(rig, ORDER | {"line_items": [line] * 100})
    too_large = await deliver(rig, ORDER | {"note": "x" * WEBHOOK_BYTES})
    nobodys = await deliver(rig, ORDER | {"line_items": [line] * 100}, address="/v1/webhooks/orders?site=nobody")

    assert [answer.status_code for answer in (large, too_large, nobodys)] == [200, 413, 413]
    assert len(orders_in(rig)[0].items) == 100


async def test_while_kafka_is_away_the_platform_is_asked_to_come_again() -> None:
    rig = a_shopify_rig()
    rig.kafka.failure = RuntimeError("no broker")

    answer = await deliver(rig)

    assert answer.status_code == 503


async def test_neither_secret_nor_contact_is_readable_in_kafka_or_in_a_sites_text() -> None:
    rig = a_shopify_rig()

    await deliver(rig)
    await signals_of(rig)

    raw = b"".join(value for _, _, value in rig.kafka.stored) + encode(site_settings(webhook_secret=SECRET)).value
    site = rig.sites.by_id(SITE)
    assert not [word for word in (SECRET.encode(), b"anna@", b"5550123", b"hWN2Hk6") if word in raw]
    assert SECRET not in repr(site)
