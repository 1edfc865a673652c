"""The account's clock: minutes without a zone, and what they may mean in UTC until its offset is learned. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.ingest.sources.nexternal.requests import Minutes

FIRST_BACK = timedelta(days=2)
"""How far back a first poll looks: a reminder goes out at most that long after a cart was left."""
OVERLAP = timedelta(minutes=15)
WESTERNMOST, EASTERNMOST = timedelta(hours=-12), timedelta(hours=14)
CHANGE_OF_SUMMER_TIME = timedelta(hours=1)
"""An offset that was learned in winter is an hour off in summer, until another order shows it."""
OLD = timedelta(hours=2)
"""An order that claims to be older surely is, on a clock that may be an hour off."""
FURTHEST_BACK = timedelta(days=30)
MARGIN = timedelta(seconds=5)
MINUTE = timedelta(seconds=60)


@dataclass(frozen=True)
class PolledMoment:
    """Carts opened until ``fences_until`` are silenced; those opened well before ``effective_at`` were bought for certain."""

    placed_at: datetime | None
    effective_at: datetime
    fences_until: datetime
    uncertainty: timedelta


def window_of(polled_through: datetime | None, now: datetime, offset: timedelta | None) -> Minutes:
    """The minutes to ask for: on every clock that the account may have, so that a poll misses nothing before it is learned."""
    since = (now - FIRST_BACK if polled_through is None else polled_through) - OVERLAP
    earliest = WESTERNMOST if offset is None else offset - CHANGE_OF_SUMMER_TIME
    latest = EASTERNMOST if offset is None else offset + CHANGE_OF_SUMMER_TIME
    return Minutes((since + earliest).replace(tzinfo=None), (now + latest).replace(tzinfo=None))


def moment_of(local: datetime | None, received_at: datetime, offset: timedelta | None) -> PolledMoment:
    """The moment of an order that was first seen at ``received_at``.

    Only one that is old on a learned clock is dated by it; every other may have been placed just now.
    """
    if local is None or offset is None:
        return PolledMoment(None, received_at, received_at + MARGIN, EASTERNMOST)
    claimed = local.replace(tzinfo=UTC) - offset
    within = min(max(claimed, received_at - FURTHEST_BACK), received_at)
    if received_at - claimed >= OLD:
        return PolledMoment(within, within, within + MINUTE + CHANGE_OF_SUMMER_TIME, MINUTE)
    return PolledMoment(within, within, received_at + MARGIN, MINUTE)
