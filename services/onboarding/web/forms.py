"""Reading a form: only what our own pages send, no more than they could, and not for longer than they take."""

import asyncio
from collections.abc import Mapping

from starlette.requests import ClientDisconnect, Request

from shared.runtime.http import untrusted
from shared.runtime.http.untrusted import LARGEST_NUMBER, read_json, storable

LONGEST_FORM = 64 * 1024
LONGEST_LIST = 2 * 1024 * 1024
"""Twenty thousand opt-outs, as a form encodes them."""
MOST_FIELDS = 100
SLOWEST_SECONDS = 10


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form, kept for who asks again. Empty for one that is too large, too slow or no form."""
    if not hasattr(request.state, "form"):
        body = await _body(request, longest_at(request.scope["path"]))
        request.state.form = read_fields(body, request.headers.get("Content-Type", "").partition(";")[0].strip().lower())
    form: Mapping[str, str] = request.state.form
    return form


def read_fields(body: bytes, content_type: str) -> Mapping[str, str]:
    """The fields of a form, of a flat JSON object, or of a list that is sent as it is: as any database takes them."""
    match content_type:
        case "application/json":
            fields = json_fields_of(body)
        case "text/csv" | "text/plain":
            fields = {"list": body.decode("utf-8", "replace")}
        case _:
            fields = fields_of(body)
    return {storable(name): storable(value) for name, value in fields.items()}


def json_fields_of(body: bytes) -> Mapping[str, str]:
    """Fields of a JSON object: texts, numbers, and yes or no. A form could hold nothing else either."""
    try:
        fields = read_json(body)
    except ValueError:
        return {}
    if not isinstance(fields, dict) or len(fields) > MOST_FIELDS:
        return {}
    texts = {True: "yes", False: ""}
    return {name: texts[value] if isinstance(value, bool) else str(value) for name, value in fields.items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | float) or (isinstance(value, int) and abs(value) < LARGEST_NUMBER)


def fields_of(body: bytes) -> Mapping[str, str]:
    """Decode a form."""
    try:
        return untrusted.read_form(body, MOST_FIELDS)
    except ValueError:
        return {}


def longest_at(path: str) -> int:
    """The most bytes that a form may have at a path: lists are brought to one address alone."""
    return LONGEST_LIST if path.endswith("/people/opt-outs") else LONGEST_FORM


async def _body(request: Request, longest: int) -> bytes:
    # Counted as it arrives: a length that is announced may be missing or wrong.
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > longest:
                    return b""
    except (TimeoutError, ClientDisconnect):
        return b""
    return bytes(body)
