"""How the demo's pages are rendered and how their forms are guarded."""

from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = ("GET", "HEAD")


class Pages:
    """The templates of one part of the demo."""

    def __init__(self, folder: Path, **shared: object) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals.update(shared)

    def show(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Render a page. Nobody caches it: what it shows changes by the second."""
        html = self.environment.get_template(name).render(**values)
        return HTMLResponse(html.encode("utf-8", "surrogateescape"), status, {"Cache-Control": "no-store"})


class SameOriginForms:
    """Refuses a form that another site's page has sent with this browser's cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and foreign(Request(scope)):
            await PlainTextResponse("This form came from another site.", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def foreign(request: Request) -> bool:
    """A browser names where a form comes from; a program does not."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.headers.get("host")
    return request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
