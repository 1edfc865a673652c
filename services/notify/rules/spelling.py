"""Spellings of a reply: its words without accents and signs, in each alphabet it may be disguised in, and slips of a thumb."""

import re
import unicodedata
from collections.abc import Iterable

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def slips(word: str) -> frozenset[str]:
    """Every string one slip of a thumb away: a letter lost, doubled, wrong, too many, or two that changed places."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return frozenset(
        [a + b[1:] for a, b in cuts if b]
        + [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
        + [a + letter + b[1:] for a, b in cuts if b for letter in _ALPHABET]
        + [a + letter + b for a, b in cuts for letter in _ALPHABET]
    )


_VISUAL = str.maketrans(
    dict(zip("авекмнорстухѕіјԁһԛԝ", "abekmhopctyxsijdhqw", strict=True))
    | dict(zip("αβεικνορτυχ", "abeiknoptux", strict=True))
    | dict(zip("0135@$€7!|", "oiesaseti" + "l", strict=True))
)
"""Letters and signs that look like Latin ones (Unicode, UTS 39, confusables; the few that spell a refusal)."""
_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщыэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "sch",
            "y",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηικλμνξοπρστυφχωςѕі",
        [
            "a",
            "b",
            "g",
            "d",
            "e",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "o",
            "s",
            "s",
            "i",
        ],
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
