"""Running beside another product: nothing is sent, and both lists are right."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browsers.shoppers import Shopper
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import PACE, Thread, report_order
from tests.support.waiting import wait_for


def set_mode(console: ConsoleApi, mode: str) -> None:
    """As the settings page does."""
    console.post(
        "/settings/pace",
        mode=mode,
        abandoned_after_seconds=PACE["BECKON_DEMO_ABANDONED_AFTER"],
        step_delay_seconds=PACE["BECKON_DEMO_STEP_DELAY"],
        hours="always",
        control_share_percent="0",
    )


@pytest.fixture
def observing(console: ConsoleApi) -> Iterator[ConsoleApi]:
    """Back to live afterwards, whatever happens."""
    yield console
    set_mode(console, "live")


def test_observing_sends_nothing_and_lists_whom_it_would_have_written_to(
    browser: Browser, beckon: Running, carrier: CarrierLog, observing: ConsoleApi, secret_key: str, number: str
) -> None:
    would, buyer, stranger = (
        Thread(browser, beckon, carrier, observing, number),
        Shopper(browser, beckon),
        Shopper(browser, beckon),
    )
    would.leaves_a_cart()
    set_mode(observing, "observe")
    would.shopper.fills_a_cart("lighthouse-pinot")
    would_cart = would.cart["cart_id"]

    buyer.fills_a_cart()
    buyer.gives("observed.buyer@mail.example")
    bought = wait_for("the buyer's cart", lambda: left(observing, buyer))
    report_order(beckon, secret_key, order_id="OBS-1", status="placed", email="observed.buyer@mail.example")
    stranger.fills_a_cart()
    silent = wait_for("the stranger's cart", lambda: left(observing, stranger))

    lists = wait_for("both lists", lambda: both(observing, would_cart, {bought, silent}))

    reasons = {each["cart_id"]: each["reason"] for each in lists["would_not"]}
    [shown] = [each for each in lists["would_send"] if each["cart_id"] == would_cart]
    assert "Reply STOP to opt out." in shown["text"]
    assert reasons[silent] in ("no_consent", "no_channel")
    assert reasons[bought] in ("bought", "bought_uncertain")
    assert carrier.reminders_to(number) == []


def left(console: ConsoleApi, shopper: Shopper) -> str | None:
    """The shopper's cart, once the console knows that it was left behind."""
    cart_id = shopper.cart_id(console.site_id)
    return cart_id if cart_id in {cart["cart_id"] for cart in console.carts()} else None


def both(console: ConsoleApi, would: str, silent: set[str]) -> dict[str, Any] | None:
    """The two lists, when each of the carts is in its own with its last word."""
    lists = console.get(f"/api/sites/{console.site_id}/observed")
    sent = {each["cart_id"] for each in lists["would_send"]}
    others = {each["cart_id"]: each["reason"] for each in lists["would_not"]}
    has_bought = any(reason.startswith("bought") for cart, reason in others.items() if cart in silent)
    return lists if would in sent and silent <= others.keys() and has_bought else None
