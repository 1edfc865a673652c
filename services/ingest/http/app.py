"""The way in: raw ASGI, because a framework would cost more than all of the rest of the beacon path."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import structlog

from services.ingest.admission import BODY_BYTES, Refusal
from services.ingest.http.beacons import take_beacons, take_pixel
from services.ingest.http.cartstack import take_confirmation
from services.ingest.http.cors import preflight
from services.ingest.http.orders import take_order
from services.ingest.http.requests import Request
from services.ingest.http.responses import Response, refusal
from services.ingest.http.snippet import SnippetFile
from services.ingest.http.webhooks import body_limit, take_order_webhook
from services.ingest.ingestion import Ingestion
from services.ingest.orders.webhooks import LARGE_AT_ONCE
from shared.runtime import tracing
from shared.runtime.http.order_api import ORDERS_PATH, WEBHOOKS_PATH
from shared.runtime.metrics import UNMATCHED, HttpMetrics

BODY_SECONDS = 5.0

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handler = Callable[[Request, Ingestion], Awaitable[Response]]

ROUTES: Mapping[tuple[str, str], Handler] = {
    ("POST", "/v1/beacons"): take_beacons,
    ("GET", "/v1/p.gif"): take_pixel,
    ("POST", ORDERS_PATH): take_order,
    ("POST", WEBHOOKS_PATH): take_order_webhook,
    ("GET", "/compat/ss/v1"): take_confirmation,
    ("GET", "/compat/ss/v1/"): take_confirmation,
}
METHODS: Mapping[str, str] = {path: method for method, path in ROUTES}

log = structlog.get_logger("http")


class HttpApp:
    """Every address of ingest, and nothing else."""

    def __init__(self, ingestion: Ingestion, snippet: SnippetFile, metrics: HttpMetrics) -> None:
        self._ingestion = ingestion
        self.snippet = snippet
        self._clock = ingestion.clock
        self._large_bodies = asyncio.Semaphore(LARGE_AT_ONCE)
        self._routes = {path: metrics.route(path) for path in METHODS}
        self._snippet_route, self._unmatched = metrics.route("/s/{site_key}.js"), metrics.route(UNMATCHED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = self._clock.monotonic()
        try:
            answer = await self._answer(scope, receive)
        except ConnectionError:
            return  # the sender has gone; whatever it sent was not acknowledged
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, exc_info=error)
            answer = refusal(Refusal.NOT_READY, retry_after=1)
        path: str = scope["path"]
        route = self._routes.get(path) or (self._snippet_route if _is_snippet(path) else self._unmatched)
        route.observe(answer.status, self._clock.monotonic() - began)
        await _send(answer, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS" and path in METHODS:
            return preflight(_headers(scope).get("origin", ""), self._ingestion.sites)
        if _is_snippet(path) and method in ("GET", "HEAD"):
            return self.snippet.answer(self._request(scope, b""), path[3:-3])
        handler = ROUTES.get((method, path))
        if handler is None:
            return self._nothing_here(path)
        most = body_limit(path, scope["query_string"], self._ingestion.sites)
        if not _may_exceed(BODY_BYTES, scope, most):
            return await self._handle(handler, scope, receive, BODY_BYTES)
        if self._large_bodies.locked():
            return self._ingestion.refuse(None, Refusal.NOT_READY, retry_after=1)
        async with self._large_bodies:
            return await self._handle(handler, scope, receive, most)

    async def _handle(self, handler: Handler, scope: Scope, receive: Receive, most: int) -> Response:
        method, path = scope["method"], scope["path"]
        body = await _read_body(scope, receive, most) if method == "POST" else b""
        if isinstance(body, Refusal):
            return self._ingestion.refuse(None, body)
        with tracing.begin(f"{method} {path}"):
            answer = await handler(self._request(scope, body), self._ingestion)
            tracing.add_attribute("http.response.status_code", answer.status)
            return answer

    def _nothing_here(self, path: str) -> Response:
        if path in METHODS:
            answer = self._ingestion.refuse(None, Refusal.NO_METHOD)
            return Response(answer.status, answer.body, answer.content_type, (("allow", METHODS[path]),))
        return self._ingestion.refuse(None, Refusal.NOT_FOUND)

    def _request(self, scope: Scope, body: bytes) -> Request:
        headers = _headers(scope)
        query = dict(parse_qsl(scope["query_string"][:4096].decode("latin-1")))
        client = str(scope["client"][0]) if scope.get("client") else ""
        return Request(scope["method"], scope["path"], query, headers, client, body)


def _is_snippet(path: str) -> bool:
    return path.startswith("/s/") and path.endswith(".js")


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _may_exceed(size: int, scope: Scope, most: int) -> bool:
    """Whether a body of which ``most`` bytes are taken may have more than ``size``: its length is larger, or is not stated."""
    length = _headers(scope).get("content-length", "")
    return most > size and not (length.isascii() and length.isdigit() and int(length[:12]) <= size)


async def _read_body(scope: Scope, receive: Receive, most: int) -> bytes | Refusal:
    """The body, if it comes whole, plain, small and in time."""
    headers = _headers(scope)
    if headers.get("content-encoding", "identity").lower() != "identity":
        return Refusal.ENCODED
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return Refusal.MALFORMED
    if int(length[:12]) > most:
        return Refusal.OVERSIZED
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collect(receive, most)
    except TimeoutError:
        return Refusal.TOO_SLOW


async def _collect(receive: Receive, most: int) -> bytes | Refusal:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return Refusal.OVERSIZED
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send(answer: Response, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.content_type is not None:
        headers.append((b"content-type", answer.content_type.encode()))
        headers.append((b"x-content-type-options", b"nosniff"))
    if answer.status not in (204, 304):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
