"""Identify: a customer is found by one field and attached by the paperclip, or created, and then attached at once."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.nexternal.account import Account, AccountError
from deploy.demo.nexternal.oms.customers import LABELS
from deploy.demo.nexternal.ordering.checkout import person_in, text
from deploy.demo.nexternal.ordering.pages import Ordering
from deploy.demo.nexternal.ordering.sessions import whole
from deploy.demo.nexternal.records import Customer

SEARCHES = {"last_name": "Last Name", "company": "Company Name", "email": "Email"}
MOST_FOUND = 50


class Identify:
    """The page of the internal ordering system."""

    def __init__(self, ordering: Ordering) -> None:
        self._ordering = ordering

    def routes(self) -> list[Route]:
        """The page, its forms and the paperclip's."""
        base = "/{account}/internal"
        return [
            Route(f"{base}/identify.aspx", self.page, methods=["GET"]),
            Route(f"{base}/identify.aspx", self.create, methods=["POST"]),
            Route(f"{base}/attach.aspx", self.attach, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """Both forms, and what was found."""
        wanted = {name: " ".join(request.query_params.get(name, "").split()) for name in SEARCHES}
        given = {name: value for name, value in wanted.items() if value}
        if len(given) == 1:
            return self._show(request, found=found_by(self._ordering.account(request), *given.popitem()), wanted=wanted)
        is_sent = bool(given) or set(SEARCHES) <= set(request.query_params)
        error = "Search by exactly one: the last name, the company name or the email." if is_sent else ""
        return self._show(request, wanted=wanted, error=error)

    async def create(self, request: Request) -> Response:
        """Make a customer and attach them."""
        account, person = self._ordering.account(request), person_in(await request.form())
        if not person.name:
            return self._show(request, refused="Enter a name, a company, an e-mail address or a phone number.")
        try:
            customer = account.add_customer(person, "OMS")
        except AccountError as error:
            return self._show(request, refused=str(error))
        return self._attach(request, account, customer)

    async def attach(self, request: Request) -> Response:
        """The paperclip."""
        account = self._ordering.account(request)
        number = whole(text(await request.form(), "CustomerNo"))
        customer = account.customers.get(number or 0)
        return (
            self._show(request, error="There is no such customer.")
            if customer is None
            else self._attach(request, account, customer)
        )

    def _attach(self, request: Request, account: Account, customer: Customer) -> Response:
        session = self._ordering.sessions.of(account, request)
        session.customer_no = customer.customer_no
        return self._ordering.redirect(account, session, "invoice.aspx" if session.quantities else "./")

    def _show(self, request: Request, **values: object) -> Response:
        empty: dict[str, object] = {
            "found": None,
            "error": "",
            "refused": "",
            "wanted": dict.fromkeys(SEARCHES, ""),
            "needed": "needed" in request.query_params,
            "searches": SEARCHES,
            "labels": LABELS,
        }
        status = 400 if values.get("error") or values.get("refused") else 200
        return self._ordering.show(request, "identify.html", status, **(empty | values))


def found_by(account: Account, field: str, wanted: str) -> list[Customer]:
    """Customers whose field begins so, in either case."""
    matching = (
        each for each in account.customers.values() if str(getattr(each.person, field)).lower().startswith(wanted.lower())
    )
    return [each for _, each in zip(range(MOST_FOUND), matching, strict=False)]
