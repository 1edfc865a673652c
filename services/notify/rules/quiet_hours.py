"""Quiet hours: a message may go when every zone the recipient may be in is open, under every law that may apply.

An area code does not show where its phone is, so the strictest hour of any law holds for everybody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as phone_zones
from phonenumbers.tzdata import TIMEZONE_DATA

from shared.events.settings import Hours


@dataclass(frozen=True)
class Law:
    """Opening and closing hour, local time, on weekdays, Saturdays and Sundays; where it holds, since when, its source."""

    where: str
    weekdays: tuple[int, int]
    saturday: tuple[int, int]
    sunday: tuple[int, int]
    since: date
    source: str


LAWS = (
    Law("US", (8, 21), (8, 21), (8, 21), date(1991, 12, 20), "47 CFR 64.1200(c)(1)"),
    Law("FL, OK, WA, MD, MS, NJ", (8, 20), (8, 20), (8, 20), date(2021, 7, 1), "Fla. Stat. 501.616(6) and the like"),
    Law("CT", (9, 20), (9, 20), (9, 20), date(2023, 10, 1), "Conn. Public Act 23-98"),
    Law("TX", (9, 21), (9, 21), (12, 21), date(2025, 9, 1), "Tex. Bus. & Com. Code 301.051, SB 140"),
    Law("RI", (9, 18), (10, 17), (10, 17), date(1999, 1, 1), "R.I. Gen. Laws 5-61-3.6"),
    Law(
        "CA (Canada)", (9, 21), (10, 18), (10, 18), date(2008, 9, 30), "CRTC Unsolicited Telecommunications Rules, part III, 23"
    ),
)
LOOK_AHEAD = timedelta(days=8)
STEP = timedelta(minutes=5)
UNKNOWN = "Etc/Unknown"


def strictest(days: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The hours that all of them allow."""
    return max(opens for opens, _ in days), min(closes for _, closes in days)


_WEEKDAYS = strictest([law.weekdays for law in LAWS])
_SATURDAY = strictest([law.saturday for law in LAWS])
_SUNDAY = strictest([law.sunday for law in LAWS])
OPEN_HOURS = (_WEEKDAYS, _WEEKDAYS, _WEEKDAYS, _WEEKDAYS, _WEEKDAYS, _SATURDAY, _SUNDAY)
"""By weekday, Monday first."""


def candidate_zones(number: str, known: Iterable[str]) -> frozenset[str]:
    """Every zone the holder of this number may be in: all of its area code, and those of browser and shop.

    A zone that a browser reports may be any text; what is no zone is no constraint.
    """
    zones = set(phone_zones.time_zones_for_number(phonenumbers.parse(number)))
    if number.startswith("+1"):
        zones |= _zones_of_area(number[1:5])
    zone_names = {zone for zone in known if _is_zone(zone)}
    return frozenset((zones | zone_names) - {UNKNOWN})


@lru_cache(maxsize=1000)
def _zones_of_area(area: str) -> frozenset[str]:
    """The library answers by exchange and knows not all of them, so a whole area code counts."""
    found = [zones for prefix, zones in TIMEZONE_DATA.items() if prefix.startswith(area)]
    return frozenset(zone for zones in found for zone in zones)


@lru_cache(maxsize=1000)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, a path out of the folder, the name of a folder
        return False
    return True


def is_open(moment: datetime, zone: str) -> bool:
    """Whether the laws allow a message at this moment in this zone."""
    local = moment.astimezone(ZoneInfo(zone))
    opens, closes = OPEN_HOURS[local.weekday()]
    return opens <= local.hour < closes


def next_opening(now: datetime, zones: Iterable[str], hours: Hours) -> datetime | None:
    """Now where now is allowed, else the first moment open in all zones, None where there is none within 8 days."""
    return _first(now, frozenset(zones), hours, wanted=True)


def closing(now: datetime, zones: Iterable[str], hours: Hours) -> datetime | None:
    """The first moment after an opening that is closed in one of the zones: a carrier must not deliver later."""
    return _first(now, frozenset(zones), hours, wanted=False)


def _first(now: datetime, zones: frozenset[str], hours: Hours, *, wanted: bool) -> datetime | None:
    if hours is Hours.ALWAYS:
        return now if wanted else None
    moment = now
    while zones and moment <= now + LOOK_AHEAD:
        if all(is_open(moment, zone) for zone in zones) is wanted:
            return moment
        moment = moment.replace(minute=moment.minute - moment.minute % 5, second=0, microsecond=0) + STEP
    return None
