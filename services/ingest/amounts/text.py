"""The number in a text that shows an amount: its digits, its marks, and what stands beside it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from html import unescape
from html.entities import html5

from services.ingest.amounts.number_formats import NumberFormat, fold, to_mark

LONGEST_TEXT = 256
MOST_DIGITS = 15
NEUTRAL_WORDS = """
total subtotal grand sum amount price order cart incl inkl including inc excl vat tax taxes gst mwst ust iva tva ttc btw
moms summe gesamt gesamtsumme preis brutto netto prix somme precio importe importo totale prezzo totaal prijs pris * +
"""
NEUTRAL = frozenset(NEUTRAL_WORDS.split())
"""Words beside an amount that change nothing of it. Any other makes it unread: ``cents``, ``off``, ``million``, ``each``."""
THOUSANDS = 3  # digits of a group
NO_BREAK, APOSTROPHE = "\u00a0", "'"
ARABIC_DECIMAL, ARABIC_GROUP = "\u066b", "\u066c"

_ENTITY = re.compile(r"&([A-Za-z]{2,8});?")
_TAG = re.compile(r"<[^<>]{0,200}>")
_NUMBER = re.compile(r"\d(?:[\d.,'\u00a0\u066b\u066c ]*\d)?")
_CENTS_LEFT_OUT = re.compile(r"[.,]\s*(?:[-–—−]{1,2}|=)|:[-–—−]")  # noqa: RUF001 - dashes as shops write them
_REMARK = re.compile(r"\(([^()\d]*)\)")
_PARTS = re.compile(r"([^\d])")


@dataclass(frozen=True)
class Written:
    """A number as it was written: its groups of digits and the marks between them.

    ``starts_with_mark`` for ``.99``, ``is_whole`` for ``1.234,-``, ``is_bare`` with no currency beside it, as programs write.
    """

    groups: tuple[str, ...]
    marks: tuple[str, ...]
    starts_with_mark: bool
    is_whole: bool
    is_bare: bool


def read_amount(text: str, written_as: NumberFormat) -> Decimal | None:
    """The amount that a text shows; None where it shows none, several, a negative one, or one that may be two amounts."""
    number = _find_number(_plain(text), written_as) if len(text) <= LONGEST_TEXT else None
    return None if number is None else value_of(number, written_as)


def value_of(number: Written, written_as: NumberFormat) -> Decimal | None:
    """What the digits and marks of a number mean in a currency."""
    *whole, last = number.groups
    if number.starts_with_mark:
        return None if whole else _exact("0", last, written_as.digits)
    if number.is_whole or not whole:
        return _grouped(number.groups, number.marks, written_as)
    *others, mark = number.marks
    if mark in others or mark in (NO_BREAK, APOSTROPHE, ARABIC_GROUP, " "):
        return _grouped(number.groups, number.marks, written_as)
    if others:
        before = _grouped(whole, others, written_as)
        return None if before is None else _exact(str(before), last, written_as.digits)
    if mark == ARABIC_DECIMAL or not _is_group_of_thousands(whole[0], last):
        is_odd = mark == "," and len(last) > THOUSANDS and mark not in written_as.decimal
        return None if is_odd else _exact(whole[0], last, written_as.digits)
    return _three_digits_after(mark, whole[0], last, written_as, is_bare=number.is_bare)


def _three_digits_after(mark: str, whole: str, last: str, written_as: NumberFormat, *, is_bare: bool) -> Decimal | None:
    """``1.299`` or ``1,299``: thousands, or decimals. The currency decides where it can, else the country, else nobody."""
    groups, parts = mark in written_as.grouping, mark in written_as.decimal
    match written_as.digits:
        case 0:
            return Decimal(whole + last)
        case 2:
            # Programs write a dot before decimals everywhere, so a bare one counts only where nobody writes decimals.
            is_thousands = groups and not parts and (mark == "," or not is_bare or written_as.written_digits == 0)
            return Decimal(whole + last) if is_thousands else None
        case 3 if written_as.written_digits == THOUSANDS:
            is_decimal = mark == "." or (parts and not groups)
            return Decimal(f"{whole}.{last}") if is_decimal else None
        case _:
            return None


def _grouped(groups: Sequence[str], marks: Sequence[str], written_as: NumberFormat) -> Decimal | None:
    """A whole number whose groups have the sizes that thousands have, or lakhs and crores where commas part them."""
    first, *others = groups
    if not others:
        return Decimal(first)
    if len(set(marks)) != 1 or marks[0] == ARABIC_DECIMAL or (marks[0] == " " and NO_BREAK not in written_as.grouping):
        return None
    sizes = [len(group) for group in others]
    by_thousands = 1 <= len(first) <= THOUSANDS and set(sizes) == {THOUSANDS}
    by_lakhs = marks[0] == "," and len(first) <= 2 and sizes[-1] == THOUSANDS and set(sizes[:-1]) == {2}
    return Decimal("".join(groups)) if (by_thousands or by_lakhs) and first[0] != "0" else None


def _is_group_of_thousands(whole: str, last: str) -> bool:
    return len(last) == THOUSANDS and len(whole) <= THOUSANDS and whole[0] != "0"


def _exact(whole: str, decimals: str, digits: int) -> Decimal | None:
    """Noughts beyond the currency's digits mean nothing. Four and more decimals are a program's, and are rounded."""
    value = Decimal(f"{whole}.{decimals}")
    if not decimals[digits:].strip("0"):
        return value
    is_computed = len(decimals) > THOUSANDS and digits >= 2
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN) if is_computed else None


def _plain(text: str) -> str:
    """Without markup and invisible characters, with ASCII digits, one apostrophe and no-break spaces as one character."""
    if "&" in text:
        text = unescape(unescape(_ENTITY.sub(_known_entity, text)))
    text = _TAG.sub("\0", text)
    return text if text.isascii() else "".join(_plain_character(c) for c in text)


def _known_entity(found: re.Match[str]) -> str:
    """Mail programs and old shops write entities in capitals, which HTML does not know."""
    name = f"{found[1]};"
    return f"&{name}" if name in html5 or name.lower() not in html5 else f"&{name.lower()}"


def _plain_character(c: str) -> str:
    if c.isascii():
        return c
    category = unicodedata.category(c)
    if category == "Cf":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(c))
    if category == "Zs":
        return NO_BREAK
    return to_mark(unicodedata.normalize("NFKC", c) if "\ufe50" <= c <= "\ufe6b" or "\uff01" <= c <= "\uffee" else c)


def _find_number(text: str, written_as: NumberFormat) -> Written | None:
    found = list(_NUMBER.finditer(text))
    if len(found) != 1:
        return None
    body, before, after = found[0].group(), text[: found[0].start()], text[found[0].end() :]
    without_cents = _CENTS_LEFT_OUT.match(after)
    after = after[without_cents.end() :] if without_cents else after.removeprefix(".").removeprefix(",")
    after = _REMARK.sub(r" \1 ", after)  # "12.99 (incl. VAT)"; brackets around the number itself mean less than nothing
    starts_with_mark = before[-1:] in (".", ",", ARABIC_DECIMAL)
    if starts_with_mark:
        before, starts_with_mark = before[:-1], not _is_abbreviation(before[:-1], written_as)
        if starts_with_mark and before[-1:].isalnum():
            return None  # "EUR.99" is one amount to some and another to others
    named = [_names(beside, written_as, is_after=is_after) for beside, is_after in ((before, False), (after, True))]
    if None in named:
        return None
    groups, marks = _PARTS.split(body)[::2], _PARTS.split(body)[1::2]
    if not all(groups) or sum(map(len, groups)) > 2 * MOST_DIGITS or (without_cents and without_cents.group()[0] in marks):
        return None
    return Written(tuple(groups), tuple(marks), starts_with_mark, without_cents is not None, not any(named))


def _is_abbreviation(before: str, written_as: NumberFormat) -> bool:
    """``Rs.`` and ``S/.`` end with a dot of their own; a currency's code does not."""
    word = re.split(r"[\s\0\u00a0]", before)[-1]
    return (word[-1:] != word[-1:].upper() or word[-1:] == "/") and fold(word) in written_as.names


def _names(beside: str, written_as: NumberFormat, *, is_after: bool) -> bool | None:
    """Whether the text beside a number names its currency; None where it holds more than that, or something else."""
    rest, named = fold(beside.replace("\0", "")), False
    while rest:
        word = max((w for w in written_as.names | NEUTRAL if rest.startswith(w)), key=len, default=None)
        if not word or (is_after and len(word) == 1 and word.isascii() and word.isalpha()):
            return None  # "5 M" is no Moroccan anything
        named, rest = named or word in written_as.names, rest[len(word) :]
    return named
