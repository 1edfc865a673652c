"""Takes single fields out of what a page or a shop sent, whatever it sent."""

import json
import re
from collections.abc import Mapping, Set
from datetime import UTC, datetime
from math import isfinite
from urllib.parse import urlsplit

from pydantic_core import from_json

from services.ingest.origin import host_of, listed

LATEST_MS = 4_102_444_800_000  # the year 2100
LONGEST_PATH = 1024
LARGEST_NUMBER = 10**30

# Control characters and halves of surrogate pairs: PostgreSQL refuses some and UTF-8 the others.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Some shops put e-mail addresses into paths, and a path travels in the clear.
_UNFIT = re.compile(r"\s|@|%40", re.IGNORECASE)
_KEYWORD = re.compile(r"\W*(?:\[+[A-Za-z_][\w .:-]*\]+|[{<%#$]+\s*[A-Za-z_][\w .:-]*\s*[}>%#$]+)\W*")

Fields = Mapping[str, object]


class Unreadable(Exception):
    """A field that an event cannot be without. Names the field, never its value."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def read_json(body: bytes) -> object:
    """Parse a body.

    A product name cut in the middle of an emoji makes JSON that strict parsers refuse; the order beside it must not be
    lost, so a lenient parser has the second word.

    Raises:
        ValueError: this is no JSON.
    """
    try:
        return from_json(body)  # bounded in depth
    except ValueError:
        pass
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def depth_of(value: object, limit: int) -> int:
    """How deeply a value is nested, counted no further than one beyond ``limit``."""
    if limit < 0:
        return 0
    match value:
        case dict():
            return 1 + max((depth_of(inner, limit - 1) for inner in value.values()), default=0)
        case list():
            return 1 + max((depth_of(inner, limit - 1) for inner in value), default=0)
        case _:
            return 0


def is_keyword(raw: object) -> bool:
    """Whether this is a platform's place-holder that nobody replaced, such as ``[OrderNo]`` or ``{{ order.id }}``."""
    return isinstance(raw, str) and len(raw) <= 128 and _KEYWORD.fullmatch(raw) is not None


def text(raw: object, longest: int) -> str | None:
    """A clean text, cut to ``longest``; numbers read as text; None where there is nothing."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    if isinstance(raw, int) and abs(raw) >= LARGEST_NUMBER:
        return None  # Python refuses to write very long numbers
    return _UNWRITABLE.sub("", str(raw)[: 2 * longest]).strip()[:longest] or None


def whole_number(raw: object, least: int, most: int) -> int | None:
    """An integer within bounds, also from ``"2"`` or ``2.0``."""
    if isinstance(raw, str) and re.fullmatch(r"\s*\d{1,15}\s*", raw):
        raw = int(raw)
    if isinstance(raw, float) and isfinite(raw) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        return None
    return raw if least <= raw <= most else None


def milliseconds(raw: object) -> datetime | None:
    """A moment as a browser's ``Date.now()`` tells it."""
    found = whole_number(int(raw) if isinstance(raw, float) and isfinite(raw) else raw, 1, LATEST_MS)
    return None if found is None else datetime.fromtimestamp(found / 1000, UTC)


def path_within(raw: object, hosts: Set[str]) -> str | None:
    """The path of an address on the shop's own hosts, without query and fragment; None for any other address."""
    if not isinstance(raw, str) or not raw.strip() or len(raw) > 4096:
        return None
    try:
        parts = urlsplit(raw.strip())
    except ValueError:
        return None
    if parts.scheme not in ("", "http", "https") or (parts.netloc and not listed(host_of(parts.netloc), hosts)):
        return None
    path = _UNWRITABLE.sub("", parts.path).replace(" ", "%20")
    path = path if path.startswith("/") else f"/{path}"
    return path if len(path) <= LONGEST_PATH and not _UNFIT.search(path) else None
