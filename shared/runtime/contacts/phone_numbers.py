"""Phone numbers: any that can be read links an order; only a mobile's, read without doubt, may be spoken to."""

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from shared.runtime.contacts.placeholders import is_number_of_nobody
from shared.runtime.contacts.text import Readings, plain_text

LONGEST_TEXT = 96
MOST_READINGS = 6
LONGEST_PREFIX = 5  # signs before a second plus that are a prefix and no number
REACHABLE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)

_BEFORE_DIGITS = "'`’\" ="  # noqa: RUF001 - spreadsheets write one of these to keep a number as it is
_SCIENTIFIC = re.compile(r"\+?\d(?:[.,]\d+)?[eE][+-]?\d+")
_SPREADSHEET = re.compile(r"(\+?\d{6,15})[.,]0+")
_SCHEME = re.compile(r"^(?:tel|sms|callto|whatsapp|wa|phone|mobile|cell|fax)\s*[:.]\s*(?://)?", re.IGNORECASE)
_EXTENSION = re.compile(r"(?<![\s,;])[\s,;]*(?:;ext=|ext(?:n|ension)?\b|durchwahl|poste|x|#)[\s.:]*\d{1,6}\s*$", re.IGNORECASE)
_REMARK = re.compile(r"\([^()\d]*\)")
_WORD = re.compile(r"[^\W\d_]+")
_VANITY = re.compile(r"\d[\s.-]*[A-Za-z]{4}|[A-Za-z]{4}[\s.-]*\d{3}")
_BETWEEN = re.compile(r"[/;,|&]|\s(?:or|and|oder|und|ou|et|o|y)\s", re.IGNORECASE)
_NOT_DIALLED = re.compile(r"[^+\d]")
_TRUNK = re.compile(r"\(0\)")


def phone_readings(raw: str, region: str | None) -> Readings:
    """The numbers that a field may name, in E.164. Sure is the one number that a handset may have and that it names alone."""
    text = _SCHEME.sub("", plain_text(raw)[:LONGEST_TEXT].lstrip(_BEFORE_DIGITS))
    if _SCIENTIFIC.fullmatch(text.strip()):
        return Readings(None, ())  # the digits that it left out are gone
    if (cell := _SPREADSHEET.fullmatch(text.strip())) is not None:
        text = cell[1]
    if is_number_of_nobody(re.sub(r"\D", "", text)):
        return Readings(None, ())
    direct = _EXTENSION.sub("", text)
    certain, likely = _read(direct, region)
    certain = list(dict.fromkeys(certain))
    every = [sibling for number in (*certain, *likely) for sibling in _siblings(number)]
    kept = tuple(dict.fromkeys(every))[:MOST_READINGS]
    only = certain[0] if len(certain) == 1 and direct == text else None
    sure = only if only is not None and _is_reachable(only) else None
    return Readings(sure, kept if sure is None else (sure, *(each for each in kept if each != sure)))


def _read(text: str, region: str | None) -> tuple[list[str], list[str]]:
    """Numbers that the text names for certain, and those that it may mean."""
    plain = _WORD.sub(" ", _REMARK.sub(" ", text)) if _WORD.search(text) else text
    whole = list(_valid(plain, region))
    if whole:
        return whole, []
    pieces = [piece for piece in _BETWEEN.split(text) if sum(c.isdigit() for c in piece) >= 7]
    if len(pieces) > 1:
        return [number for piece in pieces for number in _valid(_WORD.sub(" ", piece), region)], []
    vanity = _parse(text, region) if _VANITY.search(text) else None
    if vanity is not None and phonenumbers.is_valid_number(vanity):
        return [], [_e164(vanity)]
    found = [_e164(each.number) for each in phonenumbers.PhoneNumberMatcher(plain, region)]
    return found, [] if found else list(_likely(plain, region))


def _valid(text: str, region: str | None) -> Iterator[str]:
    """The first valid number of the ways to dial what was typed."""
    for dialled in _ways_to_dial(text, region):
        number = _parse(dialled, region)
        if number is not None and phonenumbers.is_valid_number(number):
            yield _e164(number)
            return


def _ways_to_dial(text: str, region: str | None) -> Iterator[str]:
    """As typed; and as it was meant where a prefix is written twice, or is another country's."""
    yield text
    digits = _NOT_DIALLED.sub("", _TRUNK.sub("", text))
    last = digits.rpartition("+")[2]
    if 0 < digits.rfind("+") <= LONGEST_PREFIX:
        yield f"+{last}"
    whole = digits.replace("+", "")
    if whole.startswith("00"):
        yield f"+{whole.lstrip('0')}"
    if whole.startswith("011") and region not in ("AR", "BR"):
        yield f"+{whole[3:]}"
    code = str(phonenumbers.country_code_for_region(region)) if region else ""
    for again in (whole.lstrip("0"), last.lstrip("0")):
        if code and again.startswith(code * 2):
            yield f"+{again[len(code) :]}"
    if region == "MX" and len(whole) > 10 and whole[:-10] in ("044", "045", "01", "52044", "52045", "5201"):
        yield f"+52{whole[-10:]}"
    if whole.startswith("521") and len(whole) == 13 and (digits.startswith("+") or region == "MX"):
        yield f"+52{whole[3:]}"


def _likely(text: str, region: str | None) -> Iterator[str]:
    """What a number that is valid in no way may be: one that lacks its plus, or one that is not given out yet."""
    digits = re.sub(r"\D", "", text)
    number = _parse(f"+{digits}", None) if len(digits) >= 10 else None
    if number is not None and phonenumbers.is_valid_number(number):
        yield _e164(number)
    number = _parse(text, region)
    if number is not None and phonenumbers.is_possible_number(number) and len(str(number.national_number)) >= 7:
        yield _e164(number)


def _siblings(number: str) -> Iterator[str]:
    """The same handset by an older or another plan: Argentina's 9, Mexico's 1, Brazil's ninth digit."""
    yield number
    if number.startswith("+549") and len(number) == 14:
        yield f"+54{number[4:]}"
    elif number.startswith("+54") and len(number) == 13:
        yield f"+549{number[3:]}"
    elif number.startswith("+521") and len(number) == 14:
        yield f"+52{number[4:]}"
    elif number.startswith("+55") and len(number) == 13 and number[5] in "6789":
        yield f"{number[:5]}9{number[5:]}"


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _is_reachable(number: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(number)) in REACHABLE
