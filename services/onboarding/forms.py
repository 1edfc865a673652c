"""Reading a form: only what our own pages send, no more than they could, and not for longer than they take."""

import asyncio
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
        request.state.form = fields_of(await _body(request, longest_at(request.url.path)))
    form: Mapping[str, str] = request.state.form
    return form


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
