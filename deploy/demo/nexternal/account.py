"""One merchant's account: what store, OMS and XML Tools share, in memory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from deploy.demo.clock import Clock
from deploy.demo.nexternal.options import MOST_CUSTOM_FIELDS, Options, Origin
from deploy.demo.nexternal.records import (
    BILLING_STATUSES,
    ORDER_STATUSES,
    Customer,
    Failure,
    Mail,
    MerchantSettings,
    NewOrder,
    Order,
    Person,
    Product,
    XmlTools,
)
from deploy.demo.shop.goods import load_goods

FIRST_CUSTOMER, FIRST_ORDER, FIRST_PRODUCT = 5001, 1001, 101
MOST_FAILURES = 100


class AccountError(Exception):
    """Raised for what the account refuses; its text is for whoever asked."""


class Account:
    """Customers, orders, products and settings under one account name."""

    def __init__(self, name: str, clock: Clock, options: Options | None = None) -> None:
        self.name = name
        self.clock = clock
        self.options = options or Options()
        self.settings = MerchantSettings()
        self.xml = XmlTools()
        self.products = {product.product_no: product for product in _products()}
        self.customers: dict[int, Customer] = {}
        self.orders: dict[int, Order] = {}
        self.outbox: list[Mail] = []

    def add_customer(self, person: Person, created_by: str, customer_type: str = "Consumer") -> Customer:
        """Make a customer record.

        Raises:
            AccountError: there is a customer with this e-mail address, and the account prevents duplicates.
        """
        if person.email and self.options.prevent_duplicate_email and self.with_email(person.email):
            raise AccountError(f"There is a customer with the e-mail address {person.email} already.")
        now = self.clock()
        number = FIRST_CUSTOMER + len(self.customers)
        self.customers[number] = Customer(number, person, now, now, created_by, customer_type)
        return self.customers[number]

    def update_customer(self, customer: Customer, person: Person, custom_fields: dict[int, str]) -> None:
        """Change a record; the custom fields that are not named stay.

        Raises:
            AccountError: there is no such custom field.
        """
        if not set(custom_fields) <= set(range(1, MOST_CUSTOM_FIELDS + 1)):
            raise AccountError(f"Custom fields are numbered from 1 to {MOST_CUSTOM_FIELDS}.")
        customer.person, customer.updated_at = person, self.clock()
        customer.custom_fields |= custom_fields

    def with_email(self, email: str) -> list[Customer]:
        """Everybody with this address, in either case."""
        return [each for each in self.customers.values() if each.person.email.lower() == email.lower()]

    def recognise(self, person: Person, created_by: str) -> Customer:
        """The customer with this e-mail address with what is new of them, or a new one."""
        found = self.with_email(person.email)
        if not found:
            return self.add_customer(person, created_by)
        given = {name: value for name, value in vars(person).items() if value}
        self.update_customer(found[0], replace(found[0].person, **given), {})
        return found[0]

    def place_order(self, new: NewOrder) -> Order:
        """Give an order its number.

        Raises:
            AccountError: nobody is attached to it, or there is nothing in it.
        """
        customer = self.customers.get(new.customer_no)
        if customer is None:
            raise AccountError("No customer is attached to this order.")
        if not new.lines:
            raise AccountError("There is nothing in the cart.")
        placed_at, number = new.placed_at or self.clock(), FIRST_ORDER + len(self.orders)
        self.orders[number] = Order(
            order_no=number,
            customer_no=customer.customer_no,
            person=customer.person,
            lines=tuple(new.lines),
            origin=new.origin,
            browser=new.browser if new.origin is Origin.ONLINE else None,
            placed_at=placed_at,
            updated_at=placed_at,
        )
        return self.orders[number]

    def update_order(self, order: Order, *, status: str | None, billing_status: str | None, at: datetime | None) -> None:
        """Ship, bill, refund or cancel an order.

        Raises:
            AccountError: there is no such status.
        """
        if status not in (None, *ORDER_STATUSES) or billing_status not in (None, *BILLING_STATUSES):
            raise AccountError("There is no such status.")
        order.status, order.billing_status = status or order.status, billing_status or order.billing_status
        order.updated_at = at or self.clock()

    def product(self, name: int | str) -> Product:
        """A product by its number or its SKU.

        Raises:
            AccountError: there is none.
        """
        found = next((each for each in self.products.values() if name in (each.product_no, each.sku)), None)
        if found is None:
            raise AccountError(f"There is no product {name}.")
        return found

    def record_failure(self, request: str, description: str) -> None:
        """Write to the log of failures of XML Tools, of which the newest are kept."""
        self.xml.failures.append(Failure(self.clock(), request, description))
        del self.xml.failures[:-MOST_FAILURES]


def _products() -> Iterable[Product]:
    for number, good in enumerate(load_goods().values(), FIRST_PRODUCT):
        yield Product(number, good.id, good.name, good.kind, good.price, good.text)
