"""Overlay small replaced and scaled under load: no order is lost, and nobody is texted twice."""

from collections.abc import Callable
from functools import partial

from playwright.sync_api import Browser

from tests.support.kubernetes.order_load import OrderLoad
from tests.support.kubernetes.pods import Pods
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import SILENT_FOR, Thread, paused
from tests.support.waiting import wait_for

QUESTION_SECONDS = 60.0


def test_replacing_and_scaling_every_pod_under_load_loses_and_doubles_nothing(
    pods: Pods, browser: Browser, carrier: CarrierLog, console: ConsoleApi, known_orders: Callable[[], int], secret_key: str
) -> None:
    before = known_orders()
    stories = [Thread(browser, pods, carrier, console, f"+14235557{number:03d}") for number in range(3)]
    with OrderLoad(pods.ingest(), secret_key) as load:
        with paused(console):
            for story in stories:
                story.shopper.fills_a_cart()
                story.shopper.gives(story.email, story.number, opts_in=True)
            pods.roll()
        for story in stories:  # questions, answers and reminders pass while every pod is replaced
            wait_for("the opt-in question", partial(carrier.questions_to, story.number), QUESTION_SECONDS)
            carrier.reply(story.number, "YES")
        pods.wait_rolled()
        pods.scale(3, "ingest", "orders")
        pods.wait_rolled()
        assert len(pods.pods_of("orders")) == len(pods.pods_of("ingest")) == 3
        pods.scale(1, "ingest", "orders")
        pods.wait_rolled()

    assert load.failures == []
    assert len(load.acknowledged) > 100
    for story in stories:
        story.assert_reminded_once()
    wait_for("every order", lambda: known_orders() >= before + len(load.acknowledged))
    assert known_orders() == before + len(load.acknowledged)
    carrier.holds(SILENT_FOR)
