"""The online store: what it has beside the pages of ordering, which are log-in, ``cartcontents.js`` and imported files."""

import mimetypes
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.ordering.checkout import text
from deploy.demo.nexternal.ordering.pages import PRIVATE, Ordering, Way
from deploy.demo.nexternal.ordering.sessions import Sessions
from deploy.demo.shop.basket import in_page
from deploy.demo.shop.goods import load_goods
from deploy.demo.shop.pictures import picture_of

FILES = "assets/images/"
"""The folder of an account into which files are imported."""


class Store:
    """The store of every account, below the account's name."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._ordering = Ordering(accounts, Way("", is_internal=False), Sessions("store_session"))
        self._pictures = {f"{good.id}.svg": picture_of(good) for good in load_goods().values()}

    def app(self) -> Starlette:
        """All of its pages."""
        return Starlette(
            routes=[
                *self._ordering.routes(),
                Route("/{account}/cartcontents.js", self.cart_contents, methods=["GET"]),
                Route("/{account}/account.aspx", self.log_in_page, methods=["GET"]),
                Route("/{account}/account.aspx", self.log_in, methods=["POST"]),
                Route("/{account}/logout.aspx", self.log_out, methods=["GET"]),
                Route("/{account}/" + FILES + "{name}", self.file, methods=["GET"]),
            ]
        )

    async def cart_contents(self, request: Request) -> Response:
        """How much is in the cart and who is logged in, as a script for pages outside of the store."""
        account = self._ordering.account(request)
        session = self._ordering.sessions.of(account, request)
        customer = account.customers.get(session.customer_no or 0)
        names = {
            "FirstName": customer.person.first_name if customer else "",
            "LastName": customer.person.last_name if customer else "",
        }
        script = (
            f"var cartProperties = {in_page({'QuantityTotal': sum(session.quantities.values())})};\n"
            f"var customerProperties = {in_page(names)};\n"
        )
        return Response(script, media_type="text/javascript", headers=PRIVATE)

    async def log_in_page(self, request: Request) -> Response:
        """Who are you."""
        return self._ordering.show(request, "account.html", unknown=False)

    async def log_in(self, request: Request) -> Response:
        """No password is asked: it is a make-believe store."""
        account = self._ordering.account(request)
        found = account.with_email(text(await request.form(), "email"))
        if not found or not found[0].person.email:
            return self._ordering.show(request, "account.html", 400, unknown=True)
        session = self._ordering.sessions.of(account, request)
        session.customer_no = found[0].customer_no
        return self._ordering.redirect(account, session, "./")

    async def log_out(self, request: Request) -> Response:
        """The cart stays."""
        account = self._ordering.account(request)
        session = self._ordering.sessions.of(account, request)
        session.customer_no = None
        return self._ordering.redirect(account, session, "./")

    async def file(self, request: Request) -> Response:
        """A file that the merchant has imported, or the picture of a product."""
        name = request.path_params["name"]
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        imported = self._ordering.account(request).settings.files.get(name)
        if imported is not None:
            return Response(imported, media_type=kind)
        picture = self._pictures.get(name)
        if picture is None:
            return Response(status_code=404)
        return Response(picture, media_type=kind, headers={"Cache-Control": "max-age=3600"})
