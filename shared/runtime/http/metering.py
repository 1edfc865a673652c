"""Requests of a Starlette app by route template, measured and traced: what strangers put into an address is no label.

The first span of a trace is a request's, by the same template; files and addresses that nobody serves begin none.
"""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.metrics import UNMATCHED, HttpMetrics, RouteMetrics
from shared.runtime.service import AsgiServer, public_server
from shared.runtime.settings import ServiceSettings

ROUTE = "beckon.route"


class Metered:
    """Records each answer of ``app`` when it begins: a stream that stays open is no slow answer."""

    def __init__(self, app: Starlette, clock: Clock, metrics: HttpMetrics) -> None:
        self._app = app
        self._clock = clock
        self._unmatched = metrics.route(UNMATCHED)
        _name(app.routes, metrics, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and record it under the route that it met."""
        began = self._clock.monotonic()

        async def send_and_record(message: Message) -> None:
            if message["type"] == "http.response.start":
                route: RouteMetrics = scope.get(ROUTE, self._unmatched)
                route.observe(message["status"], self._clock.monotonic() - began)
            await send(message)

        await self._app(scope, receive, send_and_record)


def _name(routes: Sequence[BaseRoute], metrics: HttpMetrics, series: dict[str, RouteMetrics]) -> None:
    for route in routes:
        if isinstance(route, Route | Mount):
            own = series.setdefault(route.path, metrics.route(route.path))
            route.app = _Named(_Traced(route.app, route.path) if isinstance(route, Route) else route.app, own)


class _Named:
    """An endpoint that notes in the request which route it is of."""

    def __init__(self, app: ASGIApp, series: RouteMetrics) -> None:
        self._app = app
        self._series = series

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self._series
        await self._app(scope, receive, send)


class _Traced:
    """An endpoint whose requests begin traces, named by method and route. What a stranger calls a trace is not read."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                tracing.add_attribute("http.response.status_code", message["status"])
            await send(message)

        with tracing.begin(f"{scope['method']} {self._path}"):
            await self._app(scope, receive, send_and_note)


def metered_server(app: Starlette, settings: ServiceSettings, clock: Clock) -> AsgiServer:
    """Return the server of a service's public port, with its requests measured by route."""
    metrics = HttpMetrics()
    return public_server(Metered(app, clock, metrics), settings, metrics)
