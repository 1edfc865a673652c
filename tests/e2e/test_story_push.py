"""A browser is nudged: Chromium, the demo's push service, and everything of Beckon between the cart and the notification."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.support.browsers.push_shoppers import PushLog, PushShopper
from tests.support.browsers.shoppers import Handset
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.push import REMINDED_WITHIN, sees, set_delays, timeline, times_on_the_topic, was_texted_instead
from tests.support.stories.story import PACE, email_of, paused
from tests.support.waiting import stays, wait_for

KEY_OF_SUBSCRIPTION = """async () => {
    const subscription = await (await navigator.serviceWorker.getRegistration()).pushManager.getSubscription();
    return String.fromCharCode(...new Uint8Array(subscription.options.applicationServerKey));
}"""

NOTHING_IS_LEFT = """async () => !document.cookie.includes('_beckon') && !Object.keys(localStorage).length
    && !(await caches.keys()).length && !(await navigator.serviceWorker.getRegistrations()).length"""


@pytest.fixture
def push_service(beckon: Running) -> Iterator[PushLog]:
    log = PushLog(beckon)
    yield log
    log.switch()


@pytest.fixture
def shopper(
    playwright: Playwright, beckon: Running, push_service: PushLog, console: ConsoleApi, tmp_path: Path
) -> Iterator[PushShopper]:
    """Somebody who has filled a cart and agreed to our question. Nothing is sent before the test resumes its shop."""
    somebody = PushShopper(playwright, beckon, tmp_path / "profile")
    with paused(console):
        somebody.visits("/")
        somebody.fills_a_cart()
        somebody.agrees()
        yield somebody
    somebody.closes()


@pytest.fixture
def posted(push_service: PushLog, shopper: PushShopper) -> Callable[[], list[dict[str, Any]]]:
    """The pushes to the shopper's first subscription alone: carts that earlier tests have left may still be reminded of."""
    own = shopper.token()
    return lambda: [push for push in push_service.pushes() if push["token"] == own]


def test_a_cart_left_behind_is_a_notification_and_a_tap_brings_it_back(
    shopper: PushShopper, beckon: Running, console: ConsoleApi, posted: Callable[[], list[dict[str, Any]]]
) -> None:
    console.post("/resume")

    sees(console, shopper, "message.delivered")
    (push,) = posted()
    (shown,) = shopper.notifications()

    assert push["status"] == 201
    assert b"Harbor" not in push["body"], "the push service reads nothing"
    assert (shown["title"], shown["tag"]) == ("Harbor & Vine", push["topic"])
    assert "1 item" in shown["body"]

    before = times_on_the_topic(beckon, b"push.clicked")
    address = shopper.taps()
    assert address.startswith(beckon.ports.address("notify") + "/l/")
    wait_for("the tap on the topic", lambda: times_on_the_topic(beckon, b"push.clicked") > before)
    shopper.page.goto(address)
    shopper.page.get_by_role("heading", name="Your cart").wait_for()
    expect(shopper.page.get_by_text("Old Harbor Red").first).to_be_visible()
    assert shopper.page.url.startswith(beckon.shop("/cart"))


def test_a_push_that_was_changed_on_its_way_shows_nothing(
    shopper: PushShopper, console: ConsoleApi, push_service: PushLog, posted: Callable[[], list[dict[str, Any]]]
) -> None:
    push_service.switch(corrupt=True, only=shopper.token())
    console.post("/resume")

    sees(console, shopper, "message.accepted")
    wait_for("the push", posted)

    stays("undelivered", lambda: all(e["type"] != "message.delivered" for e in timeline(console, shopper)), 3)
    assert shopper.notifications() == []


def test_who_has_bought_is_not_notified(
    shopper: PushShopper, console: ConsoleApi, posted: Callable[[], list[dict[str, Any]]]
) -> None:
    shopper.visits("/checkout")
    shopper.page.get_by_label("E-mail").fill("push.buyer@mail.example")
    shopper.page.get_by_role("button", name="Continue to payment").click()
    shopper.page.get_by_role("button", name="Place order").click()
    shopper.page.locator("#order-number").wait_for()
    shopper.settles()
    console.post("/resume")

    sees(console, shopper, "cart.closed")
    stays("no push", lambda: not posted(), 2)
    assert shopper.notifications() == []


def test_a_subscription_that_is_gone_lets_the_step_go_on_to_a_text(
    shopper: PushShopper,
    browser: Browser,
    beckon: Running,
    console: ConsoleApi,
    carrier: CarrierLog,
    push_service: PushLog,
    posted: Callable[[], list[dict[str, Any]]],
    number: str,
) -> None:
    push_service.switch(answers=(410,), only=shopper.token())
    console.post("/resume")
    shopper.types(email_of(number), number)
    wait_for("the opt-in question", lambda: carrier.questions_to(number))
    Handset(browser, beckon, number).answers("YES")

    assert was_texted_instead(console, carrier, shopper, number)
    assert [push["status"] for push in posted()] == [410]


def test_two_steps_that_wait_for_a_closed_browser_are_one_notification_the_newer(
    shopper: PushShopper, console: ConsoleApi, posted: Callable[[], list[dict[str, Any]]]
) -> None:
    set_delays(console, "1,4")
    try:
        shopper.fills_a_cart("lighthouse-pinot")
        console.post("/resume")
        shopper.closes()
        wait_for("both steps at the push service", lambda: len(posted()) == 2, REMINDED_WITHIN)

        shopper.opens()
        sees(console, shopper, "message.delivered")
        shopper.visits("/")
        (shown,) = shopper.notifications()
    finally:
        set_delays(console, PACE["BECKON_DEMO_STEP_DELAY"])

    assert len({push["topic"] for push in posted()}) == 1
    assert shown["data"]["beckon"]["step"] == 2


def test_a_browser_subscribes_again_after_the_shops_key_has_changed(
    shopper: PushShopper, console: ConsoleApi, push_service: PushLog
) -> None:
    before, old = shopper.token(), shopper.page.evaluate(KEY_OF_SUBSCRIPTION)
    console.post("/settings/push-keys")
    shopper.forgets_files()

    def has_subscribed_again() -> bool:
        shopper.visits("/")
        return shopper.token() != before

    wait_for("another subscription", has_subscribed_again)
    shopper.fills_a_cart("lighthouse-pinot")
    console.post("/resume")

    assert shopper.page.evaluate(KEY_OF_SUBSCRIPTION) != old
    own = shopper.token()
    wait_for("a push to it", lambda: (own, 201) in [(push["token"], push["status"]) for push in push_service.pushes()])


def test_who_unsubscribed_in_the_browser_is_not_notified(
    shopper: PushShopper, console: ConsoleApi, posted: Callable[[], list[dict[str, Any]]]
) -> None:
    shopper.unsubscribes()
    shopper.visits("/")
    shopper.has_reported_the_end()
    shopper.fills_a_cart("lighthouse-pinot")
    console.post("/resume")

    assert sees(console, shopper, "message.declined")["reason"] in ("withdrawn", "no_consent", "no_channel")
    stays("no push", lambda: not posted(), 2)


def test_who_withdraws_consent_to_storage_has_no_subscription_any_more(shopper: PushShopper) -> None:
    assert shopper.page.evaluate(NOTHING_IS_LEFT) is False

    shopper.page.evaluate("() => _beckon.push(['setConsent', {storage: 'denied'}])")

    wait_for("nothing of ours in the browser", lambda: shopper.page.evaluate(NOTHING_IS_LEFT))
