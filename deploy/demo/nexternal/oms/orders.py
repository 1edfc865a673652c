"""Orders: the list with New, Bulk Order and Wine Club Order, and the record of one order."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.nexternal.account import Account, AccountError
from deploy.demo.nexternal.oms.customers import CUSTOMER_TYPES
from deploy.demo.nexternal.oms.office import Office
from deploy.demo.nexternal.options import Origin
from deploy.demo.nexternal.ordering.checkout import text
from deploy.demo.nexternal.ordering.confirming import send_confirmation
from deploy.demo.nexternal.ordering.pages import Ordering
from deploy.demo.nexternal.ordering.sessions import MOST_OF_ONE, whole
from deploy.demo.nexternal.records import BILLING_STATUSES, ORDER_STATUSES, Line, NewOrder


class Orders:
    """The section."""

    def __init__(self, office: Office, ordering: Ordering) -> None:
        self._office = office
        self._ordering = ordering

    def routes(self) -> list[Route]:
        """Where each page is."""
        base = "/{account}/orders"
        return [
            Route(base, self.list, methods=["GET"]),
            Route(f"{base}/new", self.new, methods=["POST"]),
            Route(base + "/{number:int}", self.record, methods=["GET"]),
            Route(base + "/{number:int}", self.change, methods=["POST"]),
            Route(f"{base}/bulk", self.bulk, methods=["GET"]),
            Route(f"{base}/bulk", self.place_bulk, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """All orders, the newest first."""
        account = self._office.account(request)
        orders, placed = list(reversed(account.orders.values())), request.query_params.get("placed", "")
        return self._office.show(request, "orders.html", orders=orders, placed=placed)

    async def new(self, request: Request) -> Response:
        """Begin an order in the internal ordering system: the cart is empty, and nobody is attached."""
        account = self._office.account(request)
        session = self._ordering.sessions.of(account, request)
        session.quantities, session.customer_no = {}, None
        return self._ordering.redirect(account, session, f"/{account.name}/internal/")

    async def record(self, request: Request) -> Response:
        """One order."""
        order = self._office.account(request).orders.get(request.path_params["number"])
        if order is None:
            return self._office.redirect(request, "orders")
        statuses = {"status": ORDER_STATUSES, "billing_status": BILLING_STATUSES}
        return self._office.show(request, "order.html", order=order, statuses=statuses)

    async def change(self, request: Request) -> Response:
        """Ship, bill, refund or cancel it."""
        account, form = self._office.account(request), await request.form()
        order = account.orders.get(request.path_params["number"])
        if order is None:
            return self._office.redirect(request, "orders")
        try:
            account.update_order(order, status=text(form, "status"), billing_status=text(form, "billing_status"), at=None)
        except AccountError:
            return self._office.redirect(request, f"orders/{order.order_no}")
        return self._office.redirect(request, f"orders/{order.order_no}?saved")

    async def bulk(self, request: Request) -> Response:
        """Which customers are to get the same; the Wine Club button comes with its members chosen."""
        return self._bulk_form(request, "")

    async def place_bulk(self, request: Request) -> Response:
        """One order for each customer of a type: no shopper's browser has any part in it."""
        account, form = self._office.account(request), await request.form()
        number, quantity = whole(text(form, "ProductNo")) or 0, whole(text(form, "Qty")) or 0
        product = account.products.get(number)
        if product is None or not 1 <= quantity <= MOST_OF_ONE:
            return self._bulk_form(request, "Choose a product and how many of it.")
        placed = place_for_all(account, text(form, "type"), Line(product, quantity), "SendConfirmation" in form)
        if not placed:
            return self._bulk_form(request, "There is no customer of this type.")
        return self._office.redirect(request, f"orders?placed={placed}")

    def _bulk_form(self, request: Request, error: str) -> Response:
        products = self._office.account(request).products.values()
        chosen = CUSTOMER_TYPES[1] if "club" in request.query_params else CUSTOMER_TYPES[0]
        values = {"products": products, "types": CUSTOMER_TYPES, "chosen": chosen, "error": error}
        return self._office.show(request, "bulk.html", 400 if error else 200, **values)


def place_for_all(account: Account, customer_type: str, line: Line, sends_confirmation: bool) -> int:
    """Place the same order for every customer of a type. Returns how many."""
    customers = [each for each in account.customers.values() if each.type == customer_type]
    for customer in customers:
        order = account.place_order(NewOrder(customer.customer_no, [line], Origin.CLUB))
        if sends_confirmation:
            send_confirmation(account, order)
    return len(customers)
