"""CustomerUpdate: other programs add customers and change them, so many a request."""

from dataclasses import replace
from xml.etree.ElementTree import Element

from deploy.demo.nexternal.account import Account, AccountError
from deploy.demo.nexternal.options import MOST_CUSTOM_FIELDS
from deploy.demo.nexternal.records import Customer, Person
from deploy.demo.nexternal.xml_tools.elements import XmlError, number_of, text_of
from deploy.demo.nexternal.xml_tools.replies import Store, put_updated

MOST_IN_A_REQUEST = 15
PERSON = {
    "email": "Email",
    "first_name": "Name/FirstName",
    "last_name": "Name/LastName",
    "company": "Address/CompanyName",
    "phone": "Address/PhoneNumber",
}


def update_customers(account: Account, request: Element, store: Store) -> Element:
    """Apply each customer of a request in turn; the first that cannot be applied ends it with an error."""
    given = request.findall("Customer")
    if not 1 <= len(given) <= MOST_IN_A_REQUEST:
        raise XmlError(f"A request has 1 to {MOST_IN_A_REQUEST} customers.")
    reply = Element("CustomerUpdateReply", AccountName=account.name)
    for number, element in enumerate(given, 1):
        try:
            put_updated(reply, _apply(account, element))
        except AccountError as error:
            raise XmlError(f"Customer {number}: {error}") from error
    return reply


def _apply(account: Account, element: Element) -> Customer:
    found = _matching(account, element)
    match element.get("Mode"):
        case "Add" if found is None:
            customer = account.add_customer(Person(), "XML Tools", text_of(element, "CustomerType") or "Consumer")
        case "Update" if found is not None:
            customer = found
        case "Add" | "Update" as mode:
            raise XmlError(f"Mode is {mode}, and the customer is {'there already' if found else 'not there'}.")
        case _:
            raise XmlError("Mode is Add or Update.")
    changes = {name: text for name, path in PERSON.items() if (text := text_of(element, path))}
    account.update_customer(customer, replace(customer.person, **changes), _custom_fields(element))
    return customer


def _matching(account: Account, element: Element) -> Customer | None:
    match element.get("MatchingField"):
        case "CustomerNo":
            return account.customers.get(number_of(element, "CustomerNo"))
        case "Email" if email := text_of(element, "Email"):
            return next(iter(account.with_email(email)), None)
        case _:
            raise XmlError("MatchingField is CustomerNo or Email, and the customer has that element.")


def _custom_fields(element: Element) -> dict[int, str]:
    names = {position: f"CustomField{position}" for position in range(1, MOST_CUSTOM_FIELDS + 1)}
    return {position: text_of(element, name) for position, name in names.items() if element.find(name) is not None}
