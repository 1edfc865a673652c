"""The account's clock: minutes without a zone, what they may mean in UTC, and how its offset is learned. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.ingest.sources.nexternal.replies import PolledOrder
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
QUARTER = timedelta(minutes=15)
"""Every zone of the world is so many of them away from UTC."""
LONGEST_NUMBER = 18


@dataclass(frozen=True)
class PolledMoment:
    """Carts opened until ``fences_until`` are silenced; those opened well before ``effective_at`` were bought for certain."""

    placed_at: datetime | None
    effective_at: datetime
    fences_until: datetime
    uncertainty: timedelta


@dataclass(frozen=True)
class AccountClock:
    """What is known of the account's clock. ``offset`` is how far it is ahead of UTC, None while that is not learned."""

    offset: timedelta | None
    highest_order: int | None
    """Of the orders that were known at the end of the last whole poll."""


def learn(
    known: AccountClock, orders: Sequence[PolledOrder], polled_through: datetime | None, began_at: datetime
) -> AccountClock:
    """What is known after a whole poll.

    An order of the online store with a higher number than any before was placed between two polls, so few offsets fit its
    minute; one that all such orders agree on is the clock's. Where a known one fits no longer, such as after summer time has
    begun, it is forgotten, or replaced by the one that does.
    """
    numbers = [int(order.number) for order in orders if _is_number(order.number)]
    highest = max([*numbers, known.highest_order or 0]) or None
    placed = [
        order.placed_at
        for order in orders
        if known.highest_order is not None
        and order.has_browser
        and order.placed_at is not None
        and _is_number(order.number)
        and int(order.number) > known.highest_order
    ]
    if polled_through is None or not placed:
        return AccountClock(known.offset, highest)
    fitting = set.intersection(*(_offsets_between(local, polled_through, began_at) for local in placed))
    if known.offset in fitting:
        return AccountClock(known.offset, highest)
    return AccountClock(fitting.pop() if len(fitting) == 1 else None, highest)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


def _offsets_between(local: datetime, since: datetime, until: datetime) -> set[timedelta]:
    """The offsets, in quarters of an hour, by which a minute lies between two moments."""
    quarters = range(int(WESTERNMOST / QUARTER), int(EASTERNMOST / QUARTER) + 1)
    at = local.replace(tzinfo=UTC)
    return {QUARTER * n for n in quarters if since - 2 * MINUTE <= at - QUARTER * n <= until + MINUTE}


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
