"""Customers: the list, a record with its Place Order button, a new one, and Preferences with the custom fields."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.nexternal.account import AccountError
from deploy.demo.nexternal.oms.office import Office
from deploy.demo.nexternal.options import MOST_CUSTOM_FIELDS
from deploy.demo.nexternal.ordering.checkout import fields_ticked, person_in, text
from deploy.demo.nexternal.ordering.pages import Ordering
from deploy.demo.nexternal.records import Person

CUSTOMER_TYPES = ("Consumer", "Wine Club Member")
LABELS = {
    "first_name": "First Name",
    "last_name": "Last Name",
    "company": "Company Name",
    "email": "Email",
    "phone": "Phone",
}


class Customers:
    """The section."""

    def __init__(self, office: Office, ordering: Ordering) -> None:
        self._office = office
        self._ordering = ordering

    def routes(self) -> list[Route]:
        """Where each page is."""
        base = "/{account}/customers"
        return [
            Route(base, self.list, methods=["GET"]),
            Route(f"{base}/new", self.new, methods=["GET"]),
            Route(f"{base}/new", self.create, methods=["POST"]),
            Route(f"{base}/preferences", self.preferences, methods=["GET"]),
            Route(f"{base}/preferences", self.keep_preferences, methods=["POST"]),
            Route(base + "/{number:int}", self.record, methods=["GET"]),
            Route(base + "/{number:int}", self.change, methods=["POST"]),
            Route(base + "/{number:int}/order", self.place_order, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """Everybody, the newest first."""
        customers = list(reversed(self._office.account(request).customers.values()))
        return self._office.show(request, "customers.html", customers=customers)

    async def new(self, request: Request) -> Response:
        """An empty record."""
        return self._form(request, Person())

    async def create(self, request: Request) -> Response:
        """Keep it."""
        account, form = self._office.account(request), await request.form()
        person = person_in(form)
        if not person.name:
            return self._form(request, person, "Enter a name, a company, an e-mail address or a phone number.")
        try:
            customer = account.add_customer(person, "OMS", self._type(text(form, "type")))
        except AccountError as error:
            return self._form(request, person, str(error))
        return self._office.redirect(request, f"customers/{customer.customer_no}?saved")

    def _form(self, request: Request, person: Person, error: str = "") -> Response:
        status = 400 if error else 200
        shared: dict[str, Any] = {"labels": LABELS, "types": CUSTOMER_TYPES}
        return self._office.show(request, "customer_new.html", status, person=vars(person), error=error, **shared)

    async def record(self, request: Request) -> Response:
        """One customer, their custom fields and orders."""
        account = self._office.account(request)
        customer = account.customers.get(request.path_params["number"])
        if customer is None:
            return self._office.redirect(request, "customers")
        orders = [order for order in account.orders.values() if order.customer_no == customer.customer_no]
        shared: dict[str, Any] = {"labels": LABELS, "types": CUSTOMER_TYPES, "orders": orders}
        return self._office.show(request, "customer.html", customer=customer, person=vars(customer.person), **shared)

    async def change(self, request: Request) -> Response:
        """Keep the record as the form has it."""
        account, form = self._office.account(request), await request.form()
        customer = account.customers.get(request.path_params["number"])
        if customer is None:
            return self._office.redirect(request, "customers")
        ticked, options = fields_ticked(account, form), account.options
        answers = {each: options.yes if each in ticked else options.no for each in account.settings.custom_fields}
        account.update_customer(customer, person_in(form), answers)
        customer.type = self._type(text(form, "type"))
        return self._office.redirect(request, f"customers/{customer.customer_no}?saved")

    def _type(self, given: str) -> str:
        return given if given in CUSTOMER_TYPES else CUSTOMER_TYPES[0]

    async def place_order(self, request: Request) -> Response:
        """Go to the internal ordering system, with this customer attached."""
        account, number = self._office.account(request), request.path_params["number"]
        if number not in account.customers:
            return self._office.redirect(request, "customers")
        session = self._ordering.sessions.of(account, request)
        session.customer_no = number
        return self._ordering.redirect(account, session, f"/{account.name}/internal/")

    async def preferences(self, request: Request) -> Response:
        """The names of the custom fields; each is answered by yes or no."""
        return self._office.show(request, "preferences.html", positions=range(1, MOST_CUSTOM_FIELDS + 1))

    async def keep_preferences(self, request: Request) -> Response:
        """Keep those that have a name, at their positions."""
        form = await request.form()
        names = {position: text(form, f"CustomField{position}") for position in range(1, MOST_CUSTOM_FIELDS + 1)}
        self._office.account(request).settings.custom_fields = {position: name for position, name in names.items() if name}
        return self._office.redirect(request, "customers/preferences?saved")
