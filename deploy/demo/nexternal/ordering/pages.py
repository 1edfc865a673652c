"""The pages on which an order comes about, in the online store and, for staff, in the internal ordering system."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.ordering.checkout import Checkout
from deploy.demo.nexternal.ordering.confirming import addendum_of
from deploy.demo.nexternal.ordering.sessions import Session, Sessions, whole
from deploy.demo.nexternal.records import Product
from deploy.demo.nexternal.xml_tools.replies import page_of
from deploy.demo.pages import Pages
from deploy.demo.shop.goods import price

FOLDER = Path(__file__).parents[1]
PRIVATE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Way:
    """Where an order comes about: below which path of an account, and whether by staff."""

    prefix: str
    is_internal: bool


class Ordering:
    """The pages of one way. Links in them are relative, so that they hold under an alias as under the default host."""

    def __init__(self, accounts: Mapping[str, Account], way: Way, sessions: Sessions) -> None:
        self.way = way
        self.sessions = sessions
        self._accounts = accounts
        self._pages = Pages(FOLDER / "templates", price=price, page_of=page_of, way=way)
        self._checkout = Checkout(self)

    @property
    def is_internal(self) -> bool:
        """Whether staff order."""
        return self.way.is_internal

    def routes(self) -> list[Route]:
        """The addresses, of which those that Nexternal's own pages have are documented: ``invoice.aspx``, ``account.aspx``."""
        base = "/{account}" + self.way.prefix
        return [
            Route(f"{base}/", self.home, methods=["GET"]),
            Route(f"{base}/invoice.aspx", self.cart, methods=["GET"]),
            Route(f"{base}/invoice.aspx", self.change_cart, methods=["POST"]),
            Route(f"{base}/addtocart.aspx", self.add, methods=["GET", "POST"]),
            *self._checkout.routes(base),
            Route(f"{base}/confirmation.aspx", self.confirmation, methods=["GET"]),
            Route(base + "/{name}-p{number:int}.aspx", self.product, methods=["GET"]),
            Route(base + "/{name}-c{number:int}.aspx", self.category, methods=["GET"]),
        ]

    def account(self, request: Request) -> Account:
        """The account of an address; the hosts let none other through."""
        return self._accounts[request.path_params["account"]]

    def show(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """A page with the merchant's tracking code where the merchant has put it. Staff's pages go without it."""
        account = self.account(request)
        session = self.sessions.of(account, request)
        code = "" if self.way.is_internal else account.settings.tracking_code
        lines = session.lines(account)
        shared = {
            "account": account,
            "session": session,
            "lines": lines,
            "total": sum(line.total for line in lines),
            "categories": categories_of(account),
            "attached": account.customers.get(session.customer_no or 0),
            # Code by its nature, and the merchant's own: it goes out as it was pasted.
            "tracking_code": Markup(code),  # noqa: S704
            "position": account.settings.tracking_position,
        }
        return self._pages.show(f"ordering/{name}", status, **(shared | values))

    def redirect(self, account: Account, session: Session, to: str) -> Response:
        """To another page, with the browser's cookie."""
        return self.sessions.remember(account, session, RedirectResponse(to, 303, PRIVATE))

    async def home(self, request: Request) -> Response:
        """The categories, and everything that is for sale."""
        return self.show(request, "home.html", products=self.account(request).products.values())

    async def category(self, request: Request) -> Response:
        """The products of one category."""
        names = categories_of(self.account(request))
        name = names.get(request.path_params["number"])
        products = [each for each in self.account(request).products.values() if each.category == name]
        return self.show(request, "category.html", 200 if name else 404, category=name or "No such category", products=products)

    async def product(self, request: Request) -> Response:
        """One product, with a form that puts it into the cart."""
        product: Product | None = self.account(request).products.get(request.path_params["number"])
        return self.show(request, "product.html", 404 if product is None else 200, product=product)

    async def add(self, request: Request) -> Response:
        """Put a product into the cart, by its form or by its link, and show the cart."""
        account = self.account(request)
        session = self.sessions.of(account, request)
        given: FormData | Mapping[str, str] = await request.form() if request.method == "POST" else request.query_params
        number, quantity = whole(given.get("ProductNo")), whole(given.get("Qty"))
        if number is not None and quantity:
            session.put(account, number, session.quantities.get(number, 0) + quantity)
        return self.redirect(account, session, "invoice.aspx")

    async def cart(self, request: Request) -> Response:
        """What lies in the cart."""
        return self.show(request, "cart.html")

    async def change_cart(self, request: Request) -> Response:
        """Take a line out, or change how many."""
        form, account = await request.form(), self.account(request)
        session = self.sessions.of(account, request)
        removed = whole(form.get("Remove"))
        for line in session.lines(account):
            number = line.product.product_no
            quantity = 0 if number == removed else whole(form.get(f"Qty{number}"))
            if quantity is not None:
                session.put(account, number, quantity)
        return self.redirect(account, session, "invoice.aspx")

    async def confirmation(self, request: Request) -> Response:
        """The last order of this browser, with the merchant's addendum."""
        account = self.account(request)
        order = account.orders.get(self.sessions.of(account, request).last_order_no or 0)
        if order is None:
            return RedirectResponse("invoice.aspx", 303, PRIVATE)
        code = Markup(addendum_of(account, order))  # noqa: S704 - the merchant's own code, its values escaped
        return self.show(request, "confirmation.html", order=order, addendum=code)


def categories_of(account: Account) -> dict[int, str]:
    """The categories by number."""
    return dict(enumerate(dict.fromkeys(product.category for product in account.products.values()), 1))
