"""What replies mean: a corpus, of which every no must be read as one, and hardly anything else."""

from pathlib import Path

import pytest

from services.notify.rules import keywords
from services.notify.rules.keywords import Reply, meaning_of
from tests.support.ratios import holds_ratio

FOLDER = Path(__file__).parent
STOPS = (FOLDER / "replies_that_stop.txt").read_text().splitlines()
OTHERS = (FOLDER / "replies_that_say_nothing.txt").read_text().splitlines()


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(STOPS) >= 200
    assert len(OTHERS) >= 30


@pytest.mark.parametrize("text", STOPS)
def test_this_is_a_no(text: str) -> None:
    assert meaning_of(text) is Reply.STOP


@pytest.mark.parametrize("text", OTHERS)
def test_this_is_neither_yes_nor_no(text: str) -> None:
    assert meaning_of(text) is Reply.OTHER


@pytest.mark.parametrize("text", ["YES", "yes", "Yes.", "yes!", " Y ", "\uff39\uff25\uff33", "Yes please", "YES 👍"])
def test_this_is_a_yes(text: str) -> None:
    assert meaning_of(text) is Reply.YES


@pytest.mark.parametrize(
    "text",
    [
        "YES\n\nSent from my iPhone",
        "Yes. Sent from my iPhone",
        "yes\nGet Outlook for Android",
        "Yes - Anna",
        "YES -- Anna Smith",
        "Yes\nAnna",
        "Yes\nThanks,\nAnna Smith",
        "Yes\nEnvoyé de mon iPhone",
        "Yes\n> Harbor & Vine: reply YES to get cart reminders. STOP to opt out.",
        "Y\nEnviado desde mi iPhone",
        "yes “Harbor & Vine: reply YES to get cart reminders by text. STOP to opt out.”",
    ],
)
def test_a_yes_with_a_signature_or_our_own_words_is_a_yes(text: str) -> None:
    assert meaning_of(text) is Reply.YES


@pytest.mark.parametrize(
    "text", ["Yes - stop", "YES\nno more texts", "Yes\n-- stop texting me", "yes - no", "Yes - wrong number"]
)
def test_a_refusal_below_a_yes_is_a_refusal(text: str) -> None:
    assert meaning_of(text) is not Reply.YES


ACCEPTED_FALSE_POSITIVES = [
    "stopping by tomorrow",
    "can you stop by at five",
    "bus stop",
    "the end of the month",
    "cancel my last order please",
    "I did not like the red one",
    "who is this wine by",
    "remove the second bottle from my order",
    "top",
    "that is enough for two people",
    "spam",
    "Disliked “Harbor & Vine: you left 2 items in your cart. Reply STOP to opt out.”",
]
"""Read as a no though a person might see a question: a no too many costs a reminder, a no too few breaks the law."""


@pytest.mark.parametrize("text", ACCEPTED_FALSE_POSITIVES)
def test_the_false_positives_that_are_accepted_are_listed(text: str) -> None:
    assert meaning_of(text) is Reply.STOP


@pytest.mark.parametrize(
    "fragment", ["a ", " ", "“", "> ", "un", "stop\u0301", "-", "no me ", "“a”", "\n", "u s c r i b ", "!", "ne m "]
)
def test_reading_a_reply_takes_time_in_proportion_to_its_length(fragment: str) -> None:
    assert holds_ratio(meaning_of, (fragment * 1000)[:1000], (fragment * 2000)[:2000])


@pytest.mark.parametrize("text", ["yess", "yes and no", "yesterday", "I said yes", "yes, who is this", "yeah", "y not", ""])
def test_only_the_plain_word_is_a_yes(text: str) -> None:
    assert meaning_of(text) is not Reply.YES


@pytest.mark.parametrize(
    ("text", "reply"), [("START", Reply.START), ("unstop", Reply.START), ("HELP", Reply.HELP), ("Info", Reply.HELP)]
)
def test_keywords_are_read_in_any_case(text: str, reply: Reply) -> None:
    assert meaning_of(text) is reply


def test_a_no_at_the_end_of_the_longest_message_is_a_no() -> None:
    assert meaning_of("please " * 227 + "stop") is Reply.STOP


def test_what_is_longer_than_any_message_is_read_quickly() -> None:
    assert meaning_of("a " * 1_000_000) is Reply.OTHER


@pytest.mark.parametrize(
    "text", ["TEST 8412 0937", "test 84120937", " Test: 8412-0937 ", "TEST8412 0937", "Test 8 4 1 2 0 9 3 7."]
)
def test_a_test_code_is_read_however_it_is_typed(text: str) -> None:
    assert keywords.test_code_in(text) == "84120937"
    assert meaning_of(text) is Reply.OTHER


@pytest.mark.parametrize(
    "text", ["", "84120937", "TEST 8412 093", "TEST 8412 09371", "contest 84120937", "TEST 84120937 please", "TEST ٨٤١٢٠٩٣٧"]
)
def test_what_is_not_quite_a_test_code_is_none(text: str) -> None:
    assert keywords.test_code_in(text) is None
