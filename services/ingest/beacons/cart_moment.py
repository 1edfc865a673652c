"""The earliest moment at which a cart may have been filled, where its browser's clock was set while the report waited."""

from datetime import datetime, timedelta

AT_ONCE = timedelta(seconds=5)
SLEWED = timedelta(seconds=1)
OUTBOX_KEEPS = timedelta(days=7)


def earliest_filling(made_at: datetime | None, sent_at: datetime | None, received_at: datetime) -> datetime | None:
    """The earliest moment that is possible, or None where the report's age by its own clock can be relied on.

    An order silences the carts that were opened before it, so a cart that looks younger than it is would be reminded of.
    Made after it was sent: the clock was set back, and the report may be as old as an outbox keeps. Kept in the outbox, and
    the clock now behind ours: it may have been set back from ours meanwhile.
    """
    if made_at is None or sent_at is None:
        return None
    age = sent_at - made_at
    if age < -SLEWED:
        return received_at - OUTBOX_KEEPS
    if age <= AT_ONCE or received_at - sent_at <= AT_ONCE:
        return None
    return max(made_at, received_at - OUTBOX_KEEPS)
