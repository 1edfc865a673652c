"""Reading a form: only what our own pages send, no more than they could, and not for longer than they take."""

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

LONGEST_FORM = 64 * 1024
LONGEST_LIST = 2 * 1024 * 1024
"""Twenty thousand opt-outs, as a form encodes them."""
MOST_FIELDS = 100
SLOWEST_SECONDS = 10


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form, kept for who asks again. Empty for one that is too large, too slow or no form."""
    if not hasattr(request.state, "form"):
        body = await _body(request, longest_at(request.url.path))
        request.state.form = read_fields(body, request.headers.get("Content-Type", "").partition(";")[0].strip().lower())
    form: Mapping[str, str] = request.state.form
    return form


def read_fields(body: bytes, content_type: str) -> Mapping[str, str]:
    """The fields of a form, of a flat JSON object, or of a list that is sent as it is."""
    match content_type:
        case "application/json":
            return json_fields_of(body)
        case "text/csv" | "text/plain":
            return {"list": body.decode("utf-8", "replace").replace("\0", "")}
        case _:
            return fields_of(body)


def json_fields_of(body: bytes) -> Mapping[str, str]:
    """Texts, numbers, and yes or no. Anything else a form could not have said either."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict) or len(told) > MOST_FIELDS:
        return {}
    words = {True: "yes", False: ""}
    plain = {name: words[value] if isinstance(value, bool) else str(value) for name, value in told.items() if _is_plain(value)}
    return {name: value.replace("\0", "") for name, value in plain.items()}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def fields_of(body: bytes) -> Mapping[str, str]:
    """Decode a form. PostgreSQL has no place for a NUL, and no form of ours a use for it."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: value.replace("\0", "") for name, value in pairs}


def longest_at(path: str) -> int:
    """Lists are brought to one address alone."""
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
