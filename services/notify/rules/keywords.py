"""Keywords of replies. Anything that could be a refusal is one (FCC rules of 2025-04-11: revocation by any reasonable means)."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from services.notify.rules.refusal_words import (
    JOINED,
    MISSPELLED_UNSUBSCRIBE,
    MISTYPED,
    MISTYPED_ALONE,
    NO_SIGNS,
    NO_WORDS,
    OTHER_SCRIPTS,
    REFUSED,
)


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
    """The meaning of a reply: none of a reaction; then exact keywords; then anything negative, which suppresses.

    What is quoted of our own messages, which all hold the word STOP, is not the shopper's text. A signature does not make a
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


# What of a reply its sender wrote: without reactions, quotations of our own messages, and signatures.

_REACTION = re.compile(r"\W{0,8}(?P<verb>[^\n“\"«„”‟]{1,40}?)[\s\W]{0,8}[“\"«„‟](?P<quoted>.*)", re.DOTALL)
"""``Liked “…”``: how a phone reports a tap on a message of ours to somebody whose phone cannot show it."""

_REACTION_VERBS = re.compile(
    r"\b(?:liked|loved|laughed at|emphasi[sz]ed|questioned|reacted|removed an?|"
    r"a aimé|a adoré|a ri|a souligné|a mis l.accent|a réagi|a interrogé|a supprimé|"
    r"le (?:gustó|gusta|encantó|encanta)|se (?:rio|rió)|reaccionó|enfatizó|destacó|eliminó|"
    r"gostou|amou|adorou|curtiu|riu|reagiu|enfatizou|removeu|"
    r"gefällt|mag|liebt|reagierte|ha reagito|piace|ama)\b"
)
_EMOJI_ALONE = re.compile(r"[^\w\s]{1,8}\s{0,3}(?:to|à|a|en|an|em|zu)?")
_EMOJI_TO = re.compile(
    r"[\s\u200b-\u200f]{0,8}(?:[\d#*]\ufe0f?\u20e3|[^\w\s“\"«„”‟]{1,16})[\s\u200b-\u200f]{0,3}"
    r"(?:to|à|a|en|an|em|zu|sur)\s{0,3}[“\"«„‟]"
)
"""Google's form: ``👍 to “…”``, of an emoji that may be a keycap or many characters joined into one."""

_REACTION_TO_MEDIA = re.compile(
    r"(?i)(?:liked|loved|laughed at|emphasi[sz]ed|questioned|disliked|reacted \S{1,8} to|removed an? [\w ]{1,20} from) "
    r"(?:an?|your|the) (?:image|picture|photo|video|movie|audio message|voice message|attachment|sticker|link|message)\.?"
)
"""``Loved an image``: a reaction that quotes nothing."""

_LEFT_OF_A_REACTION = re.compile(r"[^\w\s]{1,8} ?(?:to|à|a|en|an|em|zu)")
"""``👍 to``: what Google's form leaves once what it quotes is gone."""

_DISLIKED = re.compile(r"\b(?:disliked|n.a pas aimé|no le gustó|não gostou)\b")
_OUR_WORDS = re.compile(r"(?i)(?:reply|text) (?:yes|stop|help|start)\b|\bSTOP (?:to|pour|para) \w")
_QUOTED = re.compile(r"[“\"«„]([^“\"«„”»]{20,})[”\"»“]")
_QUOTED_LINE = re.compile(r"(?m)^\s{0,8}>[^\n]*$")
_ATTRIBUTION = re.compile(
    r"(?im)^\s{0,8}(?:on|le|el|em|am) [^\n]{0,120}(?:wrote|écrit|escribió|escreveu|schrieb)[^\n]{0,20}:\s*$"
)
_SIGNATURE = re.compile(
    r"(?im)^\s{0,8}(?:sent (?:from|via|with|using)|get (?:outlook|yahoo|it) for|envoyé (?:de|depuis|à partir)|enviado (?:desde|do|de|a partir)|"
    r"von mein\w+ \w+ gesendet|gesendet (?:von|mit)|inviato (?:da|dal)|verzonden (?:vanaf|met))\b[^\n]{0,120}$"
)
_SAME_LINE_SIGNATURE = re.compile(
    r"(?i)[\s.!]{1,4}(?:sent (?:from|via) (?:my|the|your|mail|outlook|yahoo)\b|envoyé de mon\b|enviado desde mi\b|enviado do meu\b)[^\n]{0,80}\s*$"
)
_DASHED_SIGNATURE = re.compile(r"(?:^|[\s.!])\s{0,4}(?:--|[-—–~])\s{0,4}[^\W\d_][\w.'’ -]{0,40}\s*$")
_NAME_BELOW = re.compile(
    r"\n\s{0,8}(?i:thanks|thank you|thx|merci|gracias|obrigad[oa]|cheers|best|regards)?[ ,]{0,3}\n?[A-ZÀ-Þ][\w.'’-]{0,20}(?: [A-ZÀ-Þ][\w.'’-]{0,20}){0,2}\s*$"
)


def is_reaction(text: str) -> bool:
    """Whether a phone reports that its owner reacted to a message, which is neither a yes nor a no.

    A person who loved "the red one" and refuses before it or behind it has reacted to nothing.
    """
    verb, behind = _parts_of(text)
    if _DISLIKED.search(verb) or is_refusal(_REACTION_VERBS.sub(" ", verb)) or is_refusal(behind):
        return False
    forms = (_REACTION_VERBS.search(verb), _EMOJI_ALONE.fullmatch(verb), _EMOJI_TO.match(text))
    return any(form is not None for form in forms)


def is_dislike(text: str) -> bool:
    """Whether a phone reports that its owner dislikes a message of ours: in doubt that is a no."""
    return _DISLIKED.search(_parts_of(text)[0]) is not None


def _parts_of(text: str) -> tuple[str, str]:
    """What stands before a quotation, and behind its end."""
    found = _REACTION.match(text.lstrip())  # leading spaces tried against every share of signs took seconds
    if found is None:
        return "", ""
    end = max(found["quoted"].rfind(mark) for mark in '”"»“')
    return found["verb"].casefold().strip(), found["quoted"][end + 1 :] if end >= 0 else ""


def without_quotations(text: str) -> str:
    """The text without quoted lines, and without quotations that hold our own words (``Reply STOP to …``)."""
    lines = _ATTRIBUTION.sub("", _QUOTED_LINE.sub("", text))
    return _QUOTED.sub(lambda found: "" if _OUR_WORDS.search(found[1]) else found[0], lines)


def written_by_shopper(text: str) -> str:
    """What a person may want to be answered: nothing of a reaction, and nothing that is quoted of our own messages."""
    if is_reaction(text) or is_dislike(text):
        return ""
    words = without_quotations(text).strip()
    return "" if _REACTION_TO_MEDIA.fullmatch(words) or _LEFT_OF_A_REACTION.fullmatch(words) else words


def without_signature(text: str) -> str:
    """The text without what a mail program or its owner puts below each message."""
    body = _SAME_LINE_SIGNATURE.sub("", _SIGNATURE.sub("", text).rstrip())
    return _DASHED_SIGNATURE.sub("", _NAME_BELOW.sub("", body))


def is_refusal(text: str) -> bool:
    """Whether a reasonable reader may take this for a refusal, in any reading of its letters."""
    return (
        any(sign in text for sign in NO_SIGNS)
        or OTHER_SCRIPTS.search(text.strip()) is not None
        or any(_refuses(words) for words in readings(text))
    )


def _refuses(words: str) -> bool:
    if words in NO_WORDS or words in MISTYPED_ALONE:
        return True
    parts = words.split()
    if any(part in MISTYPED for part in parts):
        return True
    spelled = words.replace(" ", "") if len(parts) > 1 and all(len(part) == 1 for part in parts) else ""
    return any(
        pattern.search(candidate)
        for pattern in (REFUSED, JOINED, MISSPELLED_UNSUBSCRIBE)
        for candidate in (words, spelled)
        if candidate
    )


_VISUAL = str.maketrans(
    dict(zip("авекмнорстухѕіјԁһԛԝ", "abekmhopctyxsijdhqw", strict=True))
    | dict(zip("αβεικνορτυχ", "abeiknoptux", strict=True))
    | dict(zip("0135@$€7!|", "oiesaseti" + "l", strict=True))
)
"""Letters and signs that look like Latin ones (Unicode, UTS 39, confusables; the few that spell a refusal)."""


def _letters(listed: str) -> list[str]:
    """The transcription of each letter, in the order of its alphabet."""
    return listed.split()


_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщыэюя",
        _letters("a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh sch y e yu ya"),
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηικλμνξοπρστυφχωςѕі",
        _letters("a b g d e z i i k l m n x o p r s t y f ch o s s i"),
        strict=True,
    )
)
_PHONETIC = str.maketrans({**_CYRILLIC, **_GREEK, "ь": "", "ъ": "", "ё": "e", "і": "i"})
_ENCLOSED = str.maketrans(
    {chr(start + number): chr(ord("a") + number) for start in (0x1F150, 0x1F170, 0x1F1E6) for number in range(26)}
    | dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
)


def words_of(text: str) -> str:
    """Lower-case words without accents and signs: ``S.T.O.P!`` reads ``s t o p`` and ``Arrêt`` reads ``arret``."""
    return _split(_folded(text))


def readings(text: str) -> Iterable[str]:
    """The words, and what look-alike letters and other alphabets make of them."""
    folded = _folded(text)
    yield _split(folded)
    disguised = folded.translate(_VISUAL)
    for other in (disguised, folded.translate(_PHONETIC)):
        if other != folded:
            yield _split(other)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text.translate(_ENCLOSED))).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")


def _split(folded: str) -> str:
    return " ".join(re.sub(r"[^\w]+|_", " ", folded).split())
