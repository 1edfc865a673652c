"""Values that strangers sent, read once for every edge: texts, numbers, moments, addresses, JSON and forms.

Nothing here raises but where it names it, and no text that it returns is refused by UTF-8, PostgreSQL or Kafka. Every function
takes time in proportion to what it reads.
"""

import codecs
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import TypeAdapter
from pydantic_core import from_json

LARGEST_NUMBER = 10**30
MOST_DIGITS = 100
DEEPEST = 100
LONGEST_MOMENT = 64
LONGEST_ADDRESS = 4096
LONGEST_HOST = 253
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""No moment that a shop or a browser reports lies beyond, and none within overflows when hours or days are added to it."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HOST = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_LEAP_SECOND = re.compile(r"([T ][0-9]{2}:[0-9]{2}):60(?![0-9])", re.IGNORECASE | re.ASCII)
_BRACKET_OR_STRING = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_DATETIME = TypeAdapter(datetime)


def storable(raw: str) -> str:
    """The text without NUL, for which PostgreSQL has no place, and without halves of surrogate pairs, which UTF-8 refuses."""
    return _UNSTORABLE.sub("", raw)


def text(raw: object, longest: int) -> str | None:
    """A text without control characters, trimmed and cut to ``longest``; numbers read as text; None where there is nothing."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    if isinstance(raw, int) and abs(raw) >= LARGEST_NUMBER:
        return None  # Python refuses to write very long numbers
    if isinstance(raw, float) and not isfinite(raw):
        return None
    return _UNWRITABLE.sub("", str(raw)[: 2 * longest]).strip()[:longest] or None


def whole_number(raw: object, least: int, most: int) -> int | None:
    """An integer within bounds, also from ``"2"`` or ``2.0``."""
    if isinstance(raw, str) and len(raw) <= MOST_DIGITS and re.fullmatch(r"\s*\d{1,15}\s*", raw):
        raw = int(raw)
    if isinstance(raw, float) and isfinite(raw) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        return None
    return raw if least <= raw <= most else None


def moment(raw: object) -> datetime | None:
    """A moment with its zone, in UTC. One without a zone could be off by half a day, and is none.

    A leap second (RFC 3339, 5.7) reads as the first moment after it, as every clock here counts it.
    """
    if not isinstance(raw, str) or len(raw) > LONGEST_MOMENT:
        return None
    plain, leaps = _LEAP_SECOND.subn(r"\1:59", raw.strip())
    try:
        found = _DATETIME.validate_python(plain)
        return None if found.tzinfo is None else _within(found + timedelta(seconds=leaps))
    except (ValueError, OverflowError):
        return None


def _within(found: datetime) -> datetime | None:
    moment_in_utc = found.astimezone(UTC)
    return moment_in_utc if EARLIEST <= moment_in_utc <= LATEST else None


def address_of(raw: object) -> SplitResult | None:
    """An http or https address, or a path without its host, taken apart; None for anything else."""
    if not isinstance(raw, str) or not raw.strip() or len(raw) > LONGEST_ADDRESS:
        return None
    try:
        parts = urlsplit(raw.strip())
    except ValueError:
        return None
    return parts if parts.scheme in ("", "http", "https") else None


def host_of(raw: object) -> str | None:
    """``host`` or ``host:port`` of an Origin, a Referer, a Host or a configured address, in lower case."""
    if not isinstance(raw, str) or raw == "null":  # the origin of a page that has none
        return None
    parts = address_of(raw if "//" in raw else f"//{raw}")
    host = "" if parts is None else parts.netloc.rpartition("@")[2].lower().rstrip(".")
    return host if len(host) <= LONGEST_HOST and _HOST.fullmatch(host) else None


def read_json(body: bytes) -> object:
    """Parse JSON, as leniently as can be: what is wrong in one place must not cost what stands beside it.

    A product name cut in the middle of an emoji makes JSON that strict parsers refuse, so a lenient parser is tried
    second. Numbers that are too long and what is nested too deeply read as null.

    Raises:
        ValueError: this is no JSON.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return from_json(body)
    except ValueError:
        pass
    lenient = body.decode("utf-8", "replace")
    if lenient.count("[") + lenient.count("{") > DEEPEST:
        lenient = _without_depths(lenient)
    return json.loads(lenient, parse_int=_int_or_none)


def _int_or_none(digits: str) -> int | None:
    return int(digits) if len(digits) <= MOST_DIGITS else None


def _without_depths(document: str) -> str:
    """Each value that is nested deeper than ``DEEPEST`` becomes null."""
    kept: list[str] = []
    depth = start = 0
    for found in _BRACKET_OR_STRING.finditer(document):
        sign = found[0]
        if sign in ("[", "{"):
            depth += 1
            if depth == DEEPEST + 1:
                kept += [document[start : found.start()], "null"]
                start = len(document)
        elif sign in ("]", "}"):
            if depth == DEEPEST + 1:
                start = found.end()
            depth -= 1
    return "".join([*kept, document[start:]])


def read_form(body: bytes, most_fields: int) -> Mapping[str, str]:
    """The fields of a form as they were sent, for who still has to check a signature over them; see ``storable``.

    Raises:
        ValueError: not UTF-8, or too many fields.
    """
    return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=most_fields))
