"""Takes single fields out of what a page or a shop sent, whatever it sent."""

import re
from collections.abc import Mapping, Set
from datetime import UTC, datetime
from math import isfinite

from services.ingest.origin import listed
from shared.runtime.http.untrusted import address_of, host_of, read_json, text, whole_number

__all__ = [
    "Fields",
    "Unreadable",
    "depth_of",
    "is_keyword",
    "milliseconds",
    "path_within",
    "picture_within",
    "read_json",
    "text",
    "whole_number",
]

LATEST_MS = 4_102_444_800_000  # the year 2100
LONGEST_PATH = 1024
LONGEST_KEYWORD = 128

_HOST_NAME = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z][a-z0-9-]{0,62}(?::[0-9]{1,5})?")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Some shops put e-mail addresses into paths, and a path travels in the clear.
_UNFIT = re.compile(r"\s|@|%40", re.IGNORECASE)
_VISIT = re.compile(r";[\w.-]{0,16}(?:sess|sid)[\w.-]{0,16}=[^/;]*|/\([A-Z]\([A-Za-z0-9]{8,64}\)\)(?=/)", re.IGNORECASE)
"""The number of a visit within a path, as servlets and ASP.NET put it there for browsers without cookies."""
_FROM_WORD_TO_WORD = re.compile(r"\w(?:.*\w)?", re.DOTALL)
_KEYWORD_NAME = re.compile(r"[A-Za-z_][\w .:-]*")

Fields = Mapping[str, object]


class Unreadable(Exception):
    """A field that an event cannot be without. Names the field, never its value."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


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
    """Whether this is a platform's place-holder that nobody replaced, such as ``[OrderNo]`` or ``{{ order.id }}``.

    A name within brackets, whatever other signs stand around them. One expression for all of it would try every way of
    sharing the signs out between its parts, which took seconds for a report made to that end. What begins as code of a template
    is one however long it is.
    """
    if not isinstance(raw, str):
        return False
    if raw.lstrip().startswith(("<?", "{$", "{{")):
        return True
    if len(raw) > LONGEST_KEYWORD:
        return False
    found = _FROM_WORD_TO_WORD.search(raw)
    if found is None or _KEYWORD_NAME.fullmatch(found[0]) is None:
        return False
    before, after = raw[: found.start()], raw[found.end() :].lstrip(" .:-")
    if before.endswith("["):
        return after.startswith("]")
    return before.rstrip().endswith(tuple("{<%#$")) and after.lstrip().startswith(tuple("}>%#$"))


def milliseconds(raw: object) -> datetime | None:
    """A moment as a browser's ``Date.now()`` returns it."""
    found = whole_number(int(raw) if isinstance(raw, float) and isfinite(raw) else raw, 1, LATEST_MS)
    return None if found is None else datetime.fromtimestamp(found / 1000, UTC)


def picture_within(raw: object, hosts: Set[str]) -> tuple[str | None, str | None]:
    """The path of a picture, and its host where that is none of the shop's own: many have theirs elsewhere, over TLS."""
    path, parts = path_within(raw, hosts), address_of(raw)
    if path is not None or parts is None or parts.scheme == "http":
        return path, None
    host = host_of(parts.netloc)
    if host is None or _HOST_NAME.fullmatch(host) is None or (path := path_within(raw, frozenset((host,)))) is None:
        return None, None
    return path, host


def path_within(raw: object, hosts: Set[str]) -> str | None:
    """The path of an address on the shop's own hosts, without query, fragment and the number of a visit; None for any other."""
    parts = address_of(raw)
    if parts is None or (parts.netloc and not listed(host_of(parts.netloc), hosts)):
        return None
    path = _VISIT.sub("", _CONTROL.sub("", parts.path)).replace(" ", "%20")
    path = path if path.startswith("/") else f"/{path}"
    return path if len(path) <= LONGEST_PATH and not _UNFIT.search(path) else None
