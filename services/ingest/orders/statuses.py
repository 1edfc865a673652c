"""The status of an order from the words that platforms and payment providers have for it."""

import re
from collections.abc import Mapping
from typing import Literal

Status = Literal["placed", "cancelled", "refunded"]

_PLACED = (
    *("placed", "paid", "partially paid", "partially refunded", "captured", "authorized", "authorised", "approved"),
    *("pending", "pending payment", "awaiting payment", "awaiting fulfillment", "awaiting shipment", "on hold", "processing"),
    *("new", "open", "received", "accepted", "confirmed", "invoiced", "complete", "completed", "closed"),
    *("fulfilled", "shipped", "partially shipped", "delivered"),
)
STATUSES: Mapping[str, Status] = {
    **dict.fromkeys(_PLACED, "placed"),
    **dict.fromkeys(("cancelled", "canceled", "void", "voided"), "cancelled"),
    **dict.fromkeys(("refunded", "fully refunded"), "refunded"),
}
"""An order that still waits for its payment is placed: its shopper must not be reminded. A failed payment is no status."""

_BETWEEN_WORDS = re.compile(r"[\s_-]+")
_OF_WOOCOMMERCE = "wc "


def to_status(raw: object) -> Status | None:
    """The status that a word means in any case, joined by spaces, dashes or underscores; None where it is none of these."""
    if not isinstance(raw, str) or len(raw) > 64:
        return None
    return STATUSES.get(_BETWEEN_WORDS.sub(" ", raw.strip().lower()).removeprefix(_OF_WOOCOMMERCE))
