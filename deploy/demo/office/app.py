"""office.localhost: customers, and orders that staff key in for them."""

from pathlib import Path

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.demo.pages import Pages, SameOriginForms
from deploy.demo.shop.basket import rows_of
from deploy.demo.shop.checkout import EMAIL, PHONE, text
from deploy.demo.shop.goods import price
from deploy.demo.shop.ordering import Ordering
from deploy.demo.shop.store import MOST_OF_ONE, Line, PlacedBy, ShopStore

FOLDER = Path(__file__).parent


class Office:
    """The pages. Only that of an order carries foreign code, and of that only the merchant's confirmation code."""

    def __init__(self, store: ShopStore, ordering: Ordering) -> None:
        self._store = store
        self._ordering = ordering
        self._pages = Pages(FOLDER / "templates", price=price, goods=list(ordering.goods.values()))

    def app(self) -> Starlette:
        """The whole of office.localhost."""
        return Starlette(
            routes=[
                Route("/", self.home, methods=["GET"]),
                Route("/customers", self.add_customer, methods=["POST"]),
                Route("/customers/{customer_no:int}", self.customer, methods=["GET"]),
                Route("/orders/new", self.new_order, methods=["GET"]),
                Route("/orders", self.place_order, methods=["POST"]),
                Route("/orders/{order_no:int}", self.order, methods=["GET"]),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
            ],
            middleware=[Middleware(SameOriginForms)],
        )

    async def home(self, request: Request) -> Response:
        """Who buys here, and what was ordered last."""
        return self._show(request, "home.html", customers=self._store.customers(), orders=self._store.orders()[:20], error="")

    async def add_customer(self, request: Request) -> Response:
        """Somebody who called."""
        form = await request.form()
        email, phone = text(form, "email"), text(form, "phone")
        if error := error_in(email, phone):
            customers, orders = self._store.customers(), self._store.orders()[:20]
            return self._show(request, "home.html", 400, customers=customers, orders=orders, error=error)
        customer = self._ordering.know(email, phone)
        return RedirectResponse(f"/customers/{customer.customer_no}", 303)

    async def customer(self, request: Request) -> Response:
        """Serve one customer."""
        customer = self._store.customer(request.path_params["customer_no"])
        if customer is None:
            return RedirectResponse("/", 303)
        orders = [order for order in self._store.orders() if order.customer_no == customer.customer_no]
        given = {"email": customer.email, "phone": customer.phone}
        return self._show(request, "customer.html", customer=customer, orders=orders, given=given, error="")

    async def new_order(self, request: Request) -> Response:
        """An order for somebody who may not be on the list."""
        return self._show(request, "new_order.html", given={"email": "", "phone": ""}, error="")

    async def place_order(self, request: Request) -> Response:
        """Key in an order: one wine, for whom the e-mail or the phone names."""
        form = await request.form()
        email, phone, line = text(form, "email"), text(form, "phone"), self._line(text(form, "good"), text(form, "quantity"))
        error = error_in(email, phone) or ("" if line else "Choose a wine and how many of it.")
        if error or line is None:
            return self._show(request, "new_order.html", 400, given={"email": email, "phone": phone}, error=error)
        order = self._ordering.place_order(email, phone, [line], PlacedBy.STAFF)
        return RedirectResponse(f"/orders/{order.order_no}", 303)

    def _line(self, good: str, quantity: str) -> Line | None:
        count = int(quantity) if quantity.isascii() and quantity.isdecimal() else 0
        return Line(good, count) if good in self._ordering.goods and 0 < count <= MOST_OF_ONE else None

    async def order(self, request: Request) -> Response:
        """An order's own page, with the confirmation code as the storefront's confirmation has it."""
        order = self._store.order(request.path_params["order_no"])
        if order is None:
            return RedirectResponse("/", 303)
        rows = rows_of(self._store.order_lines(order.order_no), self._ordering.goods)
        code = Markup(self._ordering.confirmation_code(order))  # noqa: S704 - the merchant's own code, its values escaped
        return self._show(request, "order.html", order=order, rows=rows, addendum=code)

    def _show(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        store_address = str(request.base_url).replace("//office.", "//shop.", 1)
        return self._pages.show(name, status, store_address=store_address, **values)


def error_in(email: str, phone: str) -> str:
    """What staff have to put right."""
    if not email and not phone:
        return "Enter the customer's e-mail or phone."
    if email and not EMAIL.fullmatch(email):
        return "This e-mail address is not complete."
    return "This is no phone number." if phone and not PHONE.fullmatch(phone) else ""
