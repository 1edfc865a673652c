"""Counted things have the number of their noun."""

import pytest

from shared.messages.counts import counted


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 items"), (1, "1 item"), (2, "2 items"), (21, "21 items"), (1200, "1,200 items")]
)
def test_one_thing_is_singular_and_every_other_number_plural(number: int, words: str) -> None:
    assert counted(number, "item") == words


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(number, "entry", "entries") for number in (1, 2)] == ["1 entry", "2 entries"]
