"""From a new subscription to a notification on the screen, twenty times, by the sender that ships."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright

from services.notify.channels.push.sender import Push, PushSender
from services.notify.channels.push.subscriptions import PushServices
from services.notify.channels.push.vapid import VapidKeys
from services.notify.channels.results import Accepted, Outcome
from shared.runtime.security.outbound import Outbound
from tests.support.browsers.push_shoppers import PushShopper
from tests.support.builders.push import VAPID_PRIVATE, VAPID_PUBLIC
from tests.support.processes.running import Running

RUNS = 20
P95_SECONDS = 1.0
SUBSCRIBE = """async (key) => {
    await navigator.serviceWorker.register('/beckon-worker.js');
    const registration = await navigator.serviceWorker.ready;
    const old = await registration.pushManager.getSubscription();
    if (old) await old.unsubscribe();
    const bytes = Uint8Array.from(atob(key.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
    const subscription = await registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: bytes});
    return JSON.stringify(subscription);
}"""
WATCH = """() => {
    const real = self.registration.showNotification.bind(self.registration);
    self.shown = new Promise((done) => {
        Object.defineProperty(self.registration, 'showNotification', {
            configurable: true, value: (...said) => real(...said).then(() => done(true)),
        });
    });
}"""


def test_from_a_subscription_to_its_notification_it_takes_less_than_a_second(
    playwright: Playwright, beckon: Running, tmp_path: Path
) -> None:
    shopper = PushShopper(playwright, beckon, tmp_path / "profile")
    shopper.visits("/")
    shopper.page.evaluate(SUBSCRIBE, VAPID_PUBLIC)  # the first checks the browser in at the push service
    took = sorted(one_run(shopper, beckon, number) for number in range(RUNS))
    shopper.closes()

    print(f"\nsubscription to notification: median {took[RUNS // 2]:.3f} s, p95 {took[RUNS * 95 // 100 - 1]:.3f} s, n = {RUNS}")
    assert took[RUNS * 95 // 100 - 1] <= P95_SECONDS


def one_run(shopper: PushShopper, beckon: Running, number: int) -> float:
    """Subscribe anew, push, and wait until it is shown."""
    began = time.monotonic()
    subscribed = json.loads(shopper.page.evaluate(SUBSCRIBE, VAPID_PUBLIC))
    shopper.worker.evaluate(WATCH)
    with ThreadPoolExecutor(1) as thread:  # Playwright keeps a loop of its own running in this one
        outcome = thread.submit(asyncio.run, send(beckon, subscribed, number)).result(10)
    assert isinstance(outcome, Accepted)
    assert shopper.worker.evaluate("() => self.shown")
    return time.monotonic() - began


async def send(beckon: Running, subscribed: dict[str, Any], number: int) -> Outcome:
    """By the product's own sender."""
    services = {"jmt17.google.com": beckon.ports.address("demo")}
    subscription_text = json.dumps({"endpoint": subscribed["endpoint"], **subscribed["keys"]})
    subscription = PushServices(services).read(subscription_text)
    beckon_fields = {"id": str(number), "step": number, "cart": "latency", "attempt": "0" * 32, "u": "", "k": "", "i": ""}
    payload = {"notification": {"title": "t", "body": "b", "navigate": "/", "tag": "latency"}, "beckon": beckon_fields}
    sender = PushSender(Outbound(instead=services), "mailto:operator@beckon.example", lambda: datetime.now(UTC))
    try:
        return await sender.send(
            subscription, VapidKeys.parse(VAPID_PUBLIC, VAPID_PRIVATE), Push(json.dumps(payload), "latency", 60)
        )
    finally:
        await sender.close()
