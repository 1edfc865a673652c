"""A shopper whose browser has the demo's push service: Chromium with a profile of its own, which lasts from start to start."""

import base64
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from playwright.sync_api import BrowserContext, Page, Playwright, Worker, expect

from deploy.local.browser import push_flags
from shared.events.identifiers import cart_id_of
from tests.support.browsers.shoppers import CHROMIUM, FLAGS, OUTBOX_IS_EMPTY, WHO
from tests.support.processes.running import Running
from tests.support.waiting import wait_for

FLAGS_WITH_PUSH = [flag for flag in FLAGS if flag != "--disable-background-networking"]
IS_SUBSCRIBED = """() => Object.keys(localStorage)
    .some(key => key.endsWith('push') && JSON.parse(localStorage[key]).told)"""
ENDPOINT = """() => JSON.parse(localStorage[Object.keys(localStorage).find(key => key.endsWith('push'))]).endpoint"""
CLICK = """async () => {
    const [shown] = await self.registration.getNotifications();
    const opened = [];
    Object.defineProperty(self.clients, 'openWindow', {value: (address) => Promise.resolve(opened.push(address))});
    // An event of our own does not keep the worker alive: stay until it has reported the tap.
    const real = self.fetch;
    const reported = new Promise((done) => {
        self.fetch = (...asked) => real(...asked).then((answer) => (done(answer.status), answer));
    });
    self.dispatchEvent(new NotificationEvent('notificationclick', {notification: shown}));
    return [await reported, ...opened];
}"""
SHOWN = """async () => (await (await navigator.serviceWorker.getRegistration()).getNotifications())
    .map(shown => ({title: shown.title, body: shown.body, tag: shown.tag, data: shown.data}))"""


class PushShopper:
    """Somebody with notifications allowed, who may close the browser and come back."""

    def __init__(self, playwright: Playwright, beckon: Running, profile: Path) -> None:
        self._playwright = playwright
        self._beckon = beckon
        self._profile = profile
        self.context: BrowserContext
        self.page: Page
        self._who: dict[str, Any] = {}
        self.opens()

    def opens(self) -> None:
        """Starts the browser, with what it remembers."""
        self.context = self._playwright.chromium.launch_persistent_context(
            self._profile, executable_path=CHROMIUM, args=[*FLAGS_WITH_PUSH, *push_flags(self._beckon.ports)]
        )
        self.context.grant_permissions(["notifications"], origin=self._beckon.shop("").rstrip("/"))
        self.page = self.context.new_page()

    def closes(self) -> None:
        """Leaves; what is pushed meanwhile waits at the push service."""
        self.context.close()

    def visits(self, path: str = "/") -> None:
        """Looks at a page until everything about it was reported."""
        self.page.goto(self._beckon.shop(path))
        self.settles()

    def settles(self) -> None:
        """Until the snippet's outbox is empty."""
        self.page.wait_for_load_state("networkidle")
        self._who = self.page.wait_for_function(WHO).json_value()
        self.page.wait_for_function(OUTBOX_IS_EMPTY)

    def cart_id(self, site_id: str) -> str:
        """The cart that this browser had when it was last seen."""
        return str(cart_id_of(UUID(site_id), self._who["v"], self._who["s"]))

    def fills_a_cart(self, wine: str = "old-harbor-red") -> None:
        """Takes a wine."""
        self.visits(f"/wines/{wine}")
        self.page.get_by_role("button", name="Add to cart").click()
        expect(self.page.get_by_role("heading", name="Your cart")).to_be_visible()
        self.settles()

    def agrees(self) -> None:
        """Taps our question; the browser's own was answered before."""
        self.page.get_by_role("button", name="Yes, remind me").click()
        self.page.wait_for_function(IS_SUBSCRIBED)
        self.settles()

    def types(self, email: str, phone: str) -> None:
        """Gives contacts at the checkout, with the box ticked, and stays."""
        self.visits("/checkout")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Phone").fill(phone)
        self.page.get_by_label("I would like to receive SMS messages").check()
        self.page.get_by_role("heading", name="Checkout").click()
        self.settles()

    def token(self) -> str:
        """What the push service calls this browser's subscription."""
        return str(self.page.evaluate(ENDPOINT)).rpartition("/")[2]

    def forgets_files(self) -> None:
        """Nothing comes from the browser's cache any more, as after the minutes that a file is kept."""
        session = self.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def unsubscribes(self) -> None:
        """As the browser's own settings do it: behind the shop's back."""
        ended = self.page.evaluate(
            "async () => (await (await navigator.serviceWorker.getRegistration()).pushManager.getSubscription()).unsubscribe()"
        )
        assert ended, "it was subscribed"

    def has_reported_the_end(self) -> None:
        """The next page has found that there is no subscription any more, and reported it."""
        self.page.wait_for_function(f"() => !({IS_SUBSCRIBED})()")
        self.settles()

    @property
    def worker(self) -> Worker:
        """The shop's worker in this browser."""
        return wait_for("the worker", lambda: next(iter(self.context.service_workers), None))

    def notifications(self) -> list[dict[str, Any]]:
        """What is on the screen. Never asked for while a push is on its way: that makes notifications vanish."""
        shown: list[dict[str, Any]] = self.page.evaluate(SHOWN)
        return shown

    def taps(self) -> str:
        """Taps the notification. Returns the address that the worker opens."""
        status, *opened = self.worker.evaluate(CLICK)
        assert status == 204, status
        assert len(opened) == 1, opened
        return str(opened[0])


class PushLog:
    """What the push service saw."""

    def __init__(self, beckon: Running) -> None:
        self._client = httpx.Client(
            base_url=beckon.ports.address("demo"), headers={"Host": f"push.localhost:{beckon.ports.of('demo')}"}
        )

    def pushes(self) -> list[dict[str, Any]]:
        """Every post, the oldest first."""
        found: list[dict[str, Any]] = self._client.get("/_log").raise_for_status().json()["pushes"]
        return [push | {"body": base64.b64decode(push["body"])} for push in found]

    def switch(self, *, answers: tuple[int, ...] = (), corrupt: bool = False, only: str | None = None) -> None:
        """What it does with the next posts, or with those to one subscription alone."""
        self._client.post("/_control", json={"answers": list(answers), "corrupt": corrupt, "only": only}).raise_for_status()
