"""How long a shop rests between two checks: seconds while somebody has its set-up open, half an hour when it is live. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID

OPEN_FOR = timedelta(minutes=10)
"""A page that was loaded counts as open for so long; one that stays up to date asks again."""
NEW = timedelta(days=1)
ALIVE = timedelta(days=30)

OPEN_SECONDS = 2.0
SLOWEST_OPEN_SECONDS = 30.0
RESTS = 2.0
"""An open shop rests this many times as long as its check took: who is slow is checked less."""
NEW_SECONDS = 30.0
SLOWEST_NEW_SECONDS = 600.0
NEW_RESTS = 20.0
"""Nobody waits for it: a shop that takes six seconds is checked every two minutes."""
BROKEN_SECONDS = 120.0
LIVE_SECONDS = 1_800.0
IDLE_SECONDS = 21_600.0
SPREAD = 0.1


class Stage(StrEnum):
    """``open``: its set-up is open. ``new``: signed up within the day, and not done. ``idle``: no visit for a month."""

    OPEN = "open"
    NEW = "new"
    BROKEN = "broken"
    LIVE = "live"
    IDLE = "idle"


@dataclass(frozen=True)
class WatchedShop:
    """The facts that decide how often a shop is checked."""

    site_id: UUID
    created_at: datetime
    open_until: datetime
    visited_at: datetime | None
    is_set_up: bool
    gone_at: datetime | None


def stage_of(shop: WatchedShop, now: datetime) -> Stage:
    """The stage of a shop. A code that has just gone is looked for again soon: a repair shows within seconds."""
    if shop.open_until > now:
        return Stage.OPEN
    if not shop.is_set_up and now - shop.created_at < NEW:
        return Stage.NEW
    if shop.gone_at is not None and now - shop.gone_at < NEW:
        return Stage.BROKEN
    if shop.visited_at is not None and now - shop.visited_at < ALIVE:
        return Stage.LIVE
    return Stage.IDLE


def rest_seconds(shop: WatchedShop, took_seconds: float, now: datetime) -> float:
    """Seconds until the next check. Shops that began together drift apart: each rests up to a tenth longer, by its own id."""
    match stage_of(shop, now):
        case Stage.OPEN:
            return min(SLOWEST_OPEN_SECONDS, max(OPEN_SECONDS, RESTS * took_seconds))
        case Stage.NEW:
            return min(SLOWEST_NEW_SECONDS, max(NEW_SECONDS, NEW_RESTS * took_seconds))
        case Stage.BROKEN:
            rest = BROKEN_SECONDS
        case Stage.LIVE:
            rest = LIVE_SECONDS
        case Stage.IDLE:
            rest = IDLE_SECONDS
        case stage:
            assert_never(stage)
    return rest * (1 + SPREAD * (shop.site_id.int % 1_000) / 1_000)
