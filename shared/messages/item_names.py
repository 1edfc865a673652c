"""Names of items from unsigned beacons: shown to people only when they read like a name. One filter for every page and message.

Anybody can name an item. A name that holds an address, a number to call or an instruction is not shown at all: what would be
left of it after stripping could still be read as one. A genuine name that is refused costs no more than ``ANY_ITEM`` instead.
Shoppers are shown less: names that pass the filter and that the shop's own pages bear as well.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from shared.messages.injections import ADDRESSES, INSTRUCTIONS, LOOK_ALIKES, NUMBERS, SPELLED_OUT, YEARS

ANY_ITEM = "Item"
LONGEST_NAME = 40
LONGEST_READ = 256
READ_BEYOND = 40
_BLANK = frozenset("\u2800\u3164\u115f\u1160")
"""Letters and symbols that show nothing."""
_UNITS = frozenset("\u03bc\u03a9")
"""Greek letters beside Latin ones in honest names: 10 \u03bcm, 8 \u03a9."""
_LEET = [str.maketrans("013457@$!|", f"o{one}eastasi{one}") for one in "il"]
_AS_DIGITS = str.maketrans("oil", "011")
_LIKE_DIGITS = re.compile(r"\b(?=[oil]{0,8}\d)[\doil]{3,32}\b|\b[oil](?=-\d)")
_BRACKETS = "[]()*_\"'\u00ab\u00bb\u201c\u201d"
_WITHOUT_BRACKETS = dict.fromkeys(map(ord, _BRACKETS))
_BRACKETS_APART = dict.fromkeys(map(ord, _BRACKETS), " ")
_DISGUISED = re.compile(r"[a-z][013457@$!|]|[013457@$!|][a-z]")
_MARKS_IN_A_ROW = 2
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
_PATH = re.compile(r"(?:/[\w.~!$&'()*+,;:=%-]++)*/?", re.ASCII)
_SIGNS = (*"@<>{}\\^`", "//")
_SPELLED = re.compile(r"\b(?:[^\W\d_][ .,*_-]){3,}[^\W\d_]\b")
_NOT_OF_THE_WORD = [(before, after) for before in range(3) for after in range(3)]
"""Letters that stand beside a spelled word and are none of it: 0.75 l c l i c k."""
_LEADS_AWAY = re.compile(r"(?i)https?:|%(?:3a|2f|5c|40|0)|\bwww\.|\.(?:com|net|org|info|biz|xyz|io|ru|cn|tk|tld)(?:/|$)")
_LONGEST_PATH = 512


@lru_cache(maxsize=8192)
def shown_name(name: str, longest: int = LONGEST_NAME) -> str | None:
    """The name as it may be shown, cut at a word to at most ``longest`` characters. None for one that may not."""
    text = visible(name[:LONGEST_READ])[: longest + READ_BEYOND]  # what is not shown harms nobody
    if not text or not any(character.isalnum() for character in text) or is_injection(text):
        return None
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return f"{cut.rpartition(' ')[0] or cut}\u2026"


def item_name(name: str, product_id: str, longest: int = LONGEST_NAME) -> str:
    """What an item is called where people read it: its name, else its number in the shop, else ``ANY_ITEM``."""
    return shown_name(name, longest) or shown_name(product_id, longest) or ANY_ITEM


def name_hash(name: str) -> str:
    """A name as it is kept and compared: what is visible of it, whatever its case."""
    return hashlib.sha256(visible(name[:LONGEST_READ]).casefold().encode()).hexdigest()[:24]


def page_name(name: str, page_names: Collection[str], longest: int = LONGEST_NAME) -> str | None:
    """The name as it may be shown to shoppers: one that the shop's own pages bear too. No filter knows every language."""
    return shown_name(name, longest) if name_hash(name) in page_names else None


def shown_path(path: str | None) -> str | None:
    """A path of the shop that a link may lead to. None for one that bears an address: the shop might redirect there."""
    if not path or len(path) > _LONGEST_PATH or not _PATH.fullmatch(path):
        return None
    return None if _LEADS_AWAY.search(path) else path


def shown_page(path: str | None, suffix: str | None) -> str | None:
    """The address of a product on the shop's host, as ``shown_path`` checks it; without a suffix that may lead elsewhere."""
    shown = shown_path(path)
    return shown + (suffix or "") if shown and not _LEADS_AWAY.search(suffix or "") else shown


def visible(text: str) -> str:
    """The text without what nobody sees: control and direction signs, marks that enclose, blanks that pretend to be letters."""
    shown = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category in ("Cc", "Zs", "Zl", "Zp") or character in _BLANK:
            shown.append(" ")
        elif category[0] != "C" and category != "Me" and not "\ufe00" <= character <= "\ufe0f":
            shown.append(character)
    return " ".join("".join(shown).split())


def is_injection(text: str) -> bool:
    """Whether a text holds an address, a number, or words that call upon people to do something, however they are disguised."""
    if (not text.isascii() and (_mixes_alphabets(text) or _piles_marks(text))) or any(sign in text for sign in _SIGNS):
        return True
    folded = _folded(text)
    words = _unspaced(folded)
    readings = {folded, words, *_spelled_words(folded), *(words.translate(leet) for leet in _LEET if _DISGUISED.search(words))}
    plain = folded.translate(_WITHOUT_BRACKETS)
    spellings = {folded, plain, " ".join(folded.translate(_BRACKETS_APART).split()), _unspaced(plain), _joined(plain)}
    digits = YEARS.sub(" ", plain)
    numbers = {digits, _LIKE_DIGITS.sub(lambda match: match[0].translate(_AS_DIGITS), digits)}
    return (
        any(pattern.search(reading) for pattern in ADDRESSES for reading in spellings)
        or any(pattern.search(reading) for pattern in NUMBERS for reading in numbers)
        or SPELLED_OUT.search(folded) is not None
        or any(INSTRUCTIONS.search(reading) for reading in readings | {text.casefold()})
    )


def _folded(text: str) -> str:
    """Lower case, without accents; digits of any script as ours, letters that look like Latin ones as those."""
    if text.isascii():
        return text.lower()
    bare = (c for c in unicodedata.normalize("NFD", text.casefold()) if unicodedata.category(c) != "Mn")
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else LOOK_ALIKES.get(c, c) for c in bare)


def _spelled_words(text: str) -> set[str]:
    """The words that are spelled letter by letter, and within them what is left without the letters at their ends."""
    words = {"".join(filter(str.isalpha, run)) for run in _SPELLED.findall(text)}
    return {word[before : len(word) - after] for word in words for before, after in _NOT_OF_THE_WORD}


def _unspaced(text: str) -> str:
    """Words that were spelled letter by letter, as words: ``c-l-i-c-k``."""
    return re.sub(r"\b(?:\w[ .,*_-]){3,}\w\b", lambda match: re.sub(r"[ .,*_-]", "", match[0]), text)


def _joined(text: str) -> str:
    """Single characters in a row, dots among them, without what is between them: ``e v i l . c o m``."""
    return re.sub(r"(?:(?<!\S)\S(?: |$)){4,}", lambda match: match[0].replace(" ", ""), text)


def _mixes_alphabets(text: str) -> bool:
    return any(len({_alphabet(c) for c in word if c.isalpha() and c not in _UNITS} - {""}) > 1 for word in text.split())


def _alphabet(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return name if name in _ALPHABETS else ""


def _piles_marks(text: str) -> bool:
    row = 0
    for character in unicodedata.normalize("NFD", text):
        row = row + 1 if unicodedata.category(character) == "Mn" else 0
        if row > _MARKS_IN_A_ROW:
            return True
    return False
