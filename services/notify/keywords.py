"""What a reply means. Anything that could be a no is one (FCC rules of 2025-04-11: revocation by any reasonable means)."""

import re
import unicodedata
from enum import StrEnum


class Reply(StrEnum):
    """What to do with a reply."""

    STOP = "stop"
    HELP = "help"
    START = "start"
    YES = "yes"
    OTHER = "other"


_STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "arret"})
_START_WORDS = frozenset({"start", "unstop"})
_YES_WORDS = frozenset({"yes", "y", "yes please"})
_HELP_WORDS = frozenset({"help", "info"})
_NEGATIVE = re.compile(
    r"\b(stop|unsubscribe|remove me|opt(?:ing)? ?out|quit|revoke|cancel|no more|leave me alone|wrong number|no mas|"
    r"(?:do not|don t|dont|never) (?:text|message|contact|send|write)|take me off|not interested|who is this|arret|"
    r"(?:text|message)s? (?:me )?again and|spam|scam|f\w*k|delete my number|lose my number|go away|enough)\b"
)


def meaning_of(text: str) -> Reply:
    """Read a reply: exact keywords first, then anything negative, which suppresses rather than asks."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    words = " ".join(re.sub(r"[^\w]+", " ", letters).split())
    if words in _STOP_WORDS:
        return Reply.STOP
    if words in _START_WORDS:
        return Reply.START
    if words in _YES_WORDS:
        return Reply.YES
    if words in _HELP_WORDS:
        return Reply.HELP
    return Reply.STOP if _NEGATIVE.search(words) or words == "no" else Reply.OTHER
