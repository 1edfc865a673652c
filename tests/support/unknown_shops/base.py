"""What these shops share: a history of what the shop's own cart held, and the controls of a theme by its own names."""

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from deploy.demo.shops.base import FixtureShop, Session
from tests.support.browsers.shop_lab import Contents


@dataclass(frozen=True)
class Controls:
    """Playwright's selectors of what a shopper uses."""

    add: str = "role=button[name='Add to cart']"
    cart: str = "role=link[name='Cart']"
    quantity: str = "input[name*=qty i]"
    update: str = "role=button[name='Update']"
    remove: str = "role=button[name='Remove']"
    checkout: str = "role=link[name='Checkout']"
    email: str = "input[name=email]"
    order: str = "role=button[name='Place order']"


class UnknownShop(FixtureShop):
    """A shop that remembers each cart it ever had: what is read must have been one of them, or nothing."""

    controls: ClassVar[Controls] = Controls()

    def __init__(self) -> None:
        super().__init__()
        self.history: list[Contents] = [({}, 0)]

    def remember(self, answer: Response, session: Session) -> Response:
        """The answer with the browser's cookie; the cart as it is now goes into the history."""
        now = self.contents(session)
        if self.history[-1] != now:
            self.history.append(now)
        return super().remember(answer, session)

    def contents(self, session: Session) -> Contents:
        """The shop's own cart: how many of each, by name, and what the shopper is shown as its total, in cents."""
        return {line.good.name: line.quantity for line in session.lines}, self.total_of(session)

    def total_of(self, session: Session) -> int:
        """What the shopper is shown as the cart's total, in cents."""
        return session.total

    async def form_of(self, request: Request) -> dict[str, str]:
        """The fields of a form."""
        return {name: str(value) for name, value in (await request.form()).items()}
