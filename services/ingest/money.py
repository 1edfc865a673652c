"""Reads an amount as shops write it: ``129.90``, ``$1,299.00``, ``1.299,00 €``. What is ambiguous is not read."""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite

MOST_DIGITS = 15
NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))

_TAGS = re.compile(r"<[^>]{0,200}>|&[a-z#0-9]{2,8};")
_NUMBER = re.compile(r"-?\d[\d.,'\u2019 \u00a0\u202f]*")
_SPACES = re.compile(r"['\u2019 \u00a0\u202f]")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


def exponent_of(currency: str) -> int:
    """How many decimals the currency's minor unit has (ISO 4217)."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def to_minor(raw: object, currency: str) -> int | None:
    """The amount in minor units, or None where it cannot be read for certain."""
    amount = _to_decimal(raw)
    if amount is None or amount < 0:
        return None
    minor = amount.scaleb(exponent_of(currency)).to_integral_value(ROUND_HALF_EVEN)
    return int(minor) if minor < 10**MOST_DIGITS else None


def _to_decimal(raw: object) -> Decimal | None:
    match raw:
        case bool():
            return None
        case int() if abs(raw) < 10**MOST_DIGITS:
            return Decimal(raw)
        case float() if isfinite(raw) and abs(raw) < 10**MOST_DIGITS:
            return Decimal(repr(raw))
        case str() if len(raw) <= 256:
            return _text_to_decimal(raw)
        case _:
            return None


def _text_to_decimal(raw: str) -> Decimal | None:
    numbers = _NUMBER.findall(_TAGS.sub(" ", raw))
    if len(numbers) != 1 or len(numbers[0]) > 2 * MOST_DIGITS:
        return None
    text = _SPACES.sub("", numbers[0]).rstrip(".,")
    mark = _decimal_mark(text)
    if mark is None:
        return None
    whole, _, cents = text.rpartition(mark) if mark else (text, "", "")
    if any(sign in whole for sign in ".,") and not _GROUPED.fullmatch(whole.lstrip("-")):
        return None
    return Decimal(f"{whole.replace('.', '').replace(',', '')}.{cents or '0'}")


def _decimal_mark(text: str) -> str | None:
    """The sign that parts whole from cents, empty where there are no cents, None where nobody can tell."""
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        mark = max(".,", key=text.rfind)
        return mark if text.count(mark) == 1 else None
    if dots + commas != 1:
        return ""
    mark = "." if dots else ","
    decimals = len(text) - text.index(mark) - 1
    if decimals != 3:
        return mark
    # "1,299" is a thousand and more to nearly everybody; "1.299" is it to half of the world.
    return "" if mark == "," else None
