"""OrderQuery, CustomerQuery and ProductQuery: which records a request asks for, and their pages."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from xml.etree.ElementTree import Element

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.records import Customer, Order, Product
from deploy.demo.nexternal.xml_tools.elements import XmlError, local_minute, minute_of, number_of, put, text_of
from deploy.demo.nexternal.xml_tools.replies import Store, put_customer, put_order, put_product

Record = TypeVar("Record", Order, Customer)
Paged = TypeVar("Paged")


def query_orders(account: Account, request: Element, store: Store) -> Element:
    """Orders that were updated in a range of minutes, or have a number in a range; optionally of one billing status."""
    orders = _in_range(account, request, "Order", account.orders.values(), lambda order: order.order_no)
    if status := text_of(request, "BillingStatus"):
        orders = [order for order in orders if order.billing_status == status]
    reply = Element("OrderQueryReply", AccountName=account.name)
    for order in _page(account, request, reply, orders):
        put_order(reply, account, order)
    return reply


def query_customers(account: Account, request: Element, store: Store) -> Element:
    """Customers that were updated in a range of minutes, or have a number in a range."""
    customers = _in_range(account, request, "Customer", account.customers.values(), lambda customer: customer.customer_no)
    reply = Element("CustomerQueryReply", AccountName=account.name)
    for customer in _page(account, request, reply, customers):
        put_customer(reply, account, customer)
    return reply


def query_products(account: Account, request: Element, store: Store) -> Element:
    """Products with a number in a range or of one SKU; without either, all of them."""
    products: list[Product] = list(account.products.values())
    if sku := text_of(request, "ProductSKU"):
        products = [product for product in products if product.sku == sku]
    elif request.find("ProductNoRange") is not None:
        first, last = _numbers(request, "Product")
        products = [product for product in products if first <= product.product_no <= last]
    reply = Element("ProductQueryReply", AccountName=account.name)
    for product in _page(account, request, reply, products):
        put_product(reply, product, store)
    return reply


def _in_range(
    account: Account, request: Element, kind: str, records: Iterable[Record], number: Callable[[Record], int]
) -> list[Record]:
    if request.find(f"{kind}NoRange") is not None:
        first, last = _numbers(request, kind)
        return [each for each in records if first <= number(each) <= last]
    if request.find(f"{kind}UpdRange") is None:
        raise XmlError(f"{kind}UpdRange or {kind}NoRange is needed.")
    start, end = (minute_of(request, f"{kind}UpdRange/{kind}Upd{which}") for which in ("Start", "End"))
    return [each for each in records if start <= _updated(account, each) <= end]


def _updated(account: Account, record: Order | Customer) -> datetime:
    return local_minute(record.updated_at, account.options.time_zone)


def _numbers(request: Element, kind: str) -> tuple[int, int]:
    return number_of(request, f"{kind}NoRange/{kind}NoStart"), number_of(request, f"{kind}NoRange/{kind}NoEnd")


def _page(account: Account, request: Element, reply: Element, records: Sequence[Paged]) -> Sequence[Paged]:
    size, page = account.options.page_size, number_of(request, "Page", 1)
    if page < 1:
        raise XmlError("Page is counted from 1.")
    if page * size < len(records):
        put(reply, "NextPage", page + 1)
    return records[(page - 1) * size : page * size]
