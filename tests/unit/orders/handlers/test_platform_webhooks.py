"""A platform's webhook as the only witness of an order, from its delivery at ingest to the answer to a reminder."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.events.cart import OrderReconciled
from shared.events.reasons import Reason
from shared.events.storefront import StorefrontEvent, Witness
from tests.support.builders.ingest import NOON, a_body, a_cart_event, an_event
from tests.support.builders.ingest import Rig as IngestRig
from tests.support.builders.orders import a_site
from tests.support.memory.orders_rig import Rig, answer_to
from tests.support.processes.ingest_client import post
from tests.unit.ingest.http import test_bigcommerce_webhooks as bigcommerce
from tests.unit.ingest.http import test_order_webhooks as shopify
from tests.unit.ingest.http import test_woocommerce_webhooks as woocommerce

AT_20, AT_20_ISO = int((NOON + timedelta(minutes=20)).timestamp()), "2026-11-25T12:20:00"
CART_TOKEN = "hWN2Hk6x9qZ3v1m"
Deliver = Callable[..., Awaitable[httpx.Response]]
SHOPS: dict[str, tuple[Callable[[], IngestRig], Deliver, dict[str, Any]]] = {
    "shopify": (
        shopify.a_shopify_rig,
        shopify.deliver,
        shopify.ORDER | {"created_at": f"{AT_20_ISO}Z", "updated_at": f"{AT_20_ISO}Z"},
    ),
    "woocommerce": (
        woocommerce.a_woocommerce_rig,
        woocommerce.deliver,
        woocommerce.ORDER | dict.fromkeys(("date_created_gmt", "date_paid_gmt", "date_modified_gmt"), AT_20_ISO),
    ),
    "bigcommerce": (bigcommerce.a_bigcommerce_rig, bigcommerce.deliver, bigcommerce.CONVERTED | {"created_at": AT_20}),
}
CARTS = {"shopify": CART_TOKEN, "woocommerce": None, "bigcommerce": bigcommerce.CART}


class Shop:
    """A shop on a platform: what ingest has taken of it is what orders reads."""

    def __init__(self, platform: str) -> None:
        make, self._deliver, self.order = SHOPS[platform]
        self.ingest, self.orders = make(), Rig()
        self._cart_id, self._read = CARTS[platform], 0

    async def fill_a_cart(self) -> None:
        """A shopper who has typed her address fills a cart."""
        await self.orders.configure(a_site())
        identified = an_event("shopper.identified", "c2", email="anna@mail.example")
        cart = a_cart_event("c1", **({} if self._cart_id is None else {"cartID": self._cart_id}))
        await post(self.ingest, a_body(cart, identified))
        await self._pass_on()

    async def deliver(self, order: dict[str, Any], **delivery: str) -> None:
        """The platform posts to ingest."""
        answer = await self._deliver(self.ingest, order, **delivery)
        assert answer.status_code == 200, answer.text
        await self._pass_on()

    async def pass_minutes(self, minutes: int) -> None:
        """Both services' clocks go on."""
        self.ingest.clock.pass_seconds(60 * minutes)
        await self.orders.pass_time(self.orders.clock.wall + timedelta(minutes=minutes))

    async def _pass_on(self) -> None:
        events = [event for event in self.ingest.kafka.events() if isinstance(event, StorefrontEvent)]
        await self.orders.storefront(*events[self._read :])
        self._read = len(events)


@pytest.mark.parametrize("platform", SHOPS)
async def test_an_order_that_only_the_webhook_reports_ends_the_reminder(platform: str) -> None:
    shop = Shop(platform)
    await shop.fill_a_cart()
    await shop.pass_minutes(31)

    await shop.deliver(shop.order)

    assert await answer_to(shop.orders) is Reason.BOUGHT
    (order,) = [event for event in shop.orders.emitted(OrderReconciled) if isinstance(event, OrderReconciled)]
    assert (order.witnesses, order.status) == ((Witness.WEBHOOK,), "placed")


@pytest.mark.parametrize(
    ("platform", "change", "delivery"),
    [
        (
            "shopify",
            {"cancelled_at": "2026-11-25T12:50:00Z", "updated_at": "2026-11-25T12:50:00Z"},
            {"event": "orders/cancelled"},
        ),
        ("shopify", {"financial_status": "refunded", "updated_at": "2026-11-25T12:50:00Z"}, {"event": "orders/updated"}),
        ("woocommerce", {"status": "cancelled", "date_modified_gmt": "2026-11-25T12:50:00"}, {}),
    ],
)
async def test_an_order_that_is_taken_back_is_no_revenue_and_lets_nobody_speak(
    platform: str, change: dict[str, Any], delivery: dict[str, str]
) -> None:
    shop = Shop(platform)
    await shop.fill_a_cart()
    await shop.pass_minutes(31)
    await shop.deliver(shop.order)

    await shop.pass_minutes(20)
    await shop.deliver(shop.order | change, **delivery)

    assert await answer_to(shop.orders) is Reason.BOUGHT
    last = shop.orders.emitted(OrderReconciled)[-1]
    assert isinstance(last, OrderReconciled)
    assert (last.status, last.verified) == ("cancelled" if "cancelled" in str(change) else "refunded", True)


@pytest.mark.parametrize(
    ("platform", "change", "delivery"),
    [
        ("shopify", {"financial_status": "partially_refunded", "current_total_price": "64.95"}, {"event": "orders/updated"}),
        ("shopify", {"fulfillment_status": "fulfilled"}, {"event": "orders/updated"}),
        ("woocommerce", {"refunds": [{"id": 730, "total": "-64.95"}]}, {}),
    ],
)
async def test_what_becomes_of_yesterdays_order_leaves_todays_cart_its_reminder(
    platform: str, change: dict[str, Any], delivery: dict[str, str]
) -> None:
    shop = Shop(platform)
    await shop.fill_a_cart()
    await shop.pass_minutes(31)
    noon = "2026-11-24T12:00:00"
    yesterday = {"created_at": f"{noon}Z", "date_created_gmt": noon, "date_paid_gmt": noon}
    now = {"updated_at": "2026-11-25T12:31:00Z", "date_modified_gmt": "2026-11-25T12:31:00"}

    await shop.deliver(shop.order | {"cart_token": "another"} | yesterday | now | change, **delivery)

    assert await answer_to(shop.orders) == "granted"
