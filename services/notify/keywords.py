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


_START_WORDS = frozenset({"start", "unstop"})
_YES_WORDS = frozenset({"yes", "y", "yes please"})
_HELP_WORDS = frozenset({"help", "info", "help me", "help please", "aide", "ayuda"})
_NO_WORDS = frozenset({"no", "nope", "nah", "n", "non", "nein", "not now", "never", "pass", "out", "leave", "alto", "para"})
_NO_SIGNS = frozenset("🛑✋🖕👎🚫⛔❌")
_STOP_WORDS = (
    r"st[o0]+p+(?:all|ped|ping|it)?|unsubscribed?|unsub|cancel(?:led|ar|lation)?|end|quit|revoked?|arret(?:er|ez)?|halt"
)
_REFUSALS = (
    _STOP_WORDS,
    r"opt(?:ing|ed)? ?(?:me )?out",
    r"remove|delete (?:my|me|this)|lose (?:my|this) number|take (?:me|my \w+) off|off (?:your|the|this) list|dnc",
    r"non? (?:more|mas|thanks?|thank you|thx|gracias|merci|texts?|messages?|longer)|no quiero|not interested|enough|basta",
    r"(?:do not|do nt|don t|dont|doesn t|didn t|did not|never) (?:\w+ )?"
    r"(?:text|message|contact|send|write|sign|want|ask|like|need|consent)\w*",
    r"(?:text|message|contact)s? me (?:again and|no)|unwanted|annoying|harass\w*|cease|desist|withdraw",
    r"wrong (?:number|person)|who (?:is|s|are) (?:this|that|you)|not (?:my|me|the right)|mistake",
    r"leave me|go away|get (?:lost|off)|(?:bug|piss|f) off|shut up|f\w{0,2}[ck]+ ?(?:off|you|u)?",
    r"spam\w*|scam\w*|report(?:ing|ed)? (?:you|this|u)|sue|lawyer|attorney|block(?:ed|ing)?",
    r"desabonner|desinscri\w+|abmelden",
)
_NEGATIVE = re.compile(rf"\b(?:{'|'.join(_REFUSALS)})\b")


def meaning_of(text: str) -> Reply:
    """Read a reply: exact keywords first, then anything negative, which suppresses rather than asks."""
    words = _words(text)
    if words in _START_WORDS:
        return Reply.START
    if words in _YES_WORDS:
        return Reply.YES
    if words in _HELP_WORDS:
        return Reply.HELP
    spelled = words.replace(" ", "") if all(len(word) == 1 for word in words.split()) else ""
    negative = words in _NO_WORDS or any(sign in text for sign in _NO_SIGNS)
    return Reply.STOP if negative or _NEGATIVE.search(words) or _NEGATIVE.search(spelled) else Reply.OTHER


_TEST_CODE = re.compile(r"\s*test\W{0,3}((?:\d\W{0,2}){8})\s*", re.IGNORECASE | re.ASCII)


def test_code_in(text: str) -> str | None:
    """The eight digits of a merchant's own phone that proves itself, None where a text is anything else."""
    found = _TEST_CODE.fullmatch(text[:100])
    return None if found is None else re.sub(r"\D", "", found.group(1))


def _words(text: str) -> str:
    """Lower-case words without accents and signs: ``S.T.O.P!`` reads ``s t o p`` and ``Arrêt`` reads ``arret``."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text[:2000])).casefold()
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    return " ".join(re.sub(r"[^\w]+|_", " ", letters).split())
