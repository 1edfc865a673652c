"""The checkout: who orders, the merchant's custom fields and, for staff, whether a confirmation e-mail is sent."""

import re
from dataclasses import replace
from typing import Protocol

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.options import Origin
from deploy.demo.nexternal.ordering.confirming import send_confirmation
from deploy.demo.nexternal.ordering.sessions import Session, Sessions
from deploy.demo.nexternal.records import Browser, Customer, NewOrder, Person

EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
LONGEST_TEXT = 254
PERSON_FIELDS = ("email", "first_name", "last_name", "company", "phone")


class Ordering(Protocol):
    """What the checkout needs of the way on which it is."""

    sessions: Sessions

    @property
    def is_internal(self) -> bool:
        """Whether staff order."""
        ...

    def account(self, request: Request) -> Account:
        """The account of an address."""
        ...

    def show(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """A page."""
        ...

    def redirect(self, account: Account, session: Session, to: str) -> Response:
        """To another page."""
        ...


class Checkout:
    """From the cart to the order."""

    def __init__(self, ordering: Ordering) -> None:
        self._ordering = ordering

    def routes(self, base: str) -> list[Route]:
        """The page, and its form."""
        return [
            Route(f"{base}/checkout.aspx", self.page, methods=["GET"]),
            Route(f"{base}/checkout.aspx", self.place_order, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The form; nobody has ticked a custom field for the shopper. Staff come here with a customer attached."""
        account = self._ordering.account(request)
        session = self._ordering.sessions.of(account, request)
        if not session.quantities:
            return self._ordering.redirect(account, session, "invoice.aspx")
        customer = account.customers.get(session.customer_no or 0)
        if self._ordering.is_internal and customer is None:
            return self._ordering.redirect(account, session, "identify.aspx?needed=1")
        given = customer.person if customer else session.person
        return self._ordering.show(request, "checkout.html", given=given, ticked=agreed(account, customer), error="")

    async def place_order(self, request: Request) -> Response:
        """Place the order. A second press finds an empty cart and leads to the order that the first one placed."""
        account, form = self._ordering.account(request), await request.form()
        session = self._ordering.sessions.of(account, request)
        if not session.quantities:
            return self._ordering.redirect(account, session, "confirmation.aspx")
        attached = account.customers.get(session.customer_no or 0)
        if self._ordering.is_internal and attached is None:
            return self._ordering.redirect(account, session, "identify.aspx?needed=1")
        person = person_in(form)
        session.person = person
        if not EMAIL.fullmatch(person.email) and not (self._ordering.is_internal and not person.email):
            error = "Enter an e-mail address, such as anna@example.com."
            ticked = frozenset(fields_ticked(account, form))
            return self._ordering.show(request, "checkout.html", 400, given=person, ticked=ticked, error=error)
        customer = attached if self._ordering.is_internal else None
        self._order(account, session, form, customer or account.recognise(person, "Customer"))
        return self._ordering.redirect(account, session, "confirmation.aspx")

    def _order(self, account: Account, session: Session, form: FormData, customer: Customer) -> None:
        given = {name: value for name, value in vars(session.person).items() if value}
        answers = dict.fromkeys(account.settings.custom_fields, account.options.no)
        answers |= dict.fromkeys(fields_ticked(account, form), account.options.yes)
        account.update_customer(customer, replace(customer.person, **given), answers)
        origin = Origin.STAFF if self._ordering.is_internal else Origin.ONLINE
        order = account.place_order(NewOrder(customer.customer_no, session.lines(account), origin, Browser()))
        session.quantities, session.last_order_no = {}, order.order_no
        if self._ordering.is_internal:
            session.customer_no, session.person = None, Person()
        if not self._ordering.is_internal or "SendConfirmation" in form:
            send_confirmation(account, order)


def agreed(account: Account, customer: Customer | None) -> frozenset[int]:
    """The custom fields to which a known customer has said yes."""
    answers = customer.custom_fields if customer else {}
    return frozenset(position for position, answer in answers.items() if answer == account.options.yes)


def fields_ticked(account: Account, form: FormData) -> list[int]:
    """The merchant's custom fields that are ticked in a form."""
    return [position for position in account.settings.custom_fields if f"CustomField{position}" in form]


def person_in(form: FormData) -> Person:
    """Who a form names, each field as one line."""
    return Person(**{name: text(form, name) for name in PERSON_FIELDS})


def text(form: FormData, name: str) -> str:
    """What was typed into a field."""
    value = form.get(name, "")
    return " ".join(value.split())[:LONGEST_TEXT] if isinstance(value, str) else ""
