"""Amounts as shoppers read them: in the language of the page, as it is written in the shop's country."""

import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency

from shared.events.currencies import minor_digits, to_decimal
from shared.events.envelope import Money

_CODE_AND_DIGIT = re.compile(r"([A-Za-z])(\d)")
"""A code needs a blank where a sign needs none (CLDR, "currencySpacing")."""
_DECIMALS = re.compile(r"0(?:\.0+)?(?=\D|$)")


def price_text(amount: Money, language: str, country: str) -> str:
    """``$1,299.00``, ``1.299,00 €``. Digits are those of ISO 4217, as everywhere here: CLDR has none for some that have two."""
    locale, pattern = _locale(language, country), _pattern(language, country, minor_digits(amount.currency))
    text = format_currency(Decimal(to_decimal(amount)), amount.currency, pattern, locale, currency_digits=False)
    return _CODE_AND_DIGIT.sub("\\1\u00a0\\2", text)


@lru_cache(maxsize=256)
def _pattern(language: str, country: str, digits: int | None) -> str:
    """The locale's own pattern with so many decimals; two where the currency is unknown, as such amounts are kept."""
    decimals = 2 if digits is None else digits
    pattern = str(_locale(language, country).currency_formats["standard"].pattern)
    return _DECIMALS.sub("0" + (f".{'0' * decimals}" if decimals else ""), pattern)


@lru_cache(maxsize=256)
def _locale(language: str, country: str) -> Locale:
    """The language as it is written in the country; the language alone where nobody has written down how."""
    try:
        return Locale.parse(f"{language}_{country}")
    except (UnknownLocaleError, ValueError):
        return Locale(language)
