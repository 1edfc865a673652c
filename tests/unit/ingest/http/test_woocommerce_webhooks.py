"""Orders by WooCommerce's webhook: once they are paid or accepted, once each, and not again when the parcel leaves."""

import hmac
import json
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

import httpx
import pytest

from shared.events.envelope import IdentityKind, Money, Origin
from shared.events.signals import SignalKind, SiteSignalled
from shared.events.storefront import OrderReported, Witness
from tests.support.builders.ingest import NOON, SITE, Rig, a_rig, site_settings
from tests.support.processes.ingest_client import a_client

SECRET = "aB3" * 11
ADDRESS = f"/v1/webhooks/orders?site={SITE}"
ORDER = {
    "id": 727,
    "number": "727",
    "status": "processing",
    "currency": "USD",
    "date_created_gmt": "2026-11-25T11:59:30",
    "date_paid_gmt": "2026-11-25T11:59:55",
    "date_modified_gmt": "2026-11-25T11:59:56",
    "total": "129.90",
    "customer_id": 0,
    "created_via": "store-api",
    "billing": {"email": "anna@mail.example", "phone": "(423) 555-0123"},
    "line_items": [{"product_id": 101, "variation_id": 0, "name": "Harbor Red 2021", "quantity": 2, "price": 64.95}],
}


def a_woocommerce_rig() -> Rig:
    return a_rig(settings=site_settings(platform="woocommerce", webhook_secret=SECRET))


async def deliver(rig: Rig, order: object = ORDER, *, event: str = "order.updated", secret: str = SECRET) -> httpx.Response:
    body = json.dumps(order).encode()
    signature = b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()
    async with a_client(rig) as client:
        headers = {"x-wc-webhook-topic": event, "x-wc-webhook-signature": signature}
        return await client.post(ADDRESS, content=body, headers=headers)


def orders_in(rig: Rig) -> list[OrderReported]:
    return [event for event in rig.kafka.events() if isinstance(event, OrderReported)]


async def test_a_paid_order_is_a_signed_report() -> None:
    rig = a_woocommerce_rig()

    assert (await deliver(rig)).status_code == 200

    (order,) = orders_in(rig)
    assert (order.witness, order.verified, order.status) == (Witness.WEBHOOK, True, "placed")
    assert (order.order_id, order.origin, order.total) == ("727", Origin.STOREFRONT, Money(minor=12990, currency="USD"))
    assert order.placed_at == NOON - timedelta(seconds=30)
    assert {identity.kind for identity in order.identities} == {IdentityKind.EMAIL, IdentityKind.PHONE}, "a guest has no number"
    assert [(item.product_id, item.quantity) for item in order.items] == [("101", 2)]


@pytest.mark.parametrize("status", ["pending", "failed", "checkout-draft", "cancelled", "refunded", "trash", None])
async def test_who_has_not_paid_has_not_bought(status: str | None) -> None:
    rig = a_woocommerce_rig()

    answer = await deliver(rig, ORDER | {"status": status, "date_paid_gmt": None})

    assert (answer.status_code, answer.json()["reason"]) == (200, "not_placed")
    assert orders_in(rig) == []


async def test_a_parcel_that_leaves_is_no_other_order_and_days_later_none_at_all() -> None:
    rig = a_woocommerce_rig()

    await deliver(rig)
    rig.clock.pass_seconds(3600)
    await deliver(rig, ORDER | {"status": "completed", "date_modified_gmt": "2026-11-25T12:59:59"})
    rig.clock.pass_seconds(24 * 3600)
    late = await deliver(rig, ORDER | {"status": "completed", "date_modified_gmt": "2026-11-26T12:59:59"})

    assert len({order.event_id for order in orders_in(rig)}) == 1
    assert (late.status_code, late.json()["reason"], len(orders_in(rig))) == (200, "too_old", 2)


async def test_the_ping_of_a_new_webhook_is_answered_and_proves_nothing() -> None:
    rig = a_woocommerce_rig()

    async with a_client(rig) as client:
        answer = await client.post(ADDRESS, content=b"webhook_id=12")
    await rig.ingestion.commit.drain(1)

    assert answer.status_code == 200
    assert rig.kafka.stored == []


async def test_a_ping_that_claims_a_signature_is_refused() -> None:
    rig = a_woocommerce_rig()

    async with a_client(rig) as client:
        answer = await client.post(ADDRESS, content=b"webhook_id=12", headers={"x-wc-webhook-signature": "AAAA"})
    await rig.ingestion.commit.drain(1)

    assert answer.status_code == 401
    kinds = [event.kind for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)]
    assert kinds == [SignalKind.WEBHOOK_REFUSED]


async def test_shopifys_headers_sign_nothing_for_woocommerce() -> None:
    rig, body = a_woocommerce_rig(), json.dumps(ORDER).encode()
    signature = b64encode(hmac.new(SECRET.encode(), body, sha256).digest()).decode()

    async with a_client(rig) as client:
        headers = {"x-shopify-topic": "orders/create", "x-shopify-hmac-sha256": signature}
        answer = await client.post(ADDRESS, content=body, headers=headers)

    assert answer.status_code == 401
    assert orders_in(rig) == []
