# ruff: noqa: RUF001, PLE2502 - amounts as people of every script write them
"""Amounts as shops write them: read as a person of the shop's country would read them, or not at all."""

import pytest

from services.ingest.amounts.money import to_minor


@pytest.mark.parametrize(
    ("raw", "currency", "minor"),
    [
        ("129.90", "USD", 12990),
        ("129.9", "USD", 12990),
        ("129", "USD", 12900),
        ("$1,299.00", "USD", 129900),
        ("1.299,00 €", "EUR", 129900),
        ("1 299,00", "EUR", 129900),
        ("1'299.00", "CHF", 129900),
        ("<span>$64<sup></sup></span>", "USD", 6400),
        ("64,95", "EUR", 6495),
        ("1,299", "USD", 129900),
        ("1,299,000", "USD", 129900000),
        ("1.299.000", "EUR", 129900000),
        (129.9, "USD", 12990),
        (0.1, "USD", 10),
        (12, "JPY", 12),
        (1299.0, "USD", 129900),
        (12.345, "KWD", 12345),
        (2500, "XOF", 2500),
        ("1,200", "JPY", 1200),
        (1.25, "KWD", 1250),
        ("64.955", "USD", None),
        (64.955, "USD", 6496),
        ("1.299", "EUR", None),
        ("2 x 5.00", "USD", None),
        ("-5.00", "USD", None),
        ("[OrderTotal]", "USD", None),
        ("", "USD", None),
        (float("nan"), "USD", None),
        (float("-inf"), "USD", None),
        (True, "USD", None),
        (10**30, "USD", None),
        (None, "USD", None),
        ({"amount": "1.00"}, "USD", None),
        ("1" * 300, "USD", None),
        ("12.99", "XXX", None),
        ("12.99", "PTS", None),
    ],
)
def test_an_amount_reads_as_a_person_would_read_it_or_not_at_all(raw: object, currency: str, minor: int | None) -> None:
    assert to_minor(raw, currency) == minor


@pytest.mark.parametrize(
    ("raw", "currency", "minor"),
    [
        (".99", "USD", 99),
        ("$.99", "USD", 99),
        ("$ .5", "USD", 50),
        (",50 €", "EUR", 50),
        ("€,05", "EUR", 5),
        (".500", "KWD", 500),
        (".999", "USD", None),
        (".1.5", "USD", None),
        ("EUR.99", "EUR", None),
        ("Rs.99", "INR", 9900),
        ("Rs .99", "INR", 99),
        ("kr.1.234,50", "DKK", 123450),
        ("S/.12.50", "PEN", 1250),
        ("12.", "USD", 1200),
    ],
)
def test_a_mark_before_the_first_digit_is_a_decimal_mark_or_the_end_of_a_word(
    raw: str, currency: str, minor: int | None
) -> None:
    assert to_minor(raw, currency) == minor


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "-$5.00",
            "$-5.00",
            "- $5.00",
            "$ - 5.00",
            "-5",
            "\u22125,00 $",
            "\uff0d5.00",
            "\u20135.00",
            "\ufe635.00",
            "\u20105.00",
        ),
        *("(5.00)", "($5.00)", "$(5.00)", "( 5.00 )", "\uff085.00\uff09", "5.00-", "5.00 -", "$5.00-", "5.00\u2212", "5.00- $"),
        *("\u200e-5.00", "5.00\u200f-", "&minus;5.00", "&#8722;5.00", "&MINUS;5.00", "minus 5.00", "5.00 CR", "<b>-</b>5.00"),
    ],
)
def test_a_negative_amount_in_any_spelling_is_never_a_positive_one(raw: str) -> None:
    assert to_minor(raw, "USD") is None
    assert to_minor(-5, "USD") is None
    assert to_minor(-5.0, "USD") is None


@pytest.mark.parametrize(
    ("raw", "currency", "country", "minor"),
    [
        # no decimals at all
        ("1.200", "JPY", None, 1200),
        ("1.200", "JPY", "US", 1200),
        ("150.000 ₫", "VND", None, 150000),
        ("$12.990", "CLP", "CL", 12990),
        ("$12,990", "CLP", "US", 12990),
        ("2.500", "XOF", "SN", 2500),
        ("2 500 F CFA", "XOF", "SN", 2500),
        ("2500.00", "XOF", "SN", 2500),
        ("1200.0", "JPY", "JP", 1200),
        ("￥1,200", "JPY", "JP", 1200),
        ("12.50", "JPY", "JP", None),
        ("₩ 15,000", "KRW", "KR", 15000),
        ("UGX 15,000", "UGX", "UG", 15000),
        ("1.299 kr.", "ISK", "IS", 1299),
        # three decimals
        ("12.345", "KWD", "KW", 12345),
        ("12.345", "KWD", None, 12345),
        ("1,234.567", "BHD", "BH", 1234567),
        ("12,500 TND", "TND", "TN", 12500),
        ("12.500", "TND", "TN", 12500),
        ("1 299,000 DT", "TND", "TN", 1299000),
        ("12,500 TND", "TND", "US", None),
        ("1,250", "KWD", "KW", None),
        ("25,000 IQD", "IQD", "IQ", None),
        ("25000 IQD", "IQD", "IQ", 25000000),
        ("12.5", "LYD", "LY", 12500),
        # two decimals
        ("0,999 €", "EUR", "DE", None),
        ("0.999", "USD", "US", None),
        ("1299.000", "USD", "US", 129900),
        ("1299,000", "USD", "US", 129900),
        ("12.9900", "USD", "US", 1299),
        ("16.6667", "USD", "US", 1667),
        ("1,2345", "USD", "US", None),
        ("12.990", "USD", "US", None),
        ("1.299 €", "EUR", "DE", 129900),
        ("1.299", "EUR", "DE", None),
        ("1,299", "EUR", "DE", None),
        ("1,659 €", "EUR", "DE", None),
        ("€1,299", "EUR", "IE", 129900),
        ("€1,299", "EUR", "US", None),
        ("1.299 €", "EUR", "US", None),
        ("£1,299", "GBP", "GB", 129900),
        ("1,299", "CAD", "CA", None),
        ("R$ 1.299", "BRL", "BR", 129900),
        ("Rp150.000", "IDR", "ID", 15000000),
        ("150.000", "IDR", "ID", 15000000),
        ("$ 12.990", "COP", "CO", 1299000),
        ("12 990 Ft", "HUF", "HU", 1299000),
        ("12.990", "HUF", "HU", None),
        ("1 299", "USD", "US", None),
        ("1 299", "EUR", "FR", 129900),
        ("1\u202f299", "USD", "US", 129900),
    ],
)
def test_currency_and_country_decide_what_a_mark_means(raw: str, currency: str, country: str | None, minor: int | None) -> None:
    assert to_minor(raw, currency, country) == minor


@pytest.mark.parametrize(
    ("raw", "currency", "minor"),
    [
        ("Rs. 1,23,456.00", "INR", 12345600),
        ("₹12,34,567.50", "INR", 123456750),
        ("12,34,567", "INR", 123456700),
        ("1,23,456", "USD", 12345600),
        ("1.23.456", "INR", None),
        ("1,2,3", "USD", None),
        ("12,345,67", "USD", None),
        ("1,234,56.00", "USD", None),
        ("0,123,456", "USD", None),
        ("1.234,567,890", "EUR", None),
        ("1'234'567.80", "CHF", 123456780),
        ("1’234.50", "CHF", 123450),
        ("CHF 12.–", "CHF", 1200),
        ("12.--", "CHF", 1200),
        ("1.234,- €", "EUR", 123400),
        ("1234,–", "EUR", 123400),
        ("1234,—", "EUR", 123400),
        ("1.234,-", "EUR", 123400),
        ("1,234,-", "EUR", None),
        ("299:-", "SEK", 29900),
        ("kr 1 234,50", "NOK", 123450),
        ("1\u2009299,00 €", "EUR", 129900),
        ("1\u202f299,00 €", "EUR", 129900),
        ("1\u00a0299,00\u00a0€", "EUR", 129900),
        ("1\u2007299,00 €", "EUR", 129900),
        ("1&nbsp;299,00&nbsp;&euro;", "EUR", 129900),
        ("1&NBSP;299,00&NBSP;&EURO;", "EUR", 129900),
        ("1&amp;nbsp;299,00 &#8364;", "EUR", 129900),
        ("1&#160;299,00 &#X20AC;", "EUR", 129900),
        ("1&thinsp;299,00", "EUR", 129900),
        ("1\n299", "EUR", None),
        ("64<sup>95</sup>", "USD", None),
        ("<del>$10.00</del> <ins>$8.00</ins>", "USD", None),
        ('<bdi><span class="s">&#36;</span>64.95</bdi>', "USD", 6495),
        ('64,95&nbsp;<span data-price="12">€</span>', "EUR", 6495),
    ],
)
def test_grouping_spaces_entities_and_dashes_are_read_as_they_are_meant(raw: str, currency: str, minor: int | None) -> None:
    assert to_minor(raw, currency) == minor


@pytest.mark.parametrize(
    ("raw", "currency", "minor"),
    [
        ("١٢٫٥٠", "EGP", 1250),
        ("١٬٢٩٩٫٠٠ ج.م.‏", "EGP", 129900),
        ("۱٬۲۹۹", "EUR", 129900),
        ("१,२३,४५६.००", "INR", 12345600),
        ("৳১,২৩,৪৫৬.০০", "BDT", 12345600),
        ("＄１，２９９．００", "USD", 129900),
        ("๑๒๙.๙๐", "THB", 12990),
        ("5²", "USD", None),
        ("①②", "USD", None),
        ("1½", "USD", None),
    ],
)
def test_digits_of_every_script_are_digits_and_nothing_else_is(raw: str, currency: str, minor: int | None) -> None:
    assert to_minor(raw, currency) == minor
