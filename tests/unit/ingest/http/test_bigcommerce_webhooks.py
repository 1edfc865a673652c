"""Orders by BigCommerce's webhook: the cart that became an order, from who bears the secret it was registered with."""

import json
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.ingest.contacts import shop_cart
from services.orders.rules.reconciliation import reconcile
from shared.events.envelope import Money
from shared.events.signals import SignalKind
from shared.events.storefront import Witness
from tests.support.builders.ingest import NOON, SITE, Rig, a_body, a_rig, an_event, site_settings
from tests.support.processes.ingest_client import a_client, post
from tests.unit.ingest.http.test_order_webhooks import orders_in, signals_of

SECRET = "bC5" * 11
CART = "09346904-4175-44fd-be53-f7e598531b6c"
ADDRESS = f"/v1/webhooks/orders?site={SITE}"
CONVERTED = {
    "created_at": int(NOON.timestamp()) - 3,
    "store_id": "1025646",
    "producer": "stores/h4rb0r",
    "scope": "store/cart/converted",
    "hash": "352e4afc6dd3fc85ea26bfdf3f91852604d57528",
    "data": {"type": "cart", "id": CART, "orderId": 252},
}


def a_bigcommerce_rig() -> Rig:
    return a_rig(settings=site_settings(platform="bigcommerce", webhook_secret=SECRET))


async def deliver(
    rig: Rig, callback: object = CONVERTED, *, secret: str | None = SECRET, address: str = ADDRESS
) -> httpx.Response:
    headers = {b"content-type": b"application/json"} | ({} if secret is None else {b"x-beckon-secret": secret.encode()})
    async with a_client(rig) as client:
        return await client.post(address, content=json.dumps(callback), headers=headers)


async def test_a_cart_that_became_an_order_is_silenced_by_its_id() -> None:
    rig = a_bigcommerce_rig()

    answer = await deliver(rig)

    (order,) = orders_in(rig)
    assert (answer.status_code, answer.json()) == (200, {"event_id": str(order.event_id)})
    assert (order.witness, order.status, order.order_id) == (Witness.WEBHOOK, "placed", "252")
    assert order.placed_at == NOON - timedelta(seconds=3)
    assert order.identities == (shop_cart(SITE, CART),)
    assert await signals_of(rig) == {(SignalKind.WEBHOOK_SEEN, None)}


async def test_the_page_after_the_order_and_the_webhook_are_one_order_with_the_pages_total() -> None:
    rig = a_bigcommerce_rig()

    await deliver(rig)
    await post(rig, a_body(an_event("order.reported", orderID=252, total=129.9, currency="USD", cartID=CART)))

    order = reconcile(orders_in(rig))
    assert (order.order_id, order.witnesses) == ("252", (Witness.BROWSER, Witness.WEBHOOK))
    assert (order.total, order.verified) == (Money(minor=12990, currency="USD"), False)


@pytest.mark.parametrize("secret", [None, "", "another secret", SECRET[:-1], SECRET + "x", SECRET.lower(), "\u00e9" * 16])
async def test_who_does_not_bear_the_secret_reports_nothing(secret: str | None) -> None:
    rig = a_bigcommerce_rig()

    answer = await deliver(rig, secret=secret)

    assert (answer.status_code, answer.json()["reason"]) == (401, "bad_signature")
    assert orders_in(rig) == []
    assert await signals_of(rig) == {(SignalKind.WEBHOOK_REFUSED, "signature")}


async def test_without_a_stored_secret_an_empty_header_proves_nothing() -> None:
    rig = a_rig(settings=site_settings(platform="bigcommerce"))

    assert {(await deliver(rig, secret=secret)).status_code for secret in (None, "", SECRET)} == {401}


async def test_the_secret_of_one_store_is_none_of_another() -> None:
    rig, other = a_bigcommerce_rig(), UUID(int=SITE.int + 1)
    rig.sites.apply(site_settings(site_id=other, site_keys=(), platform="bigcommerce", webhook_secret="t" * 32))

    answer = await deliver(rig, address=ADDRESS.replace(str(SITE), str(other)))

    assert (answer.status_code, orders_in(rig)) == (401, [])


async def test_a_repeat_of_a_callback_is_the_same_event_and_an_old_one_none() -> None:
    rig = a_bigcommerce_rig()

    for _ in range(2):
        await deliver(rig)
    rig.clock.pass_seconds(2 * 24 * 3600)
    late = await deliver(rig)

    assert len({order.event_id for order in orders_in(rig)}) == 1
    assert (late.status_code, late.json()["reason"]) == (200, "too_old")


@pytest.mark.parametrize(
    "callback", [CONVERTED | {"scope": "store/order/statusUpdated"}, {}, [], "<order/>", CONVERTED | {"scope": None}]
)
async def test_a_callback_of_another_event_is_no_order_and_named_so(callback: object) -> None:
    rig = a_bigcommerce_rig()

    answer = await deliver(rig, callback)

    assert (answer.status_code, answer.json()["reason"], orders_in(rig)) == (200, "no_order", [])
    assert await signals_of(rig) == {(SignalKind.WEBHOOK_REFUSED, "event")}


@pytest.mark.parametrize("data", [None, {}, {"id": None, "orderId": 252}, [], {"id": {"a": 1}}])
async def test_a_callback_without_a_cart_names_nobody(data: object) -> None:
    rig = a_bigcommerce_rig()

    answer = await deliver(rig, CONVERTED | {"data": data})

    assert (answer.status_code, answer.json()["reason"], orders_in(rig)) == (200, "no_identity", [])
