"""What a report shows of its shop's set-up, above all what could not be read of it: signalled to the merchant."""

from dataclasses import dataclass

from shared.events.signals import SignalKind

UNREAD_KINDS = (SignalKind.UNREADABLE_FIELD, SignalKind.KEYWORD_NOT_REPLACED)
NOTED_FIELDS = (
    "cart_id", "currency", "customer_id", "email", "items", "order_id", "origin", "phone", "placed_at", "quantity", "status",
    "total", "unit_price", "updated_at", "visitor_id",
)  # fmt: skip
"""Every field that a note may name."""


@dataclass(frozen=True)
class Note:
    """A field that was left empty, and counted. ``field`` is one of our names, never the sender's.

    With a ``position`` the sender put a platform's keyword where the value belongs, in the spelling of that number.
    """

    kind: SignalKind
    field: str
    position: int | None = None


def unread(field: str) -> Note:
    """A field that held something that could not be read."""
    return Note(SignalKind.UNREADABLE_FIELD, field)
