"""How many parts a text has, against the vectors that Twilio's own calculator agrees with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.segments import count, plain

VECTORS = [
    ("a" * 160, "GSM-7", 1),
    ("a" * 161, "GSM-7", 2),
    ("a" * 306, "GSM-7", 2),
    ("a" * 307, "GSM-7", 3),
    ("a" * 159 + "€", "GSM-7", 2),
    ("a" * 158 + "€", "GSM-7", 1),
    ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
    ("☃" * 70, "UCS-2", 1),
    ("☃" * 71, "UCS-2", 2),
    ("☃" * 134, "UCS-2", 2),
    ("☃" * 135, "UCS-2", 3),
    ("🛒" * 35, "UCS-2", 1),
    ("🛒" * 36, "UCS-2", 2),
    ("ж" * 66 + "🛒" + "ж" * 66, "UCS-2", 3),
    ("a" * 159 + "\u2019", "UCS-2", 3),
    ("ç", "UCS-2", 1),
    ("\t", "UCS-2", 1),
    ("`", "UCS-2", 1),
]


@pytest.mark.parametrize(("text", "encoding", "parts"), VECTORS)
def test_a_text_has_the_parts_that_carriers_bill(text: str, encoding: str, parts: int) -> None:
    counted = count(text)

    assert (counted.encoding, counted.parts) == (encoding, parts)


def test_a_curly_apostrophe_costs_two_more_parts_unless_it_is_made_plain() -> None:
    curly = "a" * 159 + "\u2019"

    assert count(curly).parts == 3
    assert count(plain(curly)).parts == 1


@given(st.text(max_size=400), st.text(max_size=20))
def test_more_text_never_has_fewer_parts(text: str, more: str) -> None:
    assert count(text).parts >= 1
    assert count(text + more).parts >= count(text).parts
