"""A merchant at Nexternal sets Beckon up by the OMS, and an order that staff key in there ends the cart of who phoned."""

import httpx
from playwright.sync_api import Browser, expect

from tests.support.browsers.newcomer import PASSWORD
from tests.support.browsers.nexternal_merchant import WINE, NexternalMerchant, leaves_a_cart
from tests.support.processes.running import Running
from tests.support.stories.console_api import ConsoleApi
from tests.support.waiting import wait_for

EMAIL, SHOPPER = "nexternal@shop.example", "on-the-phone@mail.example"


def test_codes_pasted_in_the_oms_are_verified_and_a_phone_order_is_seen(browser: Browser, beckon: Running) -> None:
    merchant = NexternalMerchant(browser, beckon)
    merchant.signs_up(EMAIL)
    expect(merchant.console.get_by_text("Nexternal:").first, "the platform was recognised").to_be_visible()
    merchant.pastes(merchant.copies("tracking"), merchant.copies("confirmation"))
    merchant.looks_at_the_shop()
    merchant.assert_shows("tracking", "Verified")
    merchant.places_a_test_order()
    merchant.assert_shows("confirmation", "Verified")
    expect(merchant.console.locator("#read-cart")).to_contain_text(WINE)

    api = ConsoleApi(beckon.console("").rstrip("/"), EMAIL, PASSWORD)
    cart_id = leaves_a_cart(browser, merchant.shop, SHOPPER, api.site_id)
    order_no = merchant.keys_in_an_order("Carla", SHOPPER)

    wait_for(
        "the cart, which the console shows once it was bought", lambda: cart_id in {each["cart_id"] for each in api.carts()}
    )
    wait_for("its end", lambda: "cart.closed" in {each["type"] for each in api.cart(cart_id)["timeline"]})
    account = httpx.get(f"{beckon.ports.address('nexternal')}/_control/accounts/harborvine", trust_env=False).json()
    order = account["orders"][-1]
    assert (str(order["order_no"]), order["email"], order["origin"]) == (order_no, SHOPPER, "staff")
