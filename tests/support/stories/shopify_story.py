"""What goes on at a Shopify shop after the text: purchases that pixel and webhook both report, in Chromium and in Firefox."""

import asyncio
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from deploy.demo.shops.shopify import ShopifyShop
from tests.support.browsers.firefox import Firefox
from tests.support.browsers.named_controls import FirefoxVisitor
from tests.support.browsers.shoppers import OUTBOX_IS_EMPTY
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.waiting import wait_for

PACE = {"mode": "live", "hours": "always", "control_share_percent": "0", "step_delay_seconds": "3"}
NO_PUSH_SERVER = "ws://127.0.0.1:9/"
TICK = "() => document.querySelector('[name=sms]').click()"


def the_shopper_buys_after_the_text(page: Page, shop: ShopifyShop, address: str, api: ConsoleApi, number: str) -> None:
    """The cart that the text named. The order names the number that was confirmed: its two witnesses make it a verified one."""
    page.goto(f"{address}/cart")
    page.get_by_role("link", name="Checkout", exact=True).click()
    page.get_by_label("E-mail", exact=True).fill("anna@mail.example")
    page.get_by_label("Phone", exact=True).fill(number)
    page.get_by_role("button", name="Place order", exact=True).click()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    assert_bought(api, shop.orders[-1].number)


def another_buys_in_firefox(
    profile: Path, shop: ShopifyShop, address: str, api: ConsoleApi, carrier: CarrierLog, number: str
) -> None:
    """Somebody who has agreed to texts buys before any reminder is due, and then none is sent."""
    api.post("/settings/pace", abandoned_after_seconds="600", **PACE)
    firefox = Firefox(profile, NO_PUSH_SERVER)
    try:
        visitor = FirefoxVisitor(firefox)
        _run(_leaves_a_cart(visitor, shop, address, number))
        wait_for("the opt-in question", lambda: carrier.questions_to(number))
        carrier.reply(number, "YES")
        bought = len(shop.orders)
        _run(_buys(visitor, address, number))
        wait_for("the order", lambda: len(shop.orders) > bought)
        assert_bought(api, shop.orders[-1].number)
    finally:
        firefox.closes()
    api.post("/settings/pace", abandoned_after_seconds="4", **PACE)
    carrier.expects(number, 0)


def assert_bought(api: ConsoleApi, order_id: str) -> None:
    """Wait until the console shows a cart that this order bought, by both witnesses, signed."""

    def is_shown() -> bool:
        carts = [(cart, order) for cart in api.carts() for order in cart["orders"] if order["order_id"] == order_id]
        return any(
            re.match("bought", cart["state"]) and set(order["witnesses"]) == {"browser", "webhook"} and order["verified"]
            for cart, order in carts
        )

    wait_for(f"order {order_id} by two witnesses", is_shown)


async def _leaves_a_cart(visitor: FirefoxVisitor, shop: ShopifyShop, address: str, number: str) -> None:
    await visitor.goes_to(address)
    await visitor.follows("Corkscrew")
    await visitor.clicks("Add to cart")
    while not any({line.good.name for line in session.lines} == {"Corkscrew"} for session in [*shop.sessions.values()]):
        await asyncio.sleep(0.05)
    await visitor.follows("Cart")
    await visitor.fills("Phone", number)
    await visitor.runs(TICK)
    while not await visitor.runs(OUTBOX_IS_EMPTY):
        await asyncio.sleep(0.05)


async def _buys(visitor: FirefoxVisitor, address: str, number: str) -> None:
    await visitor.goes_to(f"{address}/cart")
    await visitor.follows("Checkout")
    await visitor.fills("E-mail", "ben@mail.example")
    await visitor.fills("Phone", number)
    await visitor.clicks("Place order")


def _run(story: Coroutine[Any, Any, None]) -> None:
    """In a thread: the synchronous driver of Chromium keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, story).result(60)
