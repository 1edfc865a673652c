"""What an account holds: customers, orders, the users of XML Tools, what the merchant has set. Amounts are in cents."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from deploy.demo.nexternal.options import Origin

ORDER_STATUSES = ("Unshipped", "In Process", "Shipped", "Canceled")
BILLING_STATUSES = (
    "Unbilled",
    "Authorized",
    "Billed",
    "Billed-Partial",
    "Paid",
    "Paid-Partial",
    "Refunded",
    "Refunded-Partial",
    "Declined",
    "CC",
    "Canceled",
)

TRACKING_POSITIONS = ("End of Head", "Start of Body", "End of Body")


class Privilege(StrEnum):
    """What a user of XML Tools may ask for; each is a tick-box of its own."""

    ORDER_QUERY = "OrderQuery"
    CUSTOMER_QUERY = "CustomerQuery"
    CUSTOMER_UPDATE = "CustomerUpdate"
    PRODUCT_QUERY = "ProductQuery"


@dataclass(frozen=True)
class Person:
    """Who somebody is and how to reach them."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        """First and last name, else the company, else the e-mail address or the phone number."""
        return f"{self.first_name} {self.last_name}".strip() or self.company or self.email or self.phone


@dataclass
class Customer:
    """A record of the customer list. ``custom_fields`` are by their position, from 1."""

    customer_no: int
    person: Person
    created_at: datetime
    updated_at: datetime
    created_by: str
    type: str = "Consumer"
    is_active: bool = True
    custom_fields: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Product:
    """Something for sale."""

    product_no: int
    sku: str
    name: str
    category: str
    price: int
    text: str


@dataclass(frozen=True)
class Line:
    """So many of one product."""

    product: Product
    quantity: int

    @property
    def total(self) -> int:
        """In cents."""
        return self.product.price * self.quantity


@dataclass(frozen=True)
class Browser:
    """What the store knows of the browser that ordered; nothing of the kind is known of other orders."""

    name: str = "Chrome 126.0"
    platform: str = "Windows 10"
    ip_address: str = "203.0.113.7"


@dataclass(frozen=True)
class NewOrder:
    """An order before it has its number."""

    customer_no: int
    lines: Sequence[Line]
    origin: Origin
    browser: Browser | None = None
    placed_at: datetime | None = None


@dataclass
class Order:
    """A placed order, with its customer as they were then."""

    order_no: int
    customer_no: int
    person: Person
    lines: tuple[Line, ...]
    origin: Origin
    browser: Browser | None
    placed_at: datetime
    updated_at: datetime
    status: str = ORDER_STATUSES[0]
    billing_status: str = BILLING_STATUSES[1]
    comments: str = ""

    @property
    def total(self) -> int:
        """In cents. Shipping is free, and no tax is due."""
        return sum(line.total for line in self.lines)


@dataclass
class XmlUser:
    """A user of the OMS with the access level XML Tools. ``active_key`` is there once the XML test was passed."""

    name: str
    password: str
    privileges: frozenset[Privilege]
    test_key: str = ""
    active_key: str = ""
    has_passed_test: bool = False


@dataclass(frozen=True)
class Mail:
    """A confirmation e-mail."""

    sent_at: datetime
    recipient: str
    subject: str
    body: str


@dataclass(frozen=True)
class Failure:
    """A request to XML Tools that was answered with an error."""

    failed_at: datetime
    request: str
    description: str


@dataclass
class MerchantSettings:
    """What the merchant has entered into the OMS; the foreign codes byte for byte."""

    tracking_code: str = ""
    tracking_position: str = TRACKING_POSITIONS[0]
    addendum: str = ""
    domain_alias: str = ""
    custom_fields: dict[int, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class XmlTools:
    """Whether other programs may read this account, and as whom."""

    memorandum_accepted: bool = False
    users: dict[str, XmlUser] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
