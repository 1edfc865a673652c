"""What the stories of web push have in common, whichever browser they run in."""

from typing import Any, Protocol

from deploy.local.folders import folders_at
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.waiting import wait_for

REMINDED_WITHIN = 90.0
ABANDONED_AFTER = "4"


class Cartful(Protocol):
    """Somebody in the shop."""

    def cart_id(self, site_id: str) -> str:
        """The cart that their browser had when it was last seen."""
        ...


def timeline(console: ConsoleApi, shopper: Cartful) -> list[dict[str, Any]]:
    """Of the shopper's cart; empty while the console does not know it."""
    cart_id = shopper.cart_id(console.site_id)
    known = {cart["cart_id"] for cart in console.carts()}
    entries: list[dict[str, Any]] = console.cart(cart_id)["timeline"] if cart_id in known else []
    return entries


def sees(console: ConsoleApi, shopper: Cartful, event_type: str, seconds: float = REMINDED_WITHIN) -> dict[str, Any]:
    """An entry of the timeline of the shopper's cart."""

    def entry() -> dict[str, Any] | None:
        return next((entry for entry in timeline(console, shopper) if entry["type"] == event_type), None)

    def seen() -> str:
        return ", ".join(f"{entry['type']} {entry['reason'] or ''}".strip() for entry in timeline(console, shopper))

    return wait_for(f"{event_type} on the timeline", entry, seconds, seen)


def was_texted_instead(console: ConsoleApi, carrier: CarrierLog, shopper: Cartful, number: str) -> bool:
    """One text came, and the timeline shows that the push had nowhere to go."""
    wait_for("the text", lambda: carrier.reminders_to(number), REMINDED_WITHIN)
    carrier.expects(number, 1)
    return bool(sees(console, shopper, "message.failed")["reason"] == "contact_invalid")


def times_on_the_topic(beckon: Running, text: bytes) -> int:
    """How often a text stands in storefront-events."""
    segments = [path for path in folders_at(beckon.state).kafka.rglob("*.log") if "storefront-events-" in str(path)]
    assert segments, "the topic has segments"
    return sum(path.read_bytes().count(text) for path in segments)


def set_delays(console: ConsoleApi, delays: str) -> None:
    """The steps of the campaign, in seconds after the abandonment."""
    console.post(
        "/settings/pace",
        mode="live",
        abandoned_after_seconds=ABANDONED_AFTER,
        step_delay_seconds=delays,
        hours="always",
        control_share_percent="0",
    )
