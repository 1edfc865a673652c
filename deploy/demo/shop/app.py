"""shop.localhost: shelf, cart and confirmation."""

import json
from pathlib import Path

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.demo.pages import Pages, SameOriginForms
from deploy.demo.shop.admin import DECLINES, Admin
from deploy.demo.shop.basket import cart_data, restorable, rows_of, theme_script
from deploy.demo.shop.checkout import Checkout
from deploy.demo.shop.goods import price
from deploy.demo.shop.ordering import Ordering
from deploy.demo.shop.pictures import picture_of
from deploy.demo.shop.policies import Field, PolicyStore
from deploy.demo.shop.store import Line, ShopStore
from deploy.demo.shop.visitors import remember, session_for_writing, session_of

FOLDER = Path(__file__).parent


class Storefront:
    """Renders the shop's pages: each carries the theme's data and, at the end of its head, the merchant's tracking code."""

    def __init__(self, store: ShopStore, policies: PolicyStore, ordering: Ordering) -> None:
        self.store = store
        self.ordering = ordering
        self.policies = policies
        self._pages = Pages(FOLDER / "templates", price=price)

    def show(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """A page of the storefront."""
        session = session_of(request, self.store)
        rows = rows_of(self.store.lines(session.id), self.ordering.goods) if session else []
        cart = cart_data(rows, str(request.base_url).rstrip("/")) if session and session.had_cart else None
        shared = {
            "session": session,
            "rows": rows,
            "total": sum(row.total for row in rows),
            "pieces": sum(row.quantity for row in rows),
            # Both are code by their nature, the theme's own and the merchant's: they go out as they are.
            "theme": Markup(theme_script(cart)),  # noqa: S704
            "tracking_code": Markup(self.policies.read(Field.TRACKING_CODE)),  # noqa: S704
            "opt_in_box": self.policies.read(Field.OPT_IN_BOX),
            "banner_declines": self.policies.read(Field.COOKIE_BANNER) == DECLINES,
        }
        page = self._pages.show(name, status, **(shared | values))
        if policy := self.policies.read(Field.CONTENT_SECURITY_POLICY):
            page.headers["Content-Security-Policy"] = policy
        return page


class Shop:
    """The pages."""

    def __init__(self, storefront: Storefront, policies: PolicyStore) -> None:
        self._front = storefront
        self._store = storefront.store
        self._ordering = storefront.ordering
        self._goods = storefront.ordering.goods
        self._checkout = Checkout(storefront)
        self._admin = Admin(policies)

    def app(self) -> Starlette:
        """The whole of shop.localhost."""
        return Starlette(
            routes=[
                Route("/", self.home, methods=["GET"]),
                Route("/wines/{good:str}", self.good, methods=["GET"]),
                Route("/pictures/{good:str}.svg", self.picture, methods=["GET"]),
                Route("/privacy", self.privacy, methods=["GET"]),
                Route("/cart", self.cart, methods=["GET"]),
                Route("/cart", self.change_cart, methods=["POST"]),
                Route("/cart/restore", self.restore, methods=["POST"]),
                Route("/orders/{order_no:int}", self.order, methods=["GET"]),
                *self._checkout.routes(),
                *self._admin.routes(),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
            ],
            middleware=[Middleware(SameOriginForms)],
            exception_handlers={404: self.missing},
        )

    async def home(self, request: Request) -> Response:
        """The shelf."""
        return self._front.show(request, "home.html", goods=self._goods.values())

    async def good(self, request: Request) -> Response:
        """One wine."""
        good = self._goods.get(request.path_params["good"])
        if good is None:
            return self._front.show(request, "missing.html", 404)
        others = [each for each in self._goods.values() if each.kind == good.kind and each is not good][:3]
        return self._front.show(request, "good.html", good=good, others=others)

    async def picture(self, request: Request) -> Response:
        """Its drawing."""
        good = self._goods.get(request.path_params["good"])
        if good is None:
            return Response(status_code=404)
        return Response(picture_of(good), media_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})

    async def privacy(self, request: Request) -> Response:
        """What the shop does with what it knows."""
        return self._front.show(request, "privacy.html")

    async def cart(self, request: Request) -> Response:
        """The cart."""
        return self._front.show(request, "cart.html")

    async def change_cart(self, request: Request) -> Response:
        """Add to the cart (``add``), or set how many of a line there are (``quantity`` alone; 0 takes it out)."""
        form = await request.form()
        good, quantity = str(form.get("good", "")), whole(form.get("quantity"))
        if good not in self._goods or quantity is None:
            return RedirectResponse("/cart", 303)
        session = session_for_writing(request, self._store)
        if "add" in form:
            quantity += sum(line.quantity for line in self._store.lines(session.id) if line.good_id == good)
        self._store.put_line(session.id, Line(good, quantity))
        return remember(RedirectResponse("/cart", 303), session)

    async def restore(self, request: Request) -> Response:
        """Rebuild a cart from what a page of ours asks for. What is in the cart already stays."""
        try:
            wanted = restorable(json.loads(await request.body()), self._goods)
        except ValueError:
            return Response(status_code=400)
        session = session_for_writing(request, self._store)
        present = {line.good_id: line.quantity for line in self._store.lines(session.id)}
        for line in wanted:
            self._store.put_line(session.id, Line(line.good_id, max(line.quantity, present.get(line.good_id, 0))))
        return remember(Response(status_code=204), session)

    async def order(self, request: Request) -> Response:
        """The confirmation, for the browser that ordered, with the merchant's confirmation code."""
        session = session_of(request, self._store)
        order = self._store.order(request.path_params["order_no"])
        if order is None or session is None or session.last_order_no != order.order_no:
            return self._front.show(request, "missing.html", 404)
        bought = rows_of(self._store.order_lines(order.order_no), self._goods)
        code = Markup(self._ordering.confirmation_code(order))  # noqa: S704 - the merchant's own code, its values escaped
        return self._front.show(request, "order.html", order=order, bought=bought, addendum=code)

    async def missing(self, request: Request, error: Exception) -> Response:
        """No such page."""
        return self._front.show(request, "missing.html", 404)


def whole(value: object) -> int | None:
    """A count from a form."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 4 else None
