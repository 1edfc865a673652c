"""How amounts are written in a country and a currency, out of CLDR: marks, symbols, and the digits that people write."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.languages import get_territory_language_info
from babel.numbers import get_currency_precision, get_territory_currencies

from shared.events.currencies import minor_digits

SPOKEN_BY_PERCENT = 10
HOMES = {
    "EUR": ("DE", "FR", "IT", "ES", "NL", "IE"),
    "XAF": ("CM",),
    "XCD": ("AG",),
    "XOF": ("SN",),
    "XPF": ("PF",),
}
"""Where a currency is at home whose code does not begin with its country's."""
CUSTOMARY = {
    "AED": "Dh Dhs",
    "ARS": "AR$",
    "AUD": "AU$",
    "BDT": "Tk",
    "BRL": "BR$",
    "CAD": "C$ CDN$",
    "CHF": "Fr SFr",
    "CNY": "元 RMB",
    "CZK": "Kč",
    "DKK": "kr",
    "EGP": "LE £",
    "EUR": "euro euros",
    "GBP": "UK£",
    "HKD": "HK$",
    "HUF": "Ft",
    "IDR": "Rp",
    "INR": "Rs ₨",
    "ISK": "kr",
    "JPY": "円 yen ¥",
    "KES": "KSh",
    "KRW": "원 won",
    "KWD": "KD",
    "LKR": "Rs ₨",
    "MYR": "RM",
    "NOK": "kr",
    "NPR": "Rs ₨",
    "PEN": "S/. S/",
    "PHP": "₱ PhP",
    "PKR": "Rs ₨",
    "PLN": "zł zl",
    "RON": "lei leu",
    "RUB": "₽ руб р",  # noqa: RUF001 - as it is written
    "SAR": "SR",
    "SEK": "kr",
    "SGD": "S$",
    "THB": "฿ บาท",
    "TND": "DT",
    "TRY": "₺ TL",
    "TWD": "NT$ 元",
    "UAH": "₴ грн",
    "USD": "US$ $US U$S dollar dollars",
    "VND": "₫ đ vnđ",
    "ZAR": "R",
}
"""What shops write and CLDR does not list for the currency's own country."""


@dataclass(frozen=True)
class NumberFormat:
    """How one currency is written by the shops of one country.

    ``code`` and ``digits`` by ISO 4217, ``written_digits`` as people write it by CLDR. ``names`` are its symbols and its
    code, folded by ``fold``.
    """

    code: str
    digits: int
    written_digits: int
    grouping: frozenset[str]
    decimal: frozenset[str]
    names: frozenset[str]


@lru_cache(maxsize=4096)
def number_format(currency: str, country: str | None) -> NumberFormat | None:
    """The format, None for what is no currency."""
    digits = minor_digits(currency)
    if digits is None:
        return None
    locales = list(_locales(_countries_of(currency, country)))
    symbols = [each for locale in locales for each in _symbols_of(locale)]
    return NumberFormat(
        code=currency,
        digits=digits,
        written_digits=min(digits, get_currency_precision(currency)),
        grouping=frozenset(mark for kind, mark in symbols if kind in ("group", "currencyGroup")),
        decimal=frozenset(mark for kind, mark in symbols if kind in ("decimal", "currencyDecimal")),
        names=_names(currency, locales),
    )


def fold(text: str) -> str:
    """A symbol or a word without what shops write or leave out: case, dots, colons and spaces."""
    return "".join(c for c in text.casefold() if c not in ".:" and not c.isspace())


def to_mark(text: str) -> str:
    """Every apostrophe as one, every space as the one that does not break."""
    return {"’": "'", "\u202f": "\u00a0", "\u2009": "\u00a0", " ": "\u00a0"}.get(text, text)  # noqa: RUF001 - CLDR's


def _countries_of(currency: str, country: str | None) -> tuple[str, ...]:
    """The shop's country where that is its currency; else the currency's own too, and what they differ in stays open."""
    if country is not None and currency in get_territory_currencies(country):
        return (country,)
    homes = HOMES.get(currency, (currency[:2],))
    return homes if country is None else (country, *homes)


def _locales(countries: Iterable[str]) -> Iterator[Locale]:
    """Each country in the languages that it is ruled in and that more than a few speak."""
    for country in countries:
        languages = get_territory_language_info(country)
        for language, facts in languages.items():
            is_official = facts["official_status"] in ("official", "de_facto_official")
            if is_official and float(facts["population_percent"] or 0) >= SPOKEN_BY_PERCENT:
                try:
                    yield Locale.parse(f"{language}_{country}")
                except (UnknownLocaleError, ValueError):
                    continue


def _symbols_of(locale: Locale) -> Iterator[tuple[str, str]]:
    for system in dict.fromkeys(("latn", locale.default_numbering_system)):
        for kind, mark in locale.number_symbols.get(system, {}).items():
            if isinstance(mark, str):
                yield kind, to_mark(mark)


def _names(currency: str, locales: Iterable[Locale]) -> frozenset[str]:
    names = [currency, f"{currency[:2]}$", *CUSTOMARY.get(currency, "").split()]
    names += [locale.currency_symbols.get(currency, currency) for locale in (*locales, Locale("en"))]
    return frozenset(fold("".join(c for c in each if c.isprintable())) for each in names)
