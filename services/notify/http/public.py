"""The public side of notify: links, the saved cart, opting out by link, and the routes of carriers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.notify.http.carrier import CarrierHttp
from services.notify.http.links import Link, cart_event, read_link
from services.notify.http.pages import HEADERS, STYLE, dress_of, page
from services.notify.opt_out import opt_out_by_link
from services.notify.rules.saved_cart import saved_cart, shop_address
from services.notify.storage.protocols import Database
from shared.messages.item_names import shown_page
from shared.messages.rendering import SAMPLE_TOKEN
from shared.runtime.clock import Clock

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class PublicHttp:
    """Handlers and what they need."""

    database: Database
    clock: Clock
    carrier: CarrierHttp
    committed: Callable[[], None]

    def app(self) -> Starlette:
        """The routes. A GET changes nothing anywhere: previews and scanners follow links too."""
        pages_of_links: list[tuple[str, Handler, list[str]]] = [
            ("/l/{token}", self.follow, ["GET"]),
            ("/l/{token}/cart", self.cart, ["GET"]),
            ("/l/{token}/saved", self.saved, ["GET"]),
            ("/u/{token}", self.opt_out_page, ["GET"]),
            ("/u/{token}", self.opt_out, ["POST"]),
            ("/pages.css", self.style, ["GET"]),
            ("/cb/{site_id:uuid}/{attempt_id}/{mac}", self.carrier.callback, ["POST"]),
            ("/in/twilio/{site_id:uuid}", self.carrier.inbound, ["POST"]),
        ]
        return Starlette(
            routes=[Route(path, waits_for_database(self.database, handler), methods=m) for path, handler, m in pages_of_links]
        )

    async def follow(self, request: Request) -> Response:
        """To the shop, with the token in the fragment, which never reaches a server or a log."""
        if request.path_params["token"] == SAMPLE_TOKEN:
            return page("sample_link.html", dress_of(request, None))
        link = await self._link(request)
        if link is None:
            return _gone(request)
        return RedirectResponse(f"{page_of(link)}#beckon={link.token}", 302, headers=HEADERS)

    async def cart(self, request: Request) -> Response:
        """The items, for the snippet on the shop's own pages; nothing about a person."""
        link = await self._link(request)
        headers = {"Cache-Control": "no-store", "Vary": "Origin", "X-Content-Type-Options": "nosniff"}
        if link is None:
            return JSONResponse({"reason": "unknown_link"}, 404, headers)
        origin = request.headers.get("Origin", "")
        if origin in {shop_address(host, "").rstrip("/") for host in link.site.hosts}:
            headers["Access-Control-Allow-Origin"] = origin
        return JSONResponse(cart_event(link.cart, link.site), headers=headers)

    async def saved(self, request: Request) -> Response:
        """ "Your saved cart", where the shop cannot rebuild it by itself."""
        link = await self._link(request)
        if link is None:
            return _gone(request)
        dress = dress_of(request, link.site)
        cart = saved_cart(link.cart, link.site, link.host, dress.language)
        pictures = [line.picture for line in cart.lines if line.picture is not None]
        return page("saved_cart.html", dress, pictures=pictures, cart=cart, out=f"/u/{link.token}")

    async def opt_out_page(self, request: Request) -> Response:
        """The page with the button: reading it opts nobody out."""
        link = await self._link(request)
        return _gone(request) if link is None else _opt_out(request, link, done=False)

    async def opt_out(self, request: Request) -> Response:
        """Whoever holds the link is off, at once, on every site of the account. Only the handset can undo it."""
        link = await self._link(request)
        if link is None:
            return _gone(request)
        async with self.database.transaction() as store:
            await opt_out_by_link(store, link.site.site_id, link.attempt_id, self.clock.now())
        self.committed()
        return _opt_out(request, link, done=True)

    async def style(self, _: Request) -> Response:
        """The one style sheet of these pages."""
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(STYLE, media_type="text/css", headers=headers)

    async def _link(self, request: Request) -> Link | None:
        return await read_link(self.database, request.path_params["token"])


def waits_for_database(database: Database, handler: Handler) -> Handler:
    """No 2xx before what it promises is stored: carriers repeat what was answered 503."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as error:
            if not database.passes(error):
                raise
            return Response(status_code=503, headers={"Retry-After": "5"})

    return guarded


def page_of(link: Link) -> str:
    """The cart's page: an address from a beacon where it leads nowhere else, else the front page; without a fragment."""
    page, _, _ = (shown_page(link.cart.return_path, link.cart.return_suffix) or "").partition("#")
    return shop_address(link.host, page)


def _opt_out(request: Request, link: Link, *, done: bool) -> Response:
    return page("opt_out.html", dress_of(request, link.site), done=done, out=f"/u/{link.token}")


def _gone(request: Request) -> Response:
    return page("gone.html", dress_of(request, None), 404)
