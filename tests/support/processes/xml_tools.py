"""XML Tools as a server in a thread: the pages of an account that a test fills, and whatever else a reply may be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

CARD = "4539578763621486"
"""Stands in each reply, as a real card would. It must appear nowhere else."""
CARD_XML = f"<CreditCard><CreditCardNumber>{CARD}</CreditCardNumber></CreditCard>"


@dataclass
class FakeOrder:
    """An order of the account; without a browser staff keyed it in."""

    number: int
    placed_at: datetime
    customer: int = 5001
    browser: str | None = None
    placed_by: str = "jane"
    status: str = "Unshipped"
    billing: str = "Authorized"
    total: str = "129.90"

    def xml(self) -> str:
        """The element of a reply."""
        browser = f"<Browser><BrowserName>{self.browser}</BrowserName></Browser>" if self.browser else ""
        return (
            f"<Order><OrderNo>{self.number}</OrderNo><OrderDate><DateTime><Date>{self.placed_at:%m/%d/%Y}</Date>"
            f"<Time>{self.placed_at:%H:%M}</Time></DateTime></OrderDate><OrderStatus>{self.status}</OrderStatus>"
            f"<OrderAmount>{self.total}</OrderAmount><PlacedBy>{self.placed_by}</PlacedBy>"
            f"<BillingStatus>{self.billing}</BillingStatus><Payment>{CARD_XML}</Payment>{browser}"
            f"<Customer><CustomerNo>{self.customer}</CustomerNo></Customer><ShipTo><ShipFrom><LineItem><Quantity>1</Quantity>"
            f"<UnitPrice>{self.total}</UnitPrice><LineProduct><ProductSKU>RED-1</ProductSKU><ProductName>Red wine</ProductName>"
            f"</LineProduct></LineItem></ShipFrom></ShipTo></Order>"
        )


@dataclass
class FakeAccount:
    """What the account answers. ``reply`` stands for every answer, where it is set; ``bodies`` are the requests that came."""

    name: str = "harbor"
    orders: list[FakeOrder] = field(default_factory=list)
    emails: dict[int, str] = field(default_factory=lambda: {5001: "anna@example.com"})
    page_size: int = 50
    reply: tuple[int, bytes] | None = None
    bodies: list[str] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """A reply to one request."""
        self.bodies.append(body.decode())
        if self.reply is not None:
            return self.reply
        request = ElementTree.fromstring(body)  # noqa: S314 - what Beckon itself wrote
        page = int(request.findtext("Page") or "1")
        if path.endswith("/orderquery.rest"):
            return 200, self._page("Order", [order.xml() for order in self.orders], page)
        numbers = range(
            int(request.findtext("CustomerNoRange/CustomerNoStart") or "0"),
            1 + int(request.findtext("CustomerNoRange/CustomerNoEnd") or "0"),
        )
        return 200, self._page("Customer", [_customer(n, self.emails[n]) for n in numbers if n in self.emails], page)

    def _page(self, kind: str, records: list[str], page: int) -> bytes:
        shown = records[(page - 1) * self.page_size : page * self.page_size]
        more = "<NextPage>1</NextPage>" if page * self.page_size < len(records) else ""
        return f'<{kind}QueryReply AccountName="{self.name}">{"".join(shown)}{more}</{kind}QueryReply>'.encode()


def _customer(number: int, email: str) -> str:
    return (
        f"<Customer><CustomerNo>{number}</CustomerNo><Email>{email}</Email>"
        f"<SavedCreditCards>{CARD_XML}</SavedCreditCards></Customer>"
    )


@contextmanager
def xml_tools(account: FakeAccount) -> Iterator[str]:
    """The address of a server that answers for the account."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, reply = account.answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
