"""What strangers send: texts, numbers and documents that some reader, database or encoding refuses."""

from collections.abc import MutableMapping
from typing import Any

from hypothesis import strategies as st
from starlette.types import ASGIApp

HOSTILE_TEXTS = (
    "",
    "\0",
    "a\0b",
    "\ud800",
    "cut \ud83d",
    "\udfff\0",
    "\ufeff",
    "\u202e\u200b",
    "http://[",
    "http://[::1",
    "//[",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2016-12-31T23:59:60Z",
    "9" * 4400,
    "-1",
    "1e400",
    "NaN",
    "Infinity",
    "٣",
    "²",
    "<!--",
    "'; --",
    "%00",
    "{{x}}",
    "[" * 300,
    "a" * 3000,
)
TEXTS = st.sampled_from(HOSTILE_TEXTS) | st.text(st.characters(codec=None), max_size=30)
NUMBERS = (
    st.integers()
    | st.floats()
    | st.sampled_from((0, -1, 2**31, 2**63, 2**64, 10**400, 10**4200, 1e308, float("nan"), float("inf")))
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
"""Anything that JSON can hold."""

HEADERS = st.sampled_from(HOSTILE_TEXTS).map(lambda text: text.encode("latin-1", "ignore").replace(b"\0", b"")) | st.binary(
    max_size=40
).map(lambda raw: bytes(sign for sign in raw if sign >= 32 and sign != 127))
"""Anything that an HTTP parser lets through as a header's value."""


async def status_of(app: ASGIApp, path: str, query: bytes, headers: dict[bytes, bytes]) -> int:
    """The answer to a GET whose query no client library would send."""
    statuses: list[int] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    scope = {"http_version": "1.1", "scheme": "http", "server": ("console.example", 80), "client": ("127.0.0.1", 1)}
    here = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query}
    await app({**scope, **here, "headers": list(headers.items())}, receive, send)
    return statuses[0]
