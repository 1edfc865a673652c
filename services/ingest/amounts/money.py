"""Reads an amount as shops send it: ``129.90``, ``$1,299.00``, ``1.299,00 €``, ``₹1,23,456``. What is ambiguous is not read."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite

from services.ingest.amounts.number_formats import NumberFormat, fold, number_format
from services.ingest.amounts.text import LONGEST_TEXT, MOST_DIGITS, read_amount
from services.ingest.sites import Site
from services.ingest.wire_fields import is_keyword, text
from shared.events.currencies import minor_digits
from shared.events.envelope import Money

_PLAIN = re.compile(r"(\d{1,11})(?:\.(\d{1,2}))?", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}")
_OF_ONE_CURRENCY = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₩": "KRW",
    "₫": "VND",
    "₪": "ILS",
    "₺": "TRY",
    "₽": "RUB",
    "US$": "USD",
    "$US": "USD",
    "EURO": "EUR",
    "EUROS": "EUR",
}


@dataclass(frozen=True)
class Prices:
    """Reads the amounts of one report. ``currency`` is None where the report names one that is not known.

    ``is_assumed`` where it names none and the shop's own stands in.
    """

    currency: str | None
    is_assumed: bool
    country: str | None

    def read(self, raw: object) -> Money | None:
        """An amount, or None. Without its currency a number is no amount: a wrong one is worse than none."""
        minor = None if self.currency is None else to_minor(raw, self.currency, self.country)
        return None if minor is None or self.currency is None else Money(minor=minor, currency=self.currency)


def prices_of(stated_currency: object, site: Site) -> Prices:
    """How to read the amounts beside a currency field as a page or a server filled it, or left it."""
    if stated_currency is None or stated_currency == "" or is_keyword(stated_currency):
        return Prices(site.currency, is_assumed=True, country=site.country)
    return Prices(to_currency(stated_currency, site.currency, site.country), is_assumed=False, country=site.country)


def prices_of_order(stated_currency: object, total: object, site: Site) -> Prices:
    """How to read an order's amounts: where no currency is stated that is known, a total that shows one settles it.

    A symbol that the shop's own currency uses too stays the shop's own.
    """
    prices = prices_of(stated_currency, site)
    shown = _currency_shown(total) if prices.is_assumed or prices.currency is None else None
    return prices if shown is None or prices.read(total) is not None else prices_of(shown, site)


def _currency_shown(amount: object) -> str | None:
    """The one currency whose symbol or name a text holds; None where that is none, or several."""
    upper = amount.upper() if isinstance(amount, str) and len(amount) <= LONGEST_TEXT else ""
    shown = {code for name, code in _OF_ONE_CURRENCY.items() if name in upper}
    return shown.pop() if len(shown) == 1 else None


def to_minor(raw: object, currency: str, country: str | None = None) -> int | None:
    """The amount in minor units of ``currency``, or None where it cannot be read for certain.

    ``country`` is the shop's: it decides between ``1.299`` and ``1,299``. An amount that names another currency is not one of
    this currency, and a negative amount is none that a cart or an order can have.
    """
    if isinstance(raw, str) and (found := _PLAIN.fullmatch(raw)) and minor_digits(currency) == 2:
        return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    written_as = number_format(currency, country)
    amount = None if written_as is None else _to_decimal(raw, written_as)
    if written_as is None or amount is None or amount < 0:
        return None
    minor = amount.scaleb(written_as.digits).to_integral_value(ROUND_HALF_EVEN)
    return int(minor) if minor < 10**MOST_DIGITS else None


def _to_decimal(raw: object, written_as: NumberFormat) -> Decimal | None:
    match raw:
        case bool():
            return None
        case int() if abs(raw) < 10**MOST_DIGITS:
            return Decimal(raw)
        case float() if isfinite(raw) and abs(raw) < 10**MOST_DIGITS:
            return Decimal(repr(raw))
        case str():
            return read_amount(raw, written_as)
        case _:
            return None


def to_currency(raw: object, own: str, country: str | None = None) -> str | None:
    """The currency that a shop names by its code or its symbol; a symbol of several means the shop's ``own`` where it is one.

    None where it is not known, or where it is no currency with a minor unit.
    """
    stated = (text(raw, 16) or "") if isinstance(raw, str) else ""
    code = stated.upper()
    if _CODE.fullmatch(code):
        return code if minor_digits(code) is not None else None
    if (one := _OF_ONE_CURRENCY.get(code)) is not None:
        return one
    written_as = number_format(own, country)
    return own if stated and written_as is not None and fold(stated) in written_as.names else None
