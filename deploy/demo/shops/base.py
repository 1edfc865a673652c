"""What these shops share: goods, baskets, who is logged in, orders, and the merchant's two codes where a platform puts them."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from http.cookies import SimpleCookie
from typing import Any, ClassVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from deploy.demo.shop.codes import Keyword, fill_in
from deploy.demo.shop.goods import decimal

COOKIE = "basket"
CURRENCY = "USD"
FIRST_ORDER = 1001

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Good:
    """One thing for sale; ``price`` in cents, ``number`` where a platform counts its goods."""

    id: str
    name: str
    price: int
    number: int

    @property
    def picture(self) -> str:
        """The address of its picture."""
        return f"/pictures/{self.id}.svg"


GOODS = {
    good.id: good
    for good in (
        Good("W-101", "Harbor Red 2021", 6495, 101),
        Good("W-102", "Harbor White 2022", 3450, 102),
        Good("C-7", "Corkscrew", 1200, 7),
    )
}


def good_numbered(number: object) -> str:
    """The id of the good that a platform knows by this number; empty for none."""
    return next((good.id for good in GOODS.values() if str(good.number) == str(number)), "")


@dataclass(frozen=True)
class Line:
    """So many of one good."""

    good: Good
    quantity: int

    @property
    def total(self) -> int:
        """In cents."""
        return self.good.price * self.quantity


@dataclass(frozen=True)
class Order:
    """A purchase."""

    number: str
    email: str
    phone: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """In cents."""
        return sum(line.total for line in self.lines)


@dataclass
class Session:
    """One browser: what lies in its basket, who is logged in, what was ordered last."""

    id: str
    quantities: dict[str, int] = field(default_factory=dict)
    email: str = ""
    last_order: Order | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The basket, in the order of filling."""
        return tuple(Line(GOODS[good_id], quantity) for good_id, quantity in self.quantities.items())

    @property
    def total(self) -> int:
        """The basket's total in cents."""
        return sum(line.total for line in self.lines)

    def add(self, good_id: str, quantity: int = 1) -> None:
        """Put more of a good into the basket."""
        self.set_quantity(good_id, self.quantities.get(good_id, 0) + quantity)

    def set_quantity(self, good_id: str, quantity: int) -> None:
        """Have so many of a good in the basket; none takes it out. An unknown good changes nothing."""
        if good_id in GOODS:
            self.quantities[good_id] = quantity
            self.quantities = {each: number for each, number in self.quantities.items() if number > 0}


@dataclass(frozen=True)
class Codes:
    """What the merchant pastes: for the end of every page's head, and for the page after an order."""

    tracking: str = ""
    confirmation: str = ""


class FixtureShop:
    """One shop of a platform. A subclass has its addresses, its markup, its data and its keywords.

    For a shopper all are usable by accessible names alone: links by the names of goods, "Cart", "Checkout", "Log in"; buttons
    "Add to cart", "Update", "Remove", "Log in", "Place order"; fields "Quantity", "E-mail", "Phone".
    """

    platform: ClassVar[str] = "plain_html"
    """As the site's settings name it."""
    reader: ClassVar[str]
    """Which reader reads its carts."""
    keywords: ClassVar[tuple[Keyword, ...]] = (
        Keyword("[OrderNo]", "number", "Order number"),
        Keyword("[OrderTotal]", "total", "Total"),
        Keyword("[Currency]", "currency", "Currency"),
        Keyword("[Email]", "email", "E-mail"),
        Keyword("[Phone]", "phone", "Phone"),
    )

    def __init__(self) -> None:
        self.codes = Codes()
        self.sessions: dict[str, Session] = {}
        self.orders: list[Order] = []
        self._app = Starlette(routes=[*self.routes(), Route("/pictures/{name}", _picture)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app(scope, receive, send)

    def routes(self) -> list[Route]:
        """The addresses of the platform."""
        raise NotImplementedError

    def session(self, request: Request) -> Session:
        """Whose request this is; a browser without our cookie gets a new one, kept by ``remember``."""
        found = self.sessions.get(request.cookies.get(COOKIE, ""))
        return found or Session(secrets.token_hex(8))

    def remember(self, answer: Response, session: Session) -> Response:
        """The answer with the browser's cookie."""
        self.sessions[session.id] = session
        cookie: SimpleCookie = SimpleCookie({COOKIE: session.id})
        cookie[COOKIE]["path"] = "/"
        answer.headers.append("set-cookie", cookie[COOKIE].OutputString())
        return answer

    def redirect(self, to: str, session: Session) -> Response:
        """To another page, with the browser's cookie."""
        return self.remember(RedirectResponse(to, 303), session)

    def page(self, title: str, body: str, head: str = "") -> Response:
        """A page with the merchant's tracking code at the end of its head."""
        return HTMLResponse(
            f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title>{head}{self.codes.tracking}"
            f"</head><body>{body}</body></html>",
            headers={"cache-control": "no-cache"},
        )

    def buy(self, session: Session, email: str, phone: str) -> Order:
        """Turn the basket into an order."""
        order = Order(str(FIRST_ORDER + len(self.orders)), email, phone, session.lines)
        self.orders.append(order)
        session.quantities, session.last_order = {}, order
        return order

    def confirmation_code(self, order: Order) -> str:
        """The merchant's confirmation code, its keywords replaced."""
        values: dict[str, Any] = {
            "number": order.number,
            "total": decimal(order.total),
            "currency": CURRENCY,
            "email": order.email,
            "phone": order.phone,
        }
        return fill_in(self.codes.confirmation, values, self.keywords)


def title_of(good: object) -> str:
    """A page's title: the name of the good that it shows, if any, before the shop's."""
    return f"{good.name} - Harbor & Vine" if isinstance(good, Good) else "Harbor & Vine"


async def _picture(request: Request) -> Response:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80"><rect width="80" height="80" fill="#913"/></svg>'
    return Response(svg, media_type="image/svg+xml", headers={"cache-control": "max-age=3600"})
