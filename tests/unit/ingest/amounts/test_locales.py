"""Amounts as the world writes them: every locale of CLDR, every currency of ISO 4217, and any text at all."""

from decimal import Decimal
from functools import cache

import pytest
from babel import Locale, localedata
from babel.numbers import format_currency
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.ingest.amounts.money import to_minor
from shared.events.currencies import minor_digits, to_decimal, to_words
from shared.events.envelope import Money
from tests.support.ratios import holds_ratio

CURRENCIES = (
    "USD",
    "EUR",
    "GBP",
    "CHF",
    "JPY",
    "KRW",
    "VND",
    "CLP",
    "ISK",
    "XOF",
    "KWD",
    "TND",
    "BHD",
    "INR",
    "BRL",
    "ZAR",
    "HUF",
)


@given(minor=st.integers(-(10**14), 10**14), currency=st.sampled_from(CURRENCIES))
def test_an_amount_that_is_written_as_data_is_read_back(minor: int, currency: str) -> None:
    written = to_decimal(Money(minor=minor, currency=currency))

    read = to_minor(written, currency)

    assert read == (None if minor < 0 else minor)


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (129900, "USD", "1,299.00 USD"),
        (2500, "XOF", "2,500 XOF"),
        (-5, "USD", "-0.05 USD"),
        (-1234567, "KWD", "-1,234.567 KWD"),
    ],
)
def test_an_amount_for_people_has_the_digits_of_its_currency(minor: int, currency: str, words: str) -> None:
    assert to_words(Money(minor=minor, currency=currency)) == words


@cache
def locales() -> list[str]:
    return sorted(localedata.locale_identifiers())


@settings(max_examples=600, deadline=None)
@given(
    minor=st.integers(0, 10**9) | st.integers(0, 10**5).map(lambda n: n * 1000),
    currency=st.sampled_from(CURRENCIES),
    locale=st.integers(0, 10**6).map(lambda n: locales()[n % len(locales())]),
    country=st.sampled_from([None, "US", "DE", "CH", "IN", "KW", "FR", "CO", "CA", "ZA", "JP"]),
    whole=st.booleans(),
)
@example(minor=129000, currency="EUR", locale="de", country="DE", whole=True)
@example(minor=1290, currency="EUR", locale="fr", country="IE", whole=False)
def test_an_amount_written_in_any_locale_reads_as_itself_or_not_at_all(
    minor: int, currency: str, locale: str, country: str | None, whole: bool
) -> None:
    digits = minor_digits(currency)
    assert digits is not None
    if whole and digits < 3:  # three digits after a mark are decimals to a currency that has three
        minor -= minor % 10**digits
        digits = 0
    pattern = Locale.parse(locale).currency_formats["standard"].pattern.replace("0.00", f"0.{'':0<{digits}}" if digits else "0")
    amount = Decimal(minor).scaleb(-(minor_digits(currency) or 0))
    written = format_currency(amount, currency, pattern, locale=locale, currency_digits=False, numbering_system="default")

    assert to_minor(written, currency, country) in (minor, None)


def test_what_people_of_a_country_write_in_its_currency_is_read() -> None:
    own = (
        "en_US USD, de_DE EUR, de_CH CHF, en_IN INR, fr_FR EUR, ja_JP JPY, pt_BR BRL, ar_KW KWD, fr_TN TND, sv_SE SEK, "
        "nb_NO NOK, pl_PL PLN, hi_IN INR, es_CL CLP, vi_VN VND, fr_SN XOF, en_GB GBP, fr_CA CAD, en_CA CAD, bn_BD BDT"
    )
    for locale, currency in (each.split() for each in own.split(", ")):
        digits = minor_digits(currency) or 0
        for minor in (5, 99, 12990, 129900, 1234567, 123456789):
            amount = Decimal(minor).scaleb(-digits)
            written = format_currency(amount, currency, locale=locale, numbering_system="default")
            assert to_minor(written, currency, locale[-2:]) == minor, (written, locale)


@given(raw=st.one_of(st.text(), st.text("0123456789.,' -()$€", max_size=20), st.floats(), st.integers(), st.lists(st.text())))
def test_no_input_raises_or_makes_a_negative_amount(raw: object) -> None:
    minor = to_minor(raw, "USD")

    assert minor is None or 0 <= minor < 10**15


@pytest.mark.parametrize("unit", ["<", "&", "1.", "1,", "&amp;", "(", "1 ", "$", "kr", ".", "-"])
def test_reading_a_text_costs_no_more_than_its_length(unit: str) -> None:
    def read(text: str) -> None:
        for _ in range(50):
            to_minor(text, "EUR", "DE")

    assert holds_ratio(read, (unit * 128)[:128], (unit * 256)[:256])
