"""Replies of XML Tools, by an allow-list: they can hold cards, so nothing leaves here but the elements that are named. Pure.

XML is untrusted input: no document type, no entity, nothing fetched, and of a reply no more than ``MOST_BYTES``.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NoReturn, TypeVar
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from services.ingest.sources.nexternal.requests import DATE, TIME
from services.ingest.sources.states import PollFailed, SourceState

MOST_BYTES = 8_388_608
MOST_ELEMENTS = 200_000
"""Of a page of some hundred orders: what is nested for ever ends here."""
MOST_LINES = 100
LONGEST_TEXT = 256
MOST_CUSTOM_FIELDS = 12
THROTTLE = "an excessive number of"
REFUSALS: tuple[tuple[str, SourceState], ...] = (
    ("memorandum", SourceState.REFUSED_MEMORANDUM),
    ("privilege", SourceState.REFUSED_PRIVILEGE),
    ("permission", SourceState.REFUSED_PRIVILEGE),
    ("xml test", SourceState.REFUSED_TEST),
    ("not been passed", SourceState.REFUSED_TEST),
    ("password", SourceState.REFUSED_PASSWORD),
    ("user name", SourceState.REFUSED_PASSWORD),
    ("username", SourceState.REFUSED_PASSWORD),
    ("account", SourceState.REFUSED_ACCOUNT),
    ("key", SourceState.REFUSED_KEY),
    ("credential", SourceState.REFUSED_CREDENTIALS),
)
"""By what an error's text mentions, the first that fits: no document that we have lists the texts."""

Record = TypeVar("Record")


@dataclass(frozen=True)
class PolledLine:
    """A line of an order, as text."""

    product_id: str
    name: str
    quantity: str
    unit_price: str


@dataclass(frozen=True)
class PolledOrder:
    """Of an order what may leave the reply, as text; ``placed_at`` is a minute on the account's own clock."""

    number: str
    placed_at: datetime | None
    status: str
    billing_status: str
    type: str
    placed_by: str
    has_browser: bool
    total: str
    customer_number: str
    email: str = field(repr=False)
    phone: str = field(repr=False)
    lines: tuple[PolledLine, ...]


@dataclass(frozen=True)
class PolledCustomer:
    """Of a customer what may leave the reply. ``custom_fields`` are by position, counted from 1."""

    number: str
    email: str = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)
    custom_fields: Mapping[int, str] = field(repr=False)


@dataclass(frozen=True)
class Page(Generic[Record]):
    """A page of a reply, how many of its records could not be read, and whether there is another."""

    records: tuple[Record, ...]
    unread: int
    has_next: bool


def read_orders(body: bytes, account: str) -> Page[PolledOrder]:
    """Read a reply to OrderQuery. Raises ``PollFailed``."""
    return _page(body, account, "Order", _order)


def read_customers(body: bytes, account: str) -> Page[PolledCustomer]:
    """Read a reply to CustomerQuery. Raises ``PollFailed``."""
    return _page(body, account, "Customer", _customer)


def _page(body: bytes, account: str, kind: str, read: Callable[[Element], Record | None]) -> Page[Record]:
    root = _root(body)
    _raise_error(root)
    if root.tag != f"{kind}QueryReply":
        raise PollFailed(SourceState.BROKEN)
    if (stated := root.get("AccountName")) is not None and stated.lower() != account.lower():
        raise PollFailed(SourceState.CONTRADICTORY)
    found = [read(element) for element in root.findall(kind)]
    records = tuple(record for record in found if record is not None)
    return Page(records, len(found) - len(records), root.find("NextPage") is not None)


def _root(body: bytes) -> Element:
    if len(body) >= MOST_BYTES:
        raise PollFailed(SourceState.BROKEN)
    tree, parser, count = TreeBuilder(), expat.ParserCreate(), itertools.count(1)

    def start(tag: str, attributes: dict[str, str]) -> None:
        if next(count) > MOST_ELEMENTS:
            _refuse()
        tree.start(tag, attributes)

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.data
    try:
        parser.Parse(body, True)
        return tree.close()
    except (expat.ExpatError, ValueError, LookupError):
        raise PollFailed(SourceState.BROKEN) from None


def _refuse(*_: object) -> NoReturn:
    """A document type is where entities are declared: without one there are none to expand and none to fetch."""
    raise PollFailed(SourceState.BROKEN)


def _raise_error(root: Element) -> None:
    """An error's text decides the state and goes no further: it may repeat what was asked, the credentials among it."""
    errors = [root] if root.tag in ("Error", "Errors") else [*root.findall("Error"), *root.findall("Errors")]
    if not errors:
        return
    text = " ".join(part for error in errors for part in error.itertext()).lower()
    if THROTTLE in text:
        raise PollFailed(SourceState.THROTTLED)
    raise PollFailed(next((state for mentioned, state in REFUSALS if mentioned in text), SourceState.BROKEN))


def _order(order: Element) -> PolledOrder | None:
    number = _text(order, "OrderNo")
    if not number:
        return None
    return PolledOrder(
        number=number,
        placed_at=_minute(order, "OrderDate/DateTime"),
        status=_text(order, "OrderStatus"),
        billing_status=_text(order, "BillingStatus"),
        type=_text(order, "OrderType"),
        placed_by=_text(order, "PlacedBy"),
        has_browser=bool(_text(order, "Browser/BrowserName") or _text(order, "Browser/PlatformName")),
        total=_text(order, "OrderAmount"),
        customer_number=_text(order, "Customer/CustomerNo"),
        email=_text(order, "Customer/Email"),
        phone=_text(order, "BillTo/Address/PhoneNumber"),
        lines=tuple(_line(line) for line in order.findall("ShipTo/ShipFrom/LineItem")[:MOST_LINES]),
    )


def _line(line: Element) -> PolledLine:
    product = _text(line, "LineProduct/ProductSKU") or _text(line, "LineProduct/ProductNo")
    return PolledLine(product, _text(line, "LineProduct/ProductName"), _text(line, "Quantity"), _text(line, "UnitPrice"))


def _customer(customer: Element) -> PolledCustomer | None:
    number = _text(customer, "CustomerNo")
    if not number:
        return None
    fields = {n: _text(customer, f"CustomField{n}") for n in range(1, MOST_CUSTOM_FIELDS + 1)}
    phones = (_short(each.text) for each in customer.findall("Address/PhoneNumber"))
    return PolledCustomer(number, _text(customer, "Email"), tuple(filter(None, _once(phones))), fields)


def _once(texts: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(texts)


def _minute(parent: Element, path: str) -> datetime | None:
    try:
        return datetime.strptime(f"{_text(parent, f'{path}/Date')} {_text(parent, f'{path}/Time')}", f"{DATE} {TIME}")  # noqa: DTZ007 - it has no zone
    except ValueError:
        return None


def _text(parent: Element, path: str) -> str:
    return _short(parent.findtext(path))


def _short(text: str | None) -> str:
    stripped = (text or "").strip()
    return stripped if len(stripped) <= LONGEST_TEXT else ""
