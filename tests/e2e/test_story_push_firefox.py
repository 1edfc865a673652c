"""A browser is nudged: Firefox, by the same sender."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browsers.firefox import FirefoxShopper
from tests.support.browsers.push_shoppers import PushLog
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.push import REMINDED_WITHIN, sees, set_delays, timeline, times_on_the_topic, was_texted_instead
from tests.support.stories.story import PACE, email_of, paused
from tests.support.waiting import stays, wait_for


@pytest.fixture
def push_service(beckon: Running) -> Iterator[PushLog]:
    log = PushLog(beckon)
    yield log
    log.switch()


@pytest.fixture
def shopper(beckon: Running, push_service: PushLog, console: ConsoleApi, tmp_path: Path) -> Iterator[FirefoxShopper]:
    """Somebody who has filled a cart and agreed to our question. Nothing is sent before the test resumes its shop."""
    somebody = FirefoxShopper(beckon, tmp_path / "profile")
    with paused(console):
        somebody.visits("/")
        somebody.fills_a_cart()
        somebody.agrees()
        yield somebody
    somebody.closes()


@pytest.fixture
def posted(push_service: PushLog, shopper: FirefoxShopper) -> Callable[[], list[dict[str, Any]]]:
    """The pushes to the shopper's first subscription alone: carts that earlier tests have left may still be reminded of."""
    own = shopper.token()
    return lambda: [push for push in push_service.pushes() if push["token"] == own]


def test_a_cart_left_behind_is_a_notification_and_a_tap_brings_it_back(
    shopper: FirefoxShopper, beckon: Running, console: ConsoleApi, posted: Callable[[], list[dict[str, Any]]]
) -> None:
    console.post("/resume")

    sees(console, shopper, "message.delivered")
    (push,) = posted()
    (shown,) = shopper.notifications()

    assert push["status"] == 201
    assert b"Harbor" not in push["body"], "the push service reads nothing"
    assert (shown["title"], shown["tag"]) == ("Harbor & Vine", push["topic"])

    before = times_on_the_topic(beckon, b"push.clicked")
    address = shopper.taps()
    wait_for("the tap on the topic", lambda: times_on_the_topic(beckon, b"push.clicked") > before)
    assert address.startswith(beckon.shop("/cart"))
    assert "Old Harbor Red" in shopper.reads()


def test_a_push_that_was_changed_on_its_way_shows_nothing(
    shopper: FirefoxShopper, console: ConsoleApi, push_service: PushLog
) -> None:
    push_service.switch(corrupt=True, only=shopper.token())
    console.post("/resume")

    sees(console, shopper, "message.accepted")

    stays("undelivered", lambda: all(e["type"] != "message.delivered" for e in timeline(console, shopper)), 3)
    assert shopper.notifications() == []


def test_who_has_bought_is_not_notified(
    shopper: FirefoxShopper, console: ConsoleApi, posted: Callable[[], list[dict[str, Any]]]
) -> None:
    shopper.buys("firefox.buyer@mail.example")
    console.post("/resume")

    sees(console, shopper, "cart.closed")
    stays("no push", lambda: not posted(), 2)
    assert shopper.notifications() == []


def test_a_subscription_that_is_gone_lets_the_step_go_on_to_a_text(
    shopper: FirefoxShopper,
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
    carrier.reply(number, "YES")

    assert was_texted_instead(console, carrier, shopper, number)
    assert [push["status"] for push in posted()] == [410]


def test_two_steps_that_wait_for_a_closed_browser_are_one_notification_the_newer(
    shopper: FirefoxShopper, console: ConsoleApi, posted: Callable[[], list[dict[str, Any]]]
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

    assert shown["data"]["beckon"]["step"] == 2


def test_a_browser_that_unsubscribed_is_not_notified_and_its_endpoint_is_gone(
    shopper: FirefoxShopper, console: ConsoleApi, posted: Callable[[], list[dict[str, Any]]]
) -> None:
    shopper.unsubscribes()
    shopper.visits("/")
    shopper.has_reported_the_end()
    shopper.fills_a_cart("lighthouse-pinot")
    console.post("/resume")

    assert sees(console, shopper, "message.declined")["reason"] in ("withdrawn", "no_consent", "no_channel")
    stays("no push", lambda: not posted(), 2)
