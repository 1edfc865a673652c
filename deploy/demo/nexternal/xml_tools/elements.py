"""XML as the requests and replies of XML Tools are made of."""

import re
from datetime import datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement
from zoneinfo import ZoneInfo

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DATE, TIME = "%m/%d/%Y", "%H:%M"


class XmlError(Exception):
    """Raised for a request that cannot be answered; its text goes into ``ErrorDescription``."""


def parse(body: bytes) -> Element:
    """The root of a request.

    Raises:
        XmlError: it is no XML, or brings a document type.
    """
    if b"<!DOCTYPE" in body:
        raise XmlError("A document type is not accepted.")
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - without a document type there are no entities to expand
    except ElementTree.ParseError as error:
        raise XmlError(f"The request is not well-formed: {error}.") from error


def put(parent: Element, name: str, value: object = "") -> Element:
    """Append an element. Characters that XML has no place for are left out."""
    element = SubElement(parent, name)
    element.text = NOT_XML.sub("", str(value)) or None
    return element


def put_time(parent: Element, name: str, moment: datetime, time_zone: str) -> None:
    """Append a moment as XML Tools has it: to the minute, and without its zone."""
    local = moment.astimezone(ZoneInfo(time_zone))
    element = SubElement(put(parent, name), "DateTime")
    put(element, "Date", local.strftime(DATE))
    put(element, "Time", local.strftime(TIME))


def local_minute(moment: datetime, time_zone: str) -> datetime:
    """A moment as the account's clock shows it: to the minute, and without its zone."""
    return moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None, second=0, microsecond=0)


def text_of(parent: Element, path: str) -> str:
    """The text of an element below; empty where there is none."""
    return (parent.findtext(path) or "").strip()


def minute_of(parent: Element, path: str) -> datetime:
    """A time of a request.

    Raises:
        XmlError: it is missing, or not written as MM/DD/YYYY and HH:MM.
    """
    date, time = text_of(parent, f"{path}/DateTime/Date"), text_of(parent, f"{path}/DateTime/Time")
    try:
        return datetime.strptime(f"{date} {time}", f"{DATE} {TIME}")  # noqa: DTZ007 - it has no zone
    except ValueError as error:
        raise XmlError(f"{path} needs a Date of MM/DD/YYYY and a Time of HH:MM.") from error


def number_of(parent: Element, path: str, default: int | None = None) -> int:
    """A number of a request.

    Raises:
        XmlError: it is not a number, or is missing and has no default.
    """
    text = text_of(parent, path)
    if not text and default is not None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise XmlError(f"{path} is not a number.")
    return int(text)
