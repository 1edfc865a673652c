"""Amounts as shops write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.money import exponent_of, to_minor


@pytest.mark.parametrize(
    ("raw", "currency", "minor"),
    [
        ("129.90", "USD", 12990),
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
        ("1,200", "JPY", 1200),
        ("1.250", "KWD", None),
        (1.25, "KWD", 1250),
        ("64.955", "USD", None),
        (64.955, "USD", 6496),
        ("1.299", "EUR", None),
        ("2 x 5.00", "USD", None),
        ("-5.00", "USD", None),
        ("12,34,567.00", "INR", None),
        ("[OrderTotal]", "USD", None),
        ("", "USD", None),
        (float("nan"), "USD", None),
        (True, "USD", None),
        (10**30, "USD", None),
        (None, "USD", None),
    ],
)
def test_an_amount_reads_as_a_person_would_read_it_or_not_at_all(raw: object, currency: str, minor: int | None) -> None:
    assert to_minor(raw, currency) == minor


@given(minor=st.integers(0, 10**12), currency=st.sampled_from(["USD", "JPY", "EUR"]))
def test_what_a_shop_writes_with_grouping_comes_back_as_it_was(minor: int, currency: str) -> None:
    exponent = exponent_of(currency)
    whole, cents = divmod(minor, 10**exponent)
    written = f"{whole:,}" + (f".{cents:0{exponent}d}" if exponent else "")

    assert to_minor(written, currency) == minor
    assert exponent == 0 or to_minor(written.translate(str.maketrans(",.", ".,")), currency) == minor


@given(raw=st.one_of(st.text(), st.floats(), st.integers(), st.lists(st.text())))
def test_no_input_raises_or_makes_a_negative_amount(raw: object) -> None:
    minor = to_minor(raw, "USD")

    assert minor is None or 0 <= minor < 10**15
