"""The control surface for tests and for the demo's seed: JSON, for programs of this machine alone. README.md lists it."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PositiveInt, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.carrier.access import from_this_machine
from deploy.demo.nexternal.account import Account, AccountError
from deploy.demo.nexternal.options import Options, Origin
from deploy.demo.nexternal.records import Browser, Line, NewOrder, Person, Privilege, XmlUser
from deploy.demo.nexternal.simulator import Simulator
from deploy.demo.nexternal.xml_tools.faults import Fault

Handler = Callable[[Request], Awaitable[Response]]
Body = TypeVar("Body", bound=BaseModel)


class Strict(BaseModel):
    """A body without names that nobody knows."""

    model_config = ConfigDict(extra="forbid")


class User(Strict):
    """A user of XML Tools."""

    name: str = Field(min_length=1)
    password: str = Field(min_length=1)
    privileges: frozenset[Privilege] = frozenset(Privilege)


class Configuration(Strict):
    """What a test sets of an account; what it leaves out stays."""

    options: dict[str, object] = Field(default_factory=dict)
    memorandum_accepted: bool | None = None
    users: list[User] = Field(default_factory=list)
    custom_fields: dict[int, str] | None = None


class NewCustomer(Strict):
    """A customer record."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    phone: str = ""
    type: str = "Consumer"
    custom_fields: dict[int, str] = Field(default_factory=dict)


class OrderLine(Strict):
    """So many of one product, which is named by its number or by its SKU."""

    product: int | str
    quantity: PositiveInt = 1


class DirectOrder(Strict):
    """An order that no page has placed. Without a customer's number it is of the customer with this e-mail address."""

    customer_no: int | None = None
    customer: NewCustomer | None = None
    lines: list[OrderLine] = Field(min_length=1)
    origin: Origin = Origin.ONLINE
    placed_at: AwareDatetime | None = None


class OrderChange(Strict):
    """What happened to an order since."""

    status: str | None = None
    billing_status: str | None = None
    at: AwareDatetime | None = None


class Faults(Strict):
    """All faults that are to be switched on."""

    faults: list[Fault]


class Control:
    """The routes."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[Route]:
        """Where each is."""
        account = "/_control/accounts/{account}"
        return [
            Route(account, guarded(self.configure), methods=["PUT"]),
            Route(account, guarded(self.show), methods=["GET"]),
            Route(f"{account}/customers", guarded(self.add_customer), methods=["POST"]),
            Route(f"{account}/customers/{{number:int}}", guarded(self.change_customer), methods=["PATCH"]),
            Route(f"{account}/orders", guarded(self.add_order), methods=["POST"]),
            Route(f"{account}/orders/{{number:int}}", guarded(self.change_order), methods=["PATCH"]),
            Route("/_control/faults", guarded(self.switch_faults), methods=["PUT"]),
            Route("/_control/calls", guarded(self.calls), methods=["GET"]),
        ]

    async def configure(self, request: Request) -> Response:
        """Make an account where there is none, and set what is named."""
        wanted = await read(request, Configuration)
        account = self._simulator.open_account(request.path_params["account"])
        account.options = Options.model_validate({**account.options.model_dump(), **wanted.options})
        if wanted.memorandum_accepted is not None:
            account.xml.memorandum_accepted = wanted.memorandum_accepted
        for user in wanted.users:
            account.xml.users[user.name] = XmlUser(user.name, user.password, user.privileges)
        if wanted.custom_fields is not None:
            account.settings.custom_fields = wanted.custom_fields
        return shown(account)

    async def show(self, request: Request) -> Response:
        """What the account holds."""
        return shown(self._account(request))

    async def add_customer(self, request: Request) -> Response:
        """Add a customer."""
        account, wanted = self._account(request), await read(request, NewCustomer)
        customer = account.add_customer(person_of(wanted), "control", wanted.type)
        account.update_customer(customer, customer.person, wanted.custom_fields)
        return JSONResponse({"customer_no": customer.customer_no}, 201)

    async def change_customer(self, request: Request) -> Response:
        """Change what is named of a customer."""
        account, wanted = self._account(request), await read(request, NewCustomer)
        customer = account.customers.get(request.path_params["number"])
        if customer is None:
            raise AccountError("There is no such customer.")
        given = wanted.model_dump(include=wanted.model_fields_set & set(vars(customer.person)))
        account.update_customer(customer, Person(**{**vars(customer.person), **given}), wanted.custom_fields)
        return JSONResponse({"customer_no": customer.customer_no})

    async def add_order(self, request: Request) -> Response:
        """Place an order as if by the way that ``origin`` names."""
        account, wanted = self._account(request), await read(request, DirectOrder)
        number = wanted.customer_no
        if number is None and wanted.customer is not None:
            number = account.recognise(person_of(wanted.customer), "control").customer_no
        lines = [Line(account.product(line.product), line.quantity) for line in wanted.lines]
        new = NewOrder(number or 0, lines, wanted.origin, Browser(), wanted.placed_at)
        order = account.place_order(new)
        return JSONResponse({"order_no": order.order_no, "customer_no": order.customer_no, "total": order.total}, 201)

    async def change_order(self, request: Request) -> Response:
        """Ship, bill, refund or cancel it."""
        account, wanted = self._account(request), await read(request, OrderChange)
        order = account.orders.get(request.path_params["number"])
        if order is None:
            raise AccountError("There is no such order.")
        account.update_order(order, status=wanted.status, billing_status=wanted.billing_status, at=wanted.at)
        return JSONResponse({"order_no": order.order_no})

    async def switch_faults(self, request: Request) -> Response:
        """Replace all faults of XML Tools."""
        self._simulator.xml_tools.switchboard.switch((await read(request, Faults)).faults)
        return Response(status_code=204)

    async def calls(self, request: Request) -> Response:
        """What XML Tools was asked, oldest first."""
        return JSONResponse({"calls": [in_json(asdict(call)) for call in self._simulator.xml_tools.calls]})

    def _account(self, request: Request) -> Account:
        account = self._simulator.accounts.get(request.path_params["account"])
        if account is None:
            raise AccountError("There is no such account.")
        return account


async def read(request: Request, kind: type[Body]) -> Body:
    """The body of a request."""
    return kind.model_validate_json(await request.body())


def person_of(wanted: NewCustomer) -> Person:
    """Who a body names."""
    return Person(**wanted.model_dump(exclude={"type", "custom_fields"}))


def shown(account: Account) -> Response:
    """An account for programs."""
    users = {
        user.name: {"active_key": user.active_key, "privileges": sorted(user.privileges)} for user in account.xml.users.values()
    }
    orders = [
        {"order_no": each.order_no, "customer_no": each.customer_no, "email": each.person.email, "phone": each.person.phone}
        | {"origin": each.origin, "total": each.total, "status": each.status, "placed_at": each.placed_at.isoformat()}
        for each in account.orders.values()
    ]
    customers = [
        {"customer_no": each.customer_no, **asdict(each.person), "custom_fields": each.custom_fields}
        for each in account.customers.values()
    ]
    mails = [in_json(asdict(mail)) for mail in account.outbox]
    failures = [in_json(asdict(failure)) for failure in account.xml.failures]
    held = {"users": users, "orders": orders, "customers": customers, "outbox": mails, "failures": failures}
    return JSONResponse({"account": account.name, **held})


def in_json(values: dict[str, object]) -> dict[str, object]:
    """Times as text."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def guarded(handler: Handler) -> Handler:
    """For programs of this machine alone; what cannot be done is answered with its reason."""

    async def answer(request: Request) -> Response:
        if not from_this_machine(request):
            return JSONResponse({"error": "For programs of this machine alone."}, 403)
        try:
            return await handler(request)
        except (AccountError, ValidationError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return answer
