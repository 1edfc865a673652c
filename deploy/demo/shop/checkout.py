"""Two plain pages: who you are, and paying, which is make-believe."""

import re
from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.demo.shop.ordering import Ordering
from deploy.demo.shop.store import PlacedBy, ShopStore
from deploy.demo.shop.visitors import session_of

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?[0-9][0-9\s().\-]{6,20}")


@dataclass(frozen=True)
class CheckoutError:
    """What is wrong with each field."""

    email: str = ""
    phone: str = ""


class Storefront(Protocol):
    """What the checkout needs of the shop."""

    store: ShopStore
    ordering: Ordering

    def show(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """A page of the storefront."""
        ...


class Checkout:
    """From the cart to the order."""

    def __init__(self, storefront: Storefront) -> None:
        self._front = storefront
        self._store = storefront.store

    def routes(self) -> list[Route]:
        """Where the two pages are."""
        return [
            Route("/checkout", self.contact, methods=["GET"]),
            Route("/checkout", self.keep_contact, methods=["POST"]),
            Route("/checkout/pay", self.pay, methods=["GET"]),
            Route("/checkout/pay", self.place_order, methods=["POST"]),
        ]

    async def contact(self, request: Request) -> Response:
        """E-mail, phone, and a box that nobody has ticked for the shopper."""
        session = session_of(request, self._store)
        if session is None or not self._store.lines(session.id):
            return RedirectResponse("/cart", 303)
        given = {"email": session.email, "phone": session.phone, "sms_opt_in": session.sms_opt_in}
        return self._front.show(request, "checkout.html", given=given, error=CheckoutError())

    async def keep_contact(self, request: Request) -> Response:
        """On to paying, or back with what is missing."""
        session = session_of(request, self._store)
        if session is None:
            return RedirectResponse("/cart", 303)
        form = await request.form()
        email, phone, sms_opt_in = text(form, "email"), text(form, "phone"), "sms_opt_in" in form
        error = errors_in(email, phone, sms_opt_in)
        if error != CheckoutError():
            given = {"email": email, "phone": phone, "sms_opt_in": sms_opt_in}
            return self._front.show(request, "checkout.html", 400, given=given, error=error)
        self._store.keep_contact(session.id, email, phone, sms_opt_in)
        self._front.ordering.know(email, phone)
        return RedirectResponse("/checkout/pay", 303)

    async def pay(self, request: Request) -> Response:
        """The order, for the last time before it is placed."""
        session = session_of(request, self._store)
        if session is None or not self._store.lines(session.id):
            return RedirectResponse("/cart", 303)
        if not session.email:
            return RedirectResponse("/checkout", 303)
        return self._front.show(request, "pay.html")

    async def place_order(self, request: Request) -> Response:
        """Place the order. A second press finds an empty cart and leads to the order that the first one placed."""
        session = session_of(request, self._store)
        lines = self._store.lines(session.id) if session else []
        if session is None or not session.email or not lines:
            placed = session.last_order_no if session else None
            return RedirectResponse(f"/orders/{placed}" if placed else "/cart", 303)
        order = self._front.ordering.place_order(session.email, session.phone, lines, PlacedBy.ONLINE, session.id)
        return RedirectResponse(f"/orders/{order.order_no}", 303)


def text(form: FormData, name: str) -> str:
    """What was typed into a field."""
    value = form.get(name, "")
    return value.strip()[:254] if isinstance(value, str) else ""


def errors_in(email: str, phone: str, sms_opt_in: bool) -> CheckoutError:
    """What keeps the shopper from going on."""
    no_email = "" if EMAIL.fullmatch(email) else "Enter an e-mail address, such as anna@example.com."
    if phone and not PHONE.fullmatch(phone):
        return CheckoutError(no_email, "Enter a phone number, such as +1 423 555 0123, or leave it empty.")
    return CheckoutError(no_email, "We need a phone number to send SMS messages to." if sms_opt_in and not phone else "")
