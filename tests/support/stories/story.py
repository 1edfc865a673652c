"""What the stories have in common: a cart's timeline, a report of an order, a cart left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Browser

from tests.support.browsers.shoppers import Handset, Shopper
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.waiting import DEADLINE_SECONDS, stays, wait_for

REMINDED_WITHIN = DEADLINE_SECONDS
PACE = {"BECKON_DEMO_ABANDONED_AFTER": "4", "BECKON_DEMO_STEP_DELAY": "3", "BECKON_GIVE_UP_SECONDS": "6"}
SILENT_FOR = 9.0  # this pace has every reminder out within 8 s


def email_of(number: str) -> str:
    """An address that goes with a number, so that every story has its own."""
    return f"shopper{number[-4:]}@mail.example"


class Thread:
    """One shopper's cart, phone and timeline."""

    def __init__(self, browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi, number: str) -> None:
        self.number, self.email = number, email_of(number)
        self.shopper = Shopper(browser, beckon)
        self.handset = Handset(browser, beckon, number)
        self._carrier, self._console = carrier, console

    def leaves_a_cart(self, *, confirms: bool = True, with_email: bool = True) -> None:
        """Fills a cart, gives a number with the box ticked, answers YES, goes away."""
        self.shopper.fills_a_cart()
        self.shopper.gives(self.email if with_email else "", self.number, opts_in=True)
        wait_for("the opt-in question", lambda: self._carrier.questions_to(self.number))
        if confirms:
            self.handset.answers("YES")

    @contextmanager
    def before_the_reminder(self) -> Iterator[None]:
        """Leaves a cart and answers YES; what happens in here happens before the reminder, however slow the machine is."""
        self.leaves_a_cart(confirms=False)
        with paused(self._console):
            self.handset.answers("YES")
            wait_for("the answer to YES", lambda: len(self._carrier.to(self.number)) >= 2)
            yield

    def abandons_a_cart(self) -> None:
        """Leaves one, answers YES, and stays away until it counts as left behind."""
        self.leaves_a_cart()
        self.sees("cart.abandoned")

    @property
    def cart(self) -> dict[str, Any]:
        """The shopper's own, whatever other carts the console shows meanwhile."""
        cart_id = self.shopper.cart_id(self._console.site_id)
        wait_for("the cart in the console", lambda: cart_id in {cart["cart_id"] for cart in self._console.carts()})
        return self._console.cart(cart_id)

    def sees(self, event_type: str, reason: str | None = None, seconds: float = REMINDED_WITHIN) -> dict[str, Any]:
        """Wait for an entry of the timeline."""

        def entry() -> dict[str, Any] | None:
            found = [e for e in self.cart["timeline"] if e["type"] == event_type and reason in (None, e["reason"])]
            return found[-1] if found else None

        return wait_for(f"{event_type} {reason or ''} on the timeline", entry, seconds)

    def assert_reminded_once(self, seconds: float = REMINDED_WITHIN) -> str:
        """One reminder comes, and no other follows until all stories are over. Returns its text."""
        text = wait_for("the reminder", lambda: self._carrier.reminders_to(self.number), seconds)[0]
        self._carrier.expects(self.number, 1)
        return text

    def assert_silenced(self, seconds: float = REMINDED_WITHIN) -> None:
        """The cart has ended by a purchase, and nothing comes until all stories are over."""
        wait_for("the end by a purchase", self._has_ended, seconds)
        self._carrier.expects(self.number, 0)

    def _has_ended(self) -> bool:
        try:
            return any(each["type"] in ("cart.closed", "nudge.cancelled") for each in self.cart["timeline"])
        except httpx.HTTPError:
            return False  # a story that kills servers goes on while the console has none

    def assert_not_reminded(self, seconds: float = SILENT_FOR) -> None:
        """Nothing comes for now."""
        stays("no reminder", lambda: not self._carrier.reminders_to(self.number), seconds)


@contextmanager
def paused(console: ConsoleApi) -> Iterator[None]:
    """What happens in here happens before any reminder, however slow the machine is."""
    console.post("/pause")
    try:
        yield
    finally:
        console.post("/resume")


def report_order(beckon: Running, key: str, **order: Any) -> str:
    """The shop's server reports an order. Returns the event's id, which a repeat gets again."""
    answer = httpx.post(beckon.ingest("/v1/orders"), json=order, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    event_id: str = answer.json()["event_id"]
    return event_id
