"""Which carts a list shows: by state, reason and channel, one page after the other, all of it in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import urlencode
from uuid import UUID

from services.onboarding.shop.sites import Fault
from services.onboarding.web.reason_texts import STATES
from shared.events.reasons import Reason

LEFT, PURCHASES, ALL = "left", "purchase", "all"
STATE_CHOICES = (
    {LEFT: "Abandoned at some point"} | STATES | {PURCHASES: "Bought without abandoning", ALL: "All carts and purchases"}
)
CHANNEL_CHOICES = {"": "Any", "sms": "Text message sent", "push": "Push message sent", "none": "Nothing sent"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CartCursor:
    """The last cart of a page: the next begins behind it, whatever changes meanwhile."""

    changed_at: datetime
    cart_id: UUID

    def __str__(self) -> str:
        return f"{(self.changed_at - _EPOCH) // timedelta(microseconds=1)}.{self.cart_id}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor in a text; None for a text that is no cursor."""
        moment, _, cart_id = text.partition(".")
        if not (moment.isascii() and moment.isdigit() and len(moment) <= 16):
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=int(moment)), UUID(cart_id))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class CartFilter:
    """What is asked for. Without anything: the carts that were left behind, newest first."""

    state: str = LEFT
    reason: str = ""
    channel: str = ""
    after: CartCursor | None = None

    def behind(self, cursor: CartCursor) -> Self:
        """The page that begins behind a cart."""
        return replace(self, after=cursor)

    @property
    def newest(self) -> Self:
        """The first page of the same filter."""
        return replace(self, after=None)

    @property
    def is_plain(self) -> bool:
        """Whether nothing was asked for."""
        return self == type(self)()

    @property
    def query(self) -> str:
        """The filter as the query of an address."""
        named = {"state": "" if self.state == LEFT else self.state, "reason": self.reason, "channel": self.channel}
        named["after"] = "" if self.after is None else str(self.after)
        return urlencode({name: value for name, value in named.items() if value})


def read_filter(asked: Mapping[str, str]) -> CartFilter | list[Fault]:
    """The filter that an address asks for, or its faults."""
    state, reason, channel = (asked.get(name, "").strip() for name in ("state", "reason", "channel"))
    after = asked.get("after", "").strip()
    cursor = CartCursor.parse(after) if after else None
    faults = []
    if state and state not in STATE_CHOICES:
        faults.append(Fault("state", "Choose a state from the list."))
    if reason and reason not in set(Reason):
        faults.append(Fault("reason", "Choose a reason from the list."))
    if channel not in CHANNEL_CHOICES:
        faults.append(Fault("channel", "Choose a channel from the list."))
    if after and cursor is None:
        faults.append(Fault("after", "This page of the list is not there: begin with the newest."))
    return faults or CartFilter(state or LEFT, reason, channel, cursor)
