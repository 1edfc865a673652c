"""Amounts as shoppers read them: by language and country, with the decimals of their currency."""

import pytest

from shared.events.envelope import Money
from shared.messages.prices import price_text


@pytest.mark.parametrize(
    ("minor", "currency", "language", "country", "expected"),
    [
        (123450, "USD", "en", "US", "$1,234.50"),
        (123450, "USD", "es", "US", "$1,234.50"),
        (123450, "EUR", "es", "ES", "1.234,50\u00a0€"),
        (123450, "EUR", "en", "IE", "€1,234.50"),
        (123450, "MXN", "es", "MX", "$1,234.50"),
        (5, "USD", "en", "US", "$0.05"),
        (-1000, "USD", "en", "US", "-$10.00"),
        (2500, "JPY", "en", "US", "¥2,500"),
        (1234567, "KWD", "en", "US", "KWD\u00a01,234.567"),
        (123450, "HUF", "en", "US", "HUF\u00a01,234.50"),
        (123450, "XQZ", "en", "US", "XQZ\u00a01,234.50"),
        (123450, "EUR", "es", "JP", "1.234,50\u00a0€"),
    ],
)
def test_an_amount_is_written_for_its_reader(minor: int, currency: str, language: str, country: str, expected: str) -> None:
    assert price_text(Money(minor=minor, currency=currency), language, country) == expected
