"""What XML Tools can do wrong, on request of a test: throttled, slow, broken and lying replies."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from pydantic import BaseModel, ConfigDict, Field, PositiveInt
from starlette.responses import Response

from deploy.demo.nexternal.xml_tools.elements import put

XML = "text/xml; charset=utf-8"
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
THROTTLED = "An excessive number of requests has been received from this account. Please wait before sending the next one."
CHUNK = b"<!-- " + b"x" * 65_526 + b" -->"
ENTITIES = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


class Kind(StrEnum):
    """One member for each fault; the comment names what the reply is."""

    THROTTLED = "throttled"  # the throttle text in place of an answer
    SLOW = "slow"  # the right reply, after ``seconds``
    CUT = "cut"  # the first half of the right reply
    EMPTY = "empty"  # 200 and nothing
    HTML = "html"  # 200 and a page about maintenance
    UNAVAILABLE = "unavailable"  # 503
    ENTITIES = "entities"  # the right reply behind a document type with entities
    HUGE = "huge"  # the right reply after ``bytes`` of comments
    WRONG_CHARSET = "wrong_charset"  # declared as UTF-8, written in another
    ANOTHER_REPLY = "another_reply"  # the root of a reply to something else
    ANOTHER_ACCOUNT = "another_account"  # the root names another account
    ENDLESS_PAGES = "endless_pages"  # there is always a next page
    REPEATED = "repeated"  # every record twice
    NO_NUMBERS = "no_numbers"  # records without OrderNo, CustomerNo
    ODD_AMOUNTS = "odd_amounts"  # amounts that are none
    ODD_TIMES = "odd_times"  # times that are none


class Fault(BaseModel):
    """One fault: for so many requests (all, without ``times``) of the kinds named in ``requests`` (any, without)."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    times: PositiveInt | None = None
    requests: frozenset[str] = frozenset()
    seconds: float = Field(default=1.0, ge=0, le=600)
    size: int = Field(default=20_000_000, ge=0, le=200_000_000, alias="bytes")


class Switchboard:
    """The faults that are switched on; the first that fits a request is the one it meets."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def switch(self, faults: Sequence[Fault]) -> None:
        """Replace them all."""
        self.faults = [fault.model_copy() for fault in faults]

    def next_fault(self, request: str) -> Fault | None:
        """The fault that this request meets, which is thereby used once."""
        found = next((fault for fault in self.faults if not fault.requests or request in fault.requests), None)
        if found is not None and found.times is not None:
            found.times -= 1
            self.faults = [fault for fault in self.faults if fault.times != 0]
        return found


def distort(reply: Element, kind: Kind | None) -> Element:
    """The reply of one that lies; any other as it is."""
    match kind:
        case Kind.ANOTHER_REPLY:
            reply.tag = "InventoryUpdateReply"
        case Kind.ANOTHER_ACCOUNT:
            reply.set("AccountName", "somebodyelse")
        case Kind.ENDLESS_PAGES if reply.find("NextPage") is None:
            put(reply, "NextPage", 2)
        case Kind.REPEATED:
            reply.extend([record for record in list(reply) if record.tag in ("Order", "Customer", "Product")])
        case Kind.NO_NUMBERS:
            for record in list(reply):
                for number in record.findall("OrderNo") + record.findall("CustomerNo"):
                    record.remove(number)
        case Kind.ODD_AMOUNTS:
            _set_all(reply, ("OrderAmount", "ExtPrice", "UnitPrice", "Quantity"), "-1,00 NaN")
        case Kind.ODD_TIMES:
            _set_all(reply, ("Date",), "13/45/2026")
            _set_all(reply, ("Time",), "25:61")
        case _:
            pass
    return reply


def _set_all(reply: Element, names: Sequence[str], text: str) -> None:
    for element in reply.iter():
        if element.tag in names:
            element.text = text


async def respond(reply: Element, fault: Fault | None) -> Response:
    """The reply as it goes over the wire."""
    written = ElementTree.tostring(distort(reply, fault.kind if fault else None), encoding="utf-8", xml_declaration=False)
    whole = DECLARATION + written
    match fault and fault.kind:
        case Kind.SLOW:
            assert fault is not None, "it has a kind"
            await asyncio.sleep(fault.seconds)
        case Kind.CUT:
            whole = whole[: len(whole) // 2]
        case Kind.EMPTY:
            whole = b""
        case Kind.HTML:
            return Response("<html><body><h1>Scheduled maintenance</h1></body></html>", media_type="text/html")
        case Kind.UNAVAILABLE:
            return Response("Service Unavailable", 503, media_type="text/plain")
        case Kind.ENTITIES:
            whole = DECLARATION + ENTITIES + written.replace(b"</", b"&b;&c;</", 1)
        case Kind.HUGE:
            assert fault is not None, "it has a kind"
            whole = DECLARATION + CHUNK * (fault.size // len(CHUNK)) + written
        case Kind.WRONG_CHARSET:
            whole = DECLARATION + written.replace(b"</", b"\xe9\xff</", 1)
        case _:
            pass
    return Response(whole, media_type=XML)
