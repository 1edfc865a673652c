"""Requests to XML Tools, with either style of credentials. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

DATE, TIME = "%m/%d/%Y", "%H:%M"


@dataclass(frozen=True)
class Credentials:
    """Of a user of the OMS with the access level XML Tools: the active key of the XML test, or name and password each time."""

    account: str
    user: str = field(repr=False, default="")
    password: str = field(repr=False, default="")
    key: str = field(repr=False, default="")


@dataclass(frozen=True)
class Minutes:
    """A range of minutes on the clock of the account, without a zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Numbers:
    """A range of numbers, both ends within it."""

    first: int
    last: int


def read_credentials(opened: Mapping[str, object]) -> Credentials:
    """The credentials of an opened secret.

    Raises:
        ValueError: no account, or neither a key nor a user with a password.
    """
    given = {name: str(opened.get(name) or "") for name in ("account", "user", "password", "key")}
    if not given["account"] or not (given["key"] or (given["user"] and given["password"])):
        raise ValueError("an account needs a key, or a user with a password")
    return Credentials(**given)


def order_query(credentials: Credentials, minutes: Minutes, page: int) -> bytes:
    """Orders that were placed or changed in a range of minutes."""
    return _query("OrderQueryRequest", credentials, "Order", minutes, page)


def customer_query(credentials: Credentials, wanted: Minutes | Numbers, page: int) -> bytes:
    """Customers that were changed in a range of minutes, or have a number in a range."""
    return _query("CustomerQueryRequest", credentials, "Customer", wanted, page)


def _query(root: str, credentials: Credentials, kind: str, wanted: Minutes | Numbers, page: int) -> bytes:
    request = _request(root, credentials)
    if isinstance(wanted, Minutes):
        range_ = SubElement(request, f"{kind}UpdRange")
        _put_minute(range_, f"{kind}UpdStart", wanted.start)
        _put_minute(range_, f"{kind}UpdEnd", wanted.end)
    else:
        range_ = SubElement(request, f"{kind}NoRange")
        SubElement(range_, f"{kind}NoStart").text = str(wanted.first)
        SubElement(range_, f"{kind}NoEnd").text = str(wanted.last)
    SubElement(request, "Page").text = str(page)
    written: bytes = tostring(request, encoding="utf-8", xml_declaration=True)
    return written


def _request(root: str, credentials: Credentials) -> Element:
    request = Element(root)
    given = SubElement(request, "Credentials")
    SubElement(given, "AccountName").text = credentials.account
    if credentials.key:
        SubElement(given, "Key").text = credentials.key
    else:
        SubElement(given, "UserName").text = credentials.user
        SubElement(given, "Password").text = credentials.password
    return request


def _put_minute(parent: Element, name: str, minute: datetime) -> None:
    moment = SubElement(SubElement(parent, name), "DateTime")
    SubElement(moment, "Date").text = minute.strftime(DATE)
    SubElement(moment, "Time").text = minute.strftime(TIME)
