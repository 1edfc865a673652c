"""The addresses of XML Tools: one for each kind of request, at which a request is posted as XML."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from deploy.demo.clock import Clock
from deploy.demo.nexternal.account import Account, AccountError
from deploy.demo.nexternal.records import Privilege
from deploy.demo.nexternal.xml_tools import credentials
from deploy.demo.nexternal.xml_tools.elements import XmlError, parse, put, text_of
from deploy.demo.nexternal.xml_tools.faults import THROTTLED, Fault, Kind, Switchboard, respond
from deploy.demo.nexternal.xml_tools.queries import query_customers, query_orders, query_products
from deploy.demo.nexternal.xml_tools.replies import Store
from deploy.demo.nexternal.xml_tools.updates import update_customers

PREFIX = "/shared/xml/"
LARGEST_REQUEST_BYTES = 1_000_000
MINUTE = timedelta(minutes=1)
MOST_CALLS = 1_000

StoreOf = Callable[[Account, Request], Store]
Query = Callable[[Account, Element, Store], Element]
QUERIES: dict[str, tuple[str, Privilege, Query]] = {
    "orderquery": ("OrderQuery", Privilege.ORDER_QUERY, query_orders),
    "customerquery": ("CustomerQuery", Privilege.CUSTOMER_QUERY, query_customers),
    "customerupdate": ("CustomerUpdate", Privilege.CUSTOMER_UPDATE, update_customers),
    "productquery": ("ProductQuery", Privilege.PRODUCT_QUERY, query_products),
}
TESTS = {"testsubmit": ("TestSubmit", credentials.submit_test), "testverify": ("TestVerify", credentials.verify_test)}


@dataclass(frozen=True)
class Call:
    """One request that came in, for tests: the page that it asked for, and ``ok``, a fault's kind or an error's description."""

    at: datetime
    account: str
    request: str
    answer: str
    page: str


class XmlTools:
    """Answers requests for all accounts of one simulator."""

    def __init__(self, accounts: Mapping[str, Account], store_of: StoreOf, clock: Clock) -> None:
        self.switchboard = Switchboard()
        self.calls: deque[Call] = deque(maxlen=MOST_CALLS)
        self._accounts = accounts
        self._clock = clock
        self._store_of = store_of
        self._answered: dict[str, deque[datetime]] = {}

    def route(self) -> Route:
        """All addresses; those of requests that the simulator does not know answer 404."""
        return Route(PREFIX + "{kind}.rest", self.answer, methods=["POST"])

    async def answer(self, request: Request) -> Response:
        """Answer a request. An error is a reply too, and answered with 200."""
        kind = request.path_params["kind"]
        if kind not in QUERIES and kind not in TESTS:
            return PlainTextResponse("Not Found", 404)
        body = await request.body()
        fault = self.switchboard.next_fault(kind)
        name = (QUERIES[kind] if kind in QUERIES else TESTS[kind])[0]
        account: Account | None = None
        asked: Element | None = None
        try:
            asked = self._parse(body, f"{name}Request")
            account = self._account(asked)
            reply = self._reply(account, kind, asked, fault, request)
            description = ""
        except (XmlError, AccountError) as error:
            description = str(error)
            reply = self._error(account, f"{name}Reply", name, description)
        page = "" if asked is None else text_of(asked, "Page")
        answer = description or (fault.kind.value if fault else "ok")
        self.calls.append(Call(self._clock(), "" if account is None else account.name, kind, answer, page))
        return await respond(reply, fault)

    def _parse(self, body: bytes, root: str) -> Element:
        if len(body) > LARGEST_REQUEST_BYTES:
            raise XmlError("The request is too large.")
        asked = parse(body)
        if asked.tag != root:
            raise XmlError(f"{root} is expected here, not {asked.tag}.")
        return asked

    def _account(self, asked: Element) -> Account:
        account = self._accounts.get(text_of(asked, "Credentials/AccountName"))
        if account is None:
            raise XmlError(credentials.INVALID)
        return account

    def _reply(self, account: Account, kind: str, asked: Element, fault: Fault | None, request: Request) -> Element:
        if self._is_excessive(account) or (fault and fault.kind is Kind.THROTTLED):
            raise XmlError(THROTTLED)
        if kind in TESTS:
            return TESTS[kind][1](account, asked)
        _, privilege, query = QUERIES[kind]
        credentials.authorize(account, asked, privilege)
        return query(account, asked, self._store_of(account, request))

    def _is_excessive(self, account: Account) -> bool:
        most, now = account.options.requests_per_minute, account.clock()
        recent = self._answered.setdefault(account.name, deque())
        while recent and now - recent[0] >= MINUTE:
            recent.popleft()
        if most is not None and len(recent) >= most:
            return True
        recent.append(now)
        return False

    def _error(self, account: Account | None, root: str, request: str, description: str) -> Element:
        reply = Element(root)
        spelling = "Error"
        if account is not None:
            reply.set("AccountName", account.name)
            account.record_failure(request, description)
            spelling = account.options.error_element
        put(put(reply, spelling), "ErrorDescription", description)
        return reply
