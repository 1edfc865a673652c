"""Which browser is which, what is in its cart, and for whom it orders."""

import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.records import Line, Person

MOST_OF_ONE = 99
MOST_SESSIONS = 10_000


@dataclass
class Session:
    """One browser. ``customer_no`` is who is logged in, or in the OMS who is attached to the order."""

    id: str
    quantities: dict[int, int] = field(default_factory=dict)
    person: Person = field(default_factory=Person)
    customer_no: int | None = None
    last_order_no: int | None = None

    def lines(self, account: Account) -> list[Line]:
        """The cart, in the order of filling."""
        return [Line(account.products[number], quantity) for number, quantity in self.quantities.items()]

    def put(self, account: Account, product_no: int, quantity: int) -> None:
        """Have so many of a product in the cart; none takes it out. An unknown product changes nothing."""
        if product_no not in account.products:
            return
        if quantity < 1:
            self.quantities.pop(product_no, None)
        else:
            self.quantities[product_no] = min(quantity, MOST_OF_ONE)


class Sessions:
    """The browsers of one part of an account, by a cookie."""

    def __init__(self, cookie: str) -> None:
        self._cookie = cookie
        self._known: dict[tuple[str, str], Session] = {}

    def of(self, account: Account, request: Request) -> Session:
        """The browser's session. One that is not known yet is kept by ``remember``."""
        return self._known.get((account.name, request.cookies.get(self._cookie, ""))) or Session(secrets.token_hex(16))

    def remember(self, account: Account, session: Session, response: Response) -> Response:
        """The response with the browser's cookie. The oldest sessions go where there are too many."""
        self._known[account.name, session.id] = session
        while len(self._known) > MOST_SESSIONS:
            del self._known[next(iter(self._known))]
        response.set_cookie(self._cookie, session.id, httponly=True, samesite="lax")
        return response


def whole(value: object) -> int | None:
    """A count from a form or a query; none where it is none."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6 else None
