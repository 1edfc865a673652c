"""The client of XML Tools: all pages of a query, each request within its limits. The host is a setting, never a merchant's."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.ingest.sources.nexternal.replies import (
    MOST_BYTES,
    Page,
    PolledCustomer,
    PolledOrder,
    read_customers,
    read_orders,
)
from services.ingest.sources.nexternal.requests import Credentials, Minutes, Numbers, customer_query, order_query
from services.ingest.sources.settings import XML_TOOLS
from services.ingest.sources.states import PollFailed, SourceState
from shared.runtime.security.outbound import Forbidden, Interrupted, NotReached, Outbound

MOST_PAGES = 200
HTTP_OK, HTTP_TOO_MANY, HTTP_SERVER_ERROR = 200, 429, 500
HEADERS = {"Content-Type": "application/xml", "Accept": "application/xml", "User-Agent": "Beckon"}

Record = TypeVar("Record")


class XmlTools:
    """Queries in the name of one account."""

    def __init__(self, outbound: Outbound, credentials: Credentials, request_seconds: float) -> None:
        self._outbound = outbound
        self._request_seconds = request_seconds
        self._credentials = credentials

    async def orders(self, minutes: Minutes) -> tuple[list[PolledOrder], int]:
        """The orders placed or changed in those minutes, each once, and how many could not be read. Raises ``PollFailed``."""

        async def page(number: int) -> Page[PolledOrder]:
            body = await self._post("orderquery", order_query(self._credentials, minutes, number))
            return read_orders(body, self._credentials.account)

        return await _all_pages(page, lambda order: order.number)

    async def customers(self, wanted: Minutes | Numbers) -> list[PolledCustomer]:
        """The customers changed in those minutes, or with those numbers. Raises ``PollFailed``."""

        async def page(number: int) -> Page[PolledCustomer]:
            body = await self._post("customerquery", customer_query(self._credentials, wanted, number))
            return read_customers(body, self._credentials.account)

        found, unread = await _all_pages(page, lambda customer: customer.number)
        if unread:
            raise PollFailed(SourceState.BROKEN)  # one of them may be whose order it is
        return found

    async def _post(self, query: str, content: bytes) -> bytes:

        try:
            answer = await self._outbound.request(
                "POST",
                f"{XML_TOOLS}/shared/xml/{query}.rest",
                headers=HEADERS,
                content=content,
                seconds=self._request_seconds,
                most_bytes=MOST_BYTES,
            )
        except Interrupted as error:
            slow = "Timeout" in str(error)
            raise PollFailed(SourceState.SLOW if slow else SourceState.UNREACHABLE) from None
        except (NotReached, Forbidden):
            raise PollFailed(SourceState.UNREACHABLE) from None
        if answer.status == HTTP_TOO_MANY:
            raise PollFailed(SourceState.THROTTLED)
        if answer.status >= HTTP_SERVER_ERROR:
            raise PollFailed(SourceState.UNREACHABLE)
        if answer.status != HTTP_OK:
            raise PollFailed(SourceState.BROKEN)
        return answer.body


async def _all_pages(
    page_of: Callable[[int], Awaitable[Page[Record]]], key_of: Callable[[Record], str]
) -> tuple[list[Record], int]:
    """Every record once, and how many were unread. A query that never ends, or repeats a page, contradicts itself."""
    found: dict[str, Record] = {}
    unread = 0
    for number in range(1, MOST_PAGES + 1):
        page = await page_of(number)
        new = {key_of(record): record for record in page.records}
        unread += page.unread
        if page.has_next and new.keys() <= found.keys():
            raise PollFailed(SourceState.CONTRADICTORY)
        found |= new
        if not page.has_next:
            return list(found.values()), unread
    raise PollFailed(SourceState.CONTRADICTORY)
