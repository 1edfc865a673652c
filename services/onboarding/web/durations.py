"""Durations as people write them: a number and a unit in forms, a phrase in texts; seconds everywhere else."""

import re
from decimal import Decimal

from shared.messages.counts import counted

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_AMOUNT = re.compile(r"[0-9]{1,7}(?:[.,][0-9]{1,2})?")


def seconds_in(amount: str, unit: str) -> str:
    """The seconds of an amount such as ``1.5`` in a unit, as digits; the amount as it was typed where it is none."""
    if _AMOUNT.fullmatch(amount) is None or unit not in UNITS:
        return amount
    return str(round(Decimal(amount.replace(",", ".")) * UNITS[unit]))


def amount_and_unit(seconds: str) -> tuple[str, str]:
    """What a form shows for a number of seconds: the largest unit of which it is a whole number."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 9) or int(seconds) == 0:
        return seconds, "minutes"
    unit = next(unit for unit in reversed(UNITS) if int(seconds) % UNITS[unit] == 0)
    return str(int(seconds) // UNITS[unit]), unit


def in_words(seconds: int) -> str:
    """Such as ``5 minutes`` or ``1 day``."""
    amount, unit = amount_and_unit(str(seconds))
    return f"{amount} {unit.removesuffix('s') if amount == '1' else unit}"


def rounded_in_words(seconds: int) -> str:
    """Such as ``3 hours`` or ``90 minutes``: rounded to the largest unit of which it is at least two."""
    name, size = next(((name, size) for name, size in (("hour", 3600), ("minute", 60)) if seconds >= 2 * size), ("second", 1))
    count = round(seconds / size)
    return counted(count, name)
