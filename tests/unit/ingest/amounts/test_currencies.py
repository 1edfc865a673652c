# ruff: noqa: RUF001, PLE2502 - amounts as people of every script write them
"""Currencies: what stands beside a number, and how many digits it has."""

import pytest

from services.ingest.amounts.money import to_currency, to_minor
from shared.events.currencies import minor_digits


@pytest.mark.parametrize(
    ("raw", "currency", "minor"),
    [
        ("US$12.99", "USD", 1299),
        ("US $12.99", "USD", 1299),
        ("12,99 $ US", "USD", 1299),
        ("USD 12.99", "USD", 1299),
        ("12.99usd", "USD", 1299),
        ("$12.99 USD", "USD", 1299),
        ("R$ 12,99", "BRL", 1299),
        ("CA$12.99", "CAD", 1299),
        ("C$12.99", "CAD", 1299),
        ("A$12.99", "AUD", 1299),
        ("$12.99", "AUD", 1299),
        ("Fr. 12.50", "CHF", 1250),
        ("12,50 zł", "PLN", 1250),
        ("1 299,00 Kč", "CZK", 129900),
        ("1 299,50 ₽", "RUB", 129950),
        ("1299 руб.", "RUB", 129900),
        ("د.ك.‏ 12.345", "KWD", 12345),
        ("12.99 (incl. VAT)", "USD", 1299),
        ("Total: $12.99", "USD", 1299),
        ("12,99 €*", "EUR", 1299),
        # another currency than the one that was stated
        ("€12.99", "USD", None),
        ("CA$12.99", "USD", None),
        ("R$12.99", "USD", None),
        ("12.99 EUR", "USD", None),
        ("$12.99", "EUR", None),
        ("£12.99", "EUR", None),
        ("A$12.99", "CAD", None),
        ("₹12.99", "PKR", None),
        # something else than an amount
        ("99¢", "USD", None),
        ("599 cents", "USD", None),
        ("50p", "GBP", None),
        ("1.5M", "USD", None),
        ("5k", "USD", None),
        ("2 million", "USD", None),
        ("3 lakh", "INR", None),
        ("10%", "USD", None),
        ("5.00 off", "USD", None),
        ("from 5.00", "USD", None),
        ("5.00 – 9.00", "USD", None),
        ("12/2026", "USD", None),
        ("1e3", "USD", None),
        ("0x12", "USD", None),
        ("<12", "USD", None),
    ],
)
def test_what_stands_beside_a_number_must_be_its_currency(raw: str, currency: str, minor: int | None) -> None:
    assert to_minor(raw, currency) == minor


@pytest.mark.parametrize(
    ("raw", "own", "country", "currency"),
    [
        ("usd", "EUR", "DE", "USD"),
        (" EUR ", "USD", "US", "EUR"),
        ("€", "USD", "US", "EUR"),
        ("$", "CAD", "CA", "CAD"),
        ("$", "EUR", "DE", None),
        ("US$", "CAD", "CA", "USD"),
        ("kr", "SEK", "SE", "SEK"),
        ("XXX", "USD", "US", None),
        ("BTC", "USD", "US", None),
        ("US Dollar", "USD", "US", None),
        ("USDT", "EUR", "DE", None),
        (840, "USD", "US", None),
        ("", "USD", "US", None),
    ],
)
def test_a_currency_is_a_code_or_a_symbol_that_leaves_no_doubt(
    raw: object, own: str, country: str, currency: str | None
) -> None:
    assert to_currency(raw, own, country) == currency


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        *((code, 0) for code in ("XOF", "XAF", "XPF", "UGX", "ISK", "CLP", "JPY", "PYG", "RWF", "VND", "KRW")),
        *((code, 2) for code in ("USD", "HUF", "TWD", "MRU", "MGA", "COP", "IDR", "BGN")),
        *((code, 3) for code in ("IQD", "LYD", "KWD", "JOD", "TND", "BHD", "OMR")),
        *(("CLF", 4), ("XAU", None), ("ABC", None)),
    ],
)
def test_the_digits_of_a_currency_are_those_of_iso_4217(currency: str, digits: int | None) -> None:
    assert minor_digits(currency) == digits
