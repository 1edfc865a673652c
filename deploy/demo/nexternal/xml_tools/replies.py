"""Orders, customers and products as they stand in replies: with all that a reader must leave aside, cards among it."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.records import Customer, Order, Person, Product
from deploy.demo.nexternal.xml_tools.elements import put, put_time
from deploy.demo.shop.goods import decimal

Store = Callable[[str], str]
"""Makes the address of a page of the store."""


def put_order(reply: Element, account: Account, order: Order) -> None:
    """Append an order."""
    element = put(reply, "Order")
    put(element, "OrderNo", order.order_no)
    put_time(element, "OrderDate", order.placed_at, account.options.time_zone)
    put(element, "OrderType", "Consumer")
    put(element, "OrderStatus", order.status)
    put(element, "OrderNet", decimal(order.total))
    put(put(element, "SalesTax"), "SalesTaxTotal", decimal(0))
    put(element, "ShipRate", decimal(0))
    put(element, "OrderAmount", decimal(order.total))
    put(put(element, "Comments"), "CompanyComments", order.comments)
    put(element, "PlacedBy", account.options.placed_by[order.origin])
    put(element, "BillingStatus", order.billing_status)
    _put_browser_and_payment(element, account, order)
    customer = put(element, "Customer")
    put(customer, "CustomerNo", order.customer_no)
    put(customer, "CustomerType", account.customers[order.customer_no].type)
    if account.options.order_carries_email:
        put(customer, "Email", order.person.email)
    _put_address(put(element, "BillTo"), order.person)
    _put_lines(put(element, "ShipTo"), order)


def _put_browser_and_payment(element: Element, account: Account, order: Order) -> None:
    payment = put(element, "Payment")
    if order.browser is None:
        put(payment, "PaymentMethod", "Invoice")
        return
    put(payment, "PaymentMethod", "Credit Card")
    _put_card(payment, account)
    put(put(element, "IP"), "IPAddress", order.browser.ip_address)
    browser = put(element, "Browser")
    put(browser, "BrowserName", order.browser.name)
    put(browser, "PlatformName", order.browser.platform)


def _put_card(parent: Element, account: Account) -> None:
    card = put(parent, "CreditCard")
    put(card, "CreditCardType", "Visa")
    put(card, "CreditCardNumber", account.options.card_number)
    put(card, "CreditCardExpDate", "12/2031")


def _put_lines(ship_to: Element, order: Order) -> None:
    _put_address(ship_to, order.person)
    ship_from = put(ship_to, "ShipFrom")
    for number, line in enumerate(order.lines, 1):
        item = put(ship_from, "LineItem")
        put(item, "LineNo", number)
        put(item, "LineStatus", order.status)
        put(item, "Quantity", line.quantity)
        put(item, "UnitPrice", decimal(line.product.price))
        put(item, "ExtPrice", decimal(line.total))
        put(item, "TrackingNumber")
        product = put(item, "LineProduct")
        put(product, "ProductNo", line.product.product_no)
        put(product, "ProductSKU", line.product.sku)
        put(product, "ProductName", line.product.name)


def _put_address(parent: Element, person: Person) -> Element:
    address = put(parent, "Address")
    name = put(address, "Name")
    put(name, "FirstName", person.first_name)
    put(name, "LastName", person.last_name)
    put(address, "CompanyName", person.company)
    put(address, "StreetAddress1", "1 Harbor Street")
    put(address, "City", "Seattle")
    put(address, "StateProvCode", "WA")
    put(address, "ZipPostalCode", "98101")
    put(address, "CountryCode", "US")
    put(address, "PhoneNumber", person.phone)
    return address


def put_customer(reply: Element, account: Account, customer: Customer) -> None:
    """Append a customer."""
    element, zone = put(reply, "Customer"), account.options.time_zone
    put(element, "CustomerNo", customer.customer_no)
    _put_name(element, customer.person)
    put(element, "Email", customer.person.email)
    put(element, "CustomerType", customer.type)
    if customer.is_active:
        put(element, "Active")  # that it is there is the yes
    put_time(element, "Created", customer.created_at, zone)
    put_time(element, "LastUpd", customer.updated_at, zone)
    put(put(element, "CreatedBy"), "CreatedByNote", customer.created_by)
    address = _put_address(element, customer.person)
    address.set("Type", "Residential")
    put(address, "PrimaryShip")
    put(address, "PrimaryBill")
    for position in sorted(account.settings.custom_fields.keys() | customer.custom_fields.keys()):
        put(element, f"CustomField{position}", customer.custom_fields.get(position, ""))
    _put_card(put(element, "SavedCreditCards"), account)


def _put_name(parent: Element, person: Person) -> None:
    name = put(parent, "Name")
    put(name, "FirstName", person.first_name)
    put(name, "LastName", person.last_name)


def put_updated(reply: Element, customer: Customer) -> None:
    """Append a customer as the reply to an update has it."""
    element = put(reply, "Customer")
    put(element, "CustomerNo", customer.customer_no)
    _put_name(element, customer.person)
    put(element, "Email", customer.person.email)


def put_product(reply: Element, product: Product, store: Store) -> None:
    """Append a product, with its page and the address that puts it into a cart."""
    element = put(reply, "Product")
    put(element, "ProductNo", product.product_no)
    put(element, "ProductSKU", product.sku)
    put(element, "ProductName", product.name)
    put(element, "ProductStatus", "Normal")
    put(put(element, "Pricing"), "Price", decimal(product.price))
    link = put(element, "ProductLink")
    put(link, "StoreFront", store(page_of(product)))
    put(link, "DirectCheckout", store(f"addtocart.aspx?ProductNo={product.product_no}&Qty=1"))


def page_of(product: Product) -> str:
    """The name of a product's page."""
    words = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in product.name)
    return f"{'-'.join(words.split())}-p{product.product_no}.aspx"
