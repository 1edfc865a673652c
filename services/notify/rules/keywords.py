"""What a reply means. Anything that could be a no is one (FCC rules of 2025-04-11: revocation by any reasonable means)."""

import re
from enum import StrEnum

from services.notify.rules.quotations import is_dislike, is_reaction, without_quotations, without_signature
from services.notify.rules.refusals import NO_WORDS, is_refusal
from services.notify.rules.spelling import words_of


class Reply(StrEnum):
    """What to do with a reply."""

    STOP = "stop"
    HELP = "help"
    START = "start"
    YES = "yes"
    OTHER = "other"


_START_WORDS = frozenset({"start", "unstop"})
_YES_WORDS = frozenset({"yes", "y", "yes please"})
_HELP_WORDS = frozenset({"help", "info", "help me", "help please", "aide", "ayuda"})
LONGEST = 2000


def meaning_of(text: str) -> Reply:
    """Read a reply: reactions say nothing; then exact keywords; then anything negative, which suppresses rather than asks.

    What is quoted of our own messages, which all hold the word STOP, is not the shopper's word. A signature does not make a
    yes less of one, but a refusal inside of it counts.
    """
    text = text[:LONGEST]
    if is_reaction(text):
        return Reply.OTHER
    own = without_quotations(text)
    words = words_of(own)
    if words in _START_WORDS:
        return Reply.START
    if is_dislike(text) or is_refusal(own):
        return Reply.STOP
    signed, words = words, words_of(without_signature(own))
    if words in _YES_WORDS:
        return Reply.OTHER if NO_WORDS & set(signed.split()) else Reply.YES
    if words in _HELP_WORDS:
        return Reply.HELP
    return Reply.START if words in _START_WORDS else Reply.OTHER


_TEST_CODE = re.compile(r"\s*test\W{0,3}((?:\d\W{0,2}){8})\s*", re.IGNORECASE | re.ASCII)


def test_code_in(text: str) -> str | None:
    """The eight digits of a merchant's own phone that proves itself, None where a text is anything else."""
    found = _TEST_CODE.fullmatch(text[:100])
    return None if found is None else re.sub(r"\D", "", found.group(1))
