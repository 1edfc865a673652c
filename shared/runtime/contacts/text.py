"""Contacts as browsers, servers, back offices and mailboxes write them, made one plain text."""

import re
import unicodedata
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

LONGEST = 512
_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0\ufffd")


@dataclass(frozen=True)
class Readings:
    """What a text may mean. ``sure`` is what may be spoken to; ``every`` is what an order or an opt-out counts for.

    ``every`` begins with the sure one where there is one. Both are empty where nothing could be read.
    """

    sure: str | None
    every: tuple[str, ...]


def plain_text(raw: str) -> str:
    """Entities and percent signs resolved, one width of letters, no direction marks, soft hyphens or halves of surrogates.

    A line break parts two contacts, so it stays as a space. At most ``LONGEST`` characters: a ligature may be eighteen letters.
    """
    text = raw[:LONGEST]
    if "&" in text:
        text = unescape(unescape(text))
    if "%" in text and _ESCAPED.search(text):
        text = unquote(text, errors="replace")
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(map(_plain_character, unicodedata.normalize("NFKC", text)[:LONGEST])).strip()


def _plain_character(c: str) -> str:
    category = unicodedata.category(c)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if category in ("Cf", "Cs", "Cn", "Co") or c in _INVISIBLE or "\ufe00" <= c <= "\ufe0f":
        return ""
    return str(unicodedata.decimal(c)) if category == "Nd" else c
