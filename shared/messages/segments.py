"""How many parts an SMS has: 160 or 153 septets of GSM-7, 70 or 67 units of UCS-2 (3GPP TS 23.038 and 23.040)."""

from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_PLAIN = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00a0": " ",
    }
)


@dataclass(frozen=True)
class Segments:
    """``units`` are septets of GSM-7 or 16-bit units of UCS-2."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int


def plain(text: str) -> str:
    """Typographic signs by their plain twins: one curly apostrophe would turn 160 characters into three parts."""
    return text.translate(_PLAIN)


def count(text: str) -> Segments:
    """Count the parts of a text as carriers bill it. Nothing is split inside an escape pair or a surrogate pair."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        return _counted("GSM-7", [2 if character in _EXTENDED else 1 for character in text], single=160, multiple=153)
    return _counted("UCS-2", [2 if ord(character) > 0xFFFF else 1 for character in text], single=70, multiple=67)


def _counted(encoding: Literal["GSM-7", "UCS-2"], widths: list[int], *, single: int, multiple: int) -> Segments:
    total = sum(widths)
    if total <= single:
        return Segments(encoding, total, 1)
    parts, filled = 1, 0
    for width in widths:
        if filled + width > multiple:
            parts, filled = parts + 1, 0
        filled += width
    return Segments(encoding, total, parts)
