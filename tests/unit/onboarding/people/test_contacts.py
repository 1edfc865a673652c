"""A pasted list of opt-outs: each line is accounted for, and nothing of it is repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.onboarding.people.contacts import read_opt_outs, recipient_of
from shared.runtime.security.sealing import Pepper

PEPPER = Pepper("p1", b"k" * 32)
SENTENCES = {
    "is too long to be one person's: put each on a line of their own.",
    "no phone number and no e-mail address could be read.",
}
LINES = st.sampled_from(
    ["+12125550123", "(212) 555-0123", "anna@shop.example", " Anna@Shop.Example ", "not a contact", "", "12", "a@", '"x']
)


def test_a_number_is_one_person_however_it_is_written() -> None:
    read = read_opt_outs("+1 212 555 0123\n(212) 555-0123\n212.555.0123", "US", PEPPER)

    assert read.recipients == (recipient_of("+12125550123", "US", PEPPER),)
    assert (read.repeated, read.bad) == (2, ())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_has_headings_and_other_columns(separator: str) -> None:
    rows = [["Email", "Phone", "Reason"], ["anna@shop.example", "212-555-0123", "STOP"], ["", "", "unknown"]]

    read = read_opt_outs("\ufeff" + "\r\n".join(separator.join(row) for row in rows), "US", PEPPER)

    assert len(read.recipients) == 2
    assert [line.number for line in read.bad] == [3]


@given(st.lists(LINES, max_size=12))
def test_no_line_is_lost(lines: list[str]) -> None:
    read = read_opt_outs("\n".join(lines), "US", PEPPER)

    filled = [line for line in "\n".join(lines).splitlines() if line.strip()]
    assert len(read.recipients) + read.repeated + len(read.bad) == len(filled)


@given(st.text(max_size=200))
def test_whatever_is_pasted_is_answered(text: str) -> None:
    read = read_opt_outs(text, "US", PEPPER)

    assert {line.sentence for line in read.bad} <= SENTENCES  # which repeat nothing of what was pasted


def test_an_opt_out_counts_for_every_reading_and_a_landline_is_one() -> None:
    read = read_opt_outs("020 7946 0018\nmailto:Anna@Straße.de\n+54 11 2345 6789", "GB", PEPPER)

    assert (len(read.recipients), read.bad) == (3, ())
    suppressed = {each.index for each in read.recipients + read.also}
    for text in ("+442079460018", "anna@straße.de", "anna@strasse.de", "+5491123456789", "+541123456789"):
        assert recipient_of(text, "GB", PEPPER).index in suppressed
