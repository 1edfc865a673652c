"""Currencies: how many digits each has (ISO 4217), and how an amount in its minor unit is written."""

from typing import Final

from iso4217 import Currency

from shared.events.envelope import Money

_RETIRED: Final = dict.fromkeys(("ANG", "BGN", "CUC", "HRK", "SLL", "ZWL"), 2)
"""Left ISO 4217 within the last years; shops and stored events still name them."""
_DIGITS: Final = _RETIRED | {str(each.code): each.exponent for each in Currency if each.exponent is not None}


def minor_digits(currency: str) -> int | None:
    """How many decimals the minor unit of a currency has (ISO 4217, table A.1); None for what is no currency with one.

    ISO 4217 and not CLDR: CLDR has how many decimals people care to see (Hungary's forint: none), and an amount that two
    services scale by two different powers of ten is an amount that is wrong.
    """
    return _DIGITS.get(currency)


def to_decimal(amount: Money) -> str:
    """An amount as data holds it: ``129.90``, ``2500``; a dot, no grouping, never a float."""
    digits = _digits_to_write(amount.currency)
    sign, text = "-" if amount.minor < 0 else "", str(abs(amount.minor)).rjust(digits + 1, "0")
    return f"{sign}{text}" if digits == 0 else f"{sign}{text[:-digits]}.{text[-digits:]}"


def to_words(amount: Money) -> str:
    """An amount for people: ``1,299.00 USD``."""
    whole, dot, decimals = to_decimal(amount).partition(".")
    return (
        f"{int(whole):,}{dot}{decimals} {amount.currency}" if whole.strip("-0") else f"{whole}{dot}{decimals} {amount.currency}"
    )


def _digits_to_write(currency: str) -> int:
    """Two where the currency is unknown: events that are stored already were read so."""
    found = minor_digits(currency)
    return 2 if found is None else found
