"""The JSON API of the pages' forms: the same handler, with its answer as data and not as a page."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from services.onboarding.shop.sites import Fault

API = "/api"
ONLY_FOR_BROWSERS = frozenset({"/signin", "/signout"})
"""Cookies are for browsers; API clients get a token at ``/api/signin``."""

Handler = Callable[[Request], Awaitable[Response]]


class Page(HTMLResponse):
    """A page with its content as data: which fields were wrong, and the body of the same answer in JSON."""

    def __init__(
        self, html: str, status: int, headers: Mapping[str, str], faults: Iterable[Fault], json: Mapping[str, Any]
    ) -> None:
        super().__init__(html, status, headers=dict(headers))
        self.faults = tuple(faults)
        self.json = json


def json_handler(handler: Handler) -> Handler:
    """Turn the handler's pages and redirects into JSON."""

    @wraps(handler)
    async def answered(request: Request) -> Response:
        response = await handler(request)
        headers = {"Cache-Control": "no-store"}
        if isinstance(response, RedirectResponse):
            return JSONResponse({"location": API + response.headers["location"].partition("#")[0]}, 200, headers)
        if not isinstance(response, Page):
            return response
        if response.status_code == 404:
            return JSONResponse({"reason": "not_found"}, 404, headers)
        if response.faults:
            faults = [{"field": fault.field, "remedy": fault.sentence} for fault in response.faults]
            return JSONResponse({"reason": "refused", "faults": faults}, response.status_code, headers)
        return JSONResponse(dict(response.json), response.status_code, headers)

    return answered


def twins(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """For each form of a page its twin below ``/api``, where there is none of its own."""
    known = [route for route in routes if isinstance(route, Route)]
    own = {(route.path, method) for route in known for method in route.methods or ()}
    for route in known:
        twin = API + route.path
        is_form = "POST" in (route.methods or ()) and not route.path.startswith(API)
        if is_form and route.path not in ONLY_FOR_BROWSERS and (twin, "POST") not in own:
            yield Route(twin, json_handler(route.endpoint), methods=["POST"])
