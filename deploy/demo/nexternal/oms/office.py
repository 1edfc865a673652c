"""What the sections of the OMS need of it."""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from deploy.demo.nexternal.account import Account


class Office(Protocol):
    """The pages of one account's OMS."""

    def account(self, request: Request) -> Account:
        """The account of an address."""
        ...

    def show(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """A page with the menu at its left."""
        ...

    def redirect(self, request: Request, to: str) -> Response:
        """To another page of the account."""
        ...
