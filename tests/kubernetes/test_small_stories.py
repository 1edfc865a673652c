"""Overlay small, really applied: its services are ready, a cart left behind is recovered and a purchase silences."""

from playwright.sync_api import Browser, expect

from shared.events.catalogue import SERVICES
from shared.runtime.build import VERSION
from tests.support.browsers.shoppers import Shopper
from tests.support.kubernetes.pods import Pods
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import Thread, paused
from tests.support.waiting import wait_for


def test_all_services_are_ready_and_every_job_is_done(pods: Pods) -> None:
    jobs = {job["metadata"]["name"]: job["status"].get("succeeded") for job in pods.read("jobs")["items"]}
    ready = {each["metadata"]["name"]: each["status"]["readyReplicas"] for each in pods.read("deployments")["items"]}

    assert ready == dict.fromkeys(SERVICES, 1)
    assert sorted(name.removesuffix("-0-1-0") for name in jobs) == [
        "migrate-notify", "migrate-onboarding", "migrate-orders", "migrate-sources", "topics",
    ]  # fmt: skip
    assert set(jobs.values()) == {1}


def test_the_operators_command_runs_in_a_pod(pods: Pods) -> None:
    assert VERSION in pods.kubectl("exec", "deploy/orders", "--", "beckon", "--version")


def test_a_cart_left_behind_is_brought_back_by_a_message_out_of_pods(
    pods: Pods, browser: Browser, carrier: CarrierLog, console: ConsoleApi, number: str
) -> None:
    story = Thread(browser, pods, carrier, console, number)
    story.leaves_a_cart()
    story.shopper.leaves()

    text = story.assert_reminded_once()
    assert "Harbor & Vine" in text
    elsewhere = Shopper(browser, pods)
    elsewhere.follows(story.handset.link())
    expect(elsewhere.page.get_by_text("Old Harbor Red").first).to_be_visible()
    elsewhere.pays(story.email, number)

    wait_for("the recovered order", lambda: console.overview()["recovered_orders"] == 1)


def test_a_purchase_silences_through_pods(
    pods: Pods, browser: Browser, carrier: CarrierLog, console: ConsoleApi, number: str
) -> None:
    story = Thread(browser, pods, carrier, console, number)
    story.leaves_a_cart()
    with paused(console):
        story.shopper.pays(story.email, number)

    story.assert_silenced()
