"""The moment of an order report: what it claims, and until when the carts of its shopper are silenced.

A promise counts from the acknowledgement, so a report's own clock may only widen its fence. Clocks of shops are slow, hold
local time under a ``Z``, or are set while an outbox waits; none of it may date an order before a cart that it bought.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.events.envelope import Origin

UNCERTAINTY_SECONDS = 5
PROMPT = timedelta(minutes=15)
FURTHEST_BACK = timedelta(days=30)
PROVABLY_OLD = frozenset({Origin.BATCH, Origin.IMPORT})
"""Only who signs may say so: of a page the origin is decided by its host."""


@dataclass(frozen=True)
class OrderMoment:
    """Carts opened until ``fences_until`` are silenced; those opened before ``effective_at`` were bought for certain."""

    effective_at: datetime
    fences_until: datetime
    uncertainty_seconds: int = UNCERTAINTY_SECONDS


def order_moment(claimed: datetime | None, received_at: datetime, origin: Origin, lag: timedelta = timedelta(0)) -> OrderMoment:
    """The moment of a report that claims to be of ``claimed``, received then.

    A batch or an import that claims more than 15 minutes is old, and counts from its claim. Every other report is taken for a
    prompt one: neither the time that a server writes nor the age of an entry in a browser's outbox proves that its clock was
    right when the order was placed. ``lag`` is by how much the witness's clock is known to be slow: it widens too.
    """
    within = received_at if claimed is None else min(max(claimed, received_at - FURTHEST_BACK), received_at)
    margin = timedelta(seconds=UNCERTAINTY_SECONDS)
    old = origin in PROVABLY_OLD and received_at - within >= PROMPT
    return OrderMoment(within, min(within + lag, received_at) + margin if old else received_at + margin)
