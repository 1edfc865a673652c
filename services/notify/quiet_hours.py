"""When a recipient may be written to: open in every zone the recipient may be in.

The table is the intersection of the federal rule (47 CFR 64.1200(c)(1): 08-21 local) and of the stricter states (RI 9-18
weekdays and 10-17 weekends; TX from noon on Sundays), since an area code does not tell where its phone is.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as phone_zones

from shared.events.settings import Hours

OPEN_HOURS = {0: (9, 18), 1: (9, 18), 2: (9, 18), 3: (9, 18), 4: (9, 18), 5: (10, 17), 6: (12, 17)}
"""Weekday (Monday is 0) to opening and closing hour, local time."""
LOOK_AHEAD = timedelta(days=8)
STEP = timedelta(minutes=5)
UNKNOWN = "Etc/Unknown"


def candidate_zones(number: str, known: Iterable[str]) -> frozenset[str]:
    """Every zone the holder of this number may be in: those of its prefix, and those told by browser and shop."""
    zones = set(phone_zones.time_zones_for_number(phonenumbers.parse(number)))
    return frozenset((zones | {zone for zone in known if zone}) - {UNKNOWN})


def is_open(moment: datetime, zone: str) -> bool:
    """Whether the table allows a message at this moment in this zone."""
    local = moment.astimezone(ZoneInfo(zone))
    opens, closes = OPEN_HOURS[local.weekday()]
    return opens <= local.hour < closes


def next_opening(now: datetime, zones: Iterable[str], hours: Hours) -> datetime | None:
    """Now where now is allowed, else the first moment open in all zones, None where there is none within 8 days."""
    zones = list(zones)
    if hours is Hours.ALWAYS:
        return now
    if not zones:
        return None
    moment = now
    while moment <= now + LOOK_AHEAD:
        if all(is_open(moment, zone) for zone in zones):
            return moment
        moment = moment.replace(second=0, microsecond=0) + STEP
    return None
