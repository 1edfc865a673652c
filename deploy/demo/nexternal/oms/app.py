"""The OMS of every account, below the account's name: its sections, and the internal ordering system."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.oms.customers import Customers
from deploy.demo.nexternal.oms.identify import Identify
from deploy.demo.nexternal.oms.layout import Layout
from deploy.demo.nexternal.oms.orders import Orders
from deploy.demo.nexternal.oms.settings import Settings
from deploy.demo.nexternal.oms.xml_settings import XmlSettings
from deploy.demo.nexternal.ordering.pages import FOLDER, PRIVATE, Ordering, Way
from deploy.demo.nexternal.ordering.sessions import Sessions
from deploy.demo.nexternal.xml_tools.replies import Store
from deploy.demo.pages import Pages
from deploy.demo.shop.goods import price

StoreOf = Callable[[Account, Request], Store]
MENU = {"customers": "Customers", "orders": "Orders", "settings": "Settings", "layout": "Layout", "outbox": "Outbox"}


@dataclass(frozen=True)
class Office:
    """What the sections share."""

    accounts: Mapping[str, Account]
    pages: Pages
    store_of: StoreOf

    def account(self, request: Request) -> Account:
        """The account of an address; the hosts let none other through."""
        return self.accounts[request.path_params["account"]]

    def show(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """A page with the menu at its left."""
        account = self.account(request)
        section = request.url.path.split("/")[2] or "customers"
        shared = {"account": account, "section": section, "menu": MENU, "base": f"/{account.name}"}
        store = self.store_of(account, request)
        return self.pages.show(
            f"oms/{name}", status, **(shared | {"store": store, "saved": "saved" in request.query_params} | values)
        )

    def redirect(self, request: Request, to: str) -> Response:
        """To another page of the account."""
        return RedirectResponse(f"/{self.account(request).name}/{to}", 303, PRIVATE)


class Oms:
    """The whole of the OMS."""

    def __init__(self, accounts: Mapping[str, Account], store_of: StoreOf) -> None:
        self._office = Office(accounts, Pages(FOLDER / "templates", price=price), store_of)
        self._ordering = Ordering(accounts, Way("/internal", is_internal=True), Sessions("oms_session"))

    def app(self) -> Starlette:
        """All of its pages."""
        office, ordering = self._office, self._ordering
        return Starlette(
            routes=[
                Route("/{account}/", self.home, methods=["GET"]),
                *Customers(office, ordering).routes(),
                *Orders(office, ordering).routes(),
                *Settings(office).routes(),
                *XmlSettings(office).routes(),
                *Layout(office).routes(),
                *Identify(ordering).routes(),
                *ordering.routes(),
                Route("/{account}/outbox", self.outbox, methods=["GET"]),
            ]
        )

    async def home(self, request: Request) -> Response:
        """The first section."""
        return self._office.redirect(request, "customers")

    async def outbox(self, request: Request) -> Response:
        """The confirmation e-mails that were sent: the simulator's own page."""
        mails = list(reversed(self._office.account(request).outbox))
        return self._office.show(request, "outbox.html", mails=mails)
