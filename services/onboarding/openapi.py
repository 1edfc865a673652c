"""The HTTP API's own description (OpenAPI 3.1), made from its routes: one that is not in it does not exist."""

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from starlette.routing import BaseRoute, Route

API = "/api/"
DOCUMENT = "/api/openapi.json"
_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_FORMATS = {"uuid": {"type": "string", "format": "uuid"}, "str": {"type": "string"}}


def api_routes(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """Those for programs."""
    return (route for route in routes if isinstance(route, Route) and route.path.startswith(API) and route.path != DOCUMENT)


def describe(routes: Iterable[BaseRoute], public: str) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in api_routes(routes):
        operations = paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})
        for method in sorted((route.methods or set()) - {"HEAD"}):
            operations[method.lower()] = _operation(route, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Beckon's console",
            "version": "1",
            "description": "What the console's pages show and do, for programs.",
        },
        "servers": [{"url": public or "/"}],
        "security": [{"session": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "__Host-beckon"}},
            "schemas": {"Refusal": _REFUSAL},
        },
    }


_REFUSAL = {
    "type": "object",
    "required": ["reason"],
    "properties": {"reason": {"type": "string"}, "remedy": {"type": "string"}},
}


def _operation(route: Route, method: str) -> dict[str, Any]:
    summary = (inspect.getdoc(route.endpoint) or "").partition("\n")[0].rstrip(".")
    operation: dict[str, Any] = {
        "summary": summary,
        "operationId": f"{method.lower()}_{re.sub(r'[^a-z]+', '_', route.path.lower()).strip('_')}",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _FORMATS[kind]}
            for name, kind in _PARAMETER.findall(route.path)
        ],
        "responses": {
            "200": {"description": summary, "content": {"application/json": {"schema": {"type": "object"}}}},
            "401": _refusal("Nobody is signed in"),
            "404": _refusal("There is no such thing, or it is another account's"),
        },
    }
    if method == "POST":
        operation["responses"]["422"] = _refusal("A field cannot be taken; the answer names it")
    return operation


def _refusal(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
