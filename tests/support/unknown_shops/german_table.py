"""A German shop of tables: two rows a line, points and commas in prices, tax and shipping among the sums, no class or id."""

from html import escape
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.shops.base import GOODS, Line, Session
from deploy.demo.shops.handmade import euros
from tests.support.unknown_shops.base import Controls, UnknownShop

SHIPPING = 590


class GermanTableShop(UnknownShop):
    """The shop."""

    reader = "pointing"
    controls: ClassVar[Controls] = Controls(
        add="role=button[name='In den Warenkorb']",
        cart="role=link[name='Warenkorb']",
        quantity="input[name^=anz]",
        update="role=button[name='Aktualisieren']",
        remove="role=button[name='Entfernen']",
        checkout="role=link[name='Zur Kasse']",
        order="role=button[name='Zahlungspflichtig bestellen']",
    )

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/", self.home),
            Route("/artikel.html", self.good),
            Route("/warenkorb.html", self.cart),
            Route("/warenkorb.html", self.change, methods=["POST"]),
            Route("/kasse.html", self.checkout),
            Route("/kasse.html", self.place_order, methods=["POST"]),
            Route("/danke.html", self.thanks),
        ]

    def total_of(self, session: Session) -> int:
        """With shipping."""
        return session.total + SHIPPING if session.total else 0

    def show(self, session: Session, title: str, body: str) -> Response:
        """A page."""
        seen = "".join(
            f"<tr><td><a href='artikel.html?nr={good.number}'>{good.name}</a><td>{euros(good.price)}<td>1 Stk."
            for good in GOODS.values()
        )
        beside = f"<table><tr><th>Zuletzt angesehen{seen}</table>"
        frame = f"<a href=warenkorb.html>Warenkorb</a><table><tr><td>{body}<td>{beside}</table>"
        return self.remember(self.page(title, frame), session)

    async def home(self, request: Request) -> Response:
        """The shelf."""
        links = "".join(f"<li><a href='artikel.html?nr={good.number}&sid=8d7f'>{good.name}</a>" for good in GOODS.values())
        return self.show(self.session(request), "Weine", f"<ul>{links}</ul>")

    async def good(self, request: Request) -> Response:
        """One."""
        good = next(good for good in GOODS.values() if str(good.number) == request.query_params["nr"])
        form = (
            f"<form method=post action=warenkorb.html><input type=hidden name=neu value={good.id}>"
            "<button>In den Warenkorb</button></form>"
        )
        return self.show(self.session(request), good.name, f"<h1>{escape(good.name)}</h1>{euros(good.price)}{form}")

    async def cart(self, request: Request) -> Response:
        """Lines and sums in one table."""
        session = self.session(request)
        if not session.lines:
            return self.show(session, "Warenkorb", "<p>Ihr Warenkorb ist leer.")
        rows = "".join(self.rows(number, line) for number, line in enumerate(session.lines, 1))
        sums = (
            f"<tr><td colspan=3>Zwischensumme<td>{euros(session.total)}<tr><td colspan=3>Versand<td>{euros(SHIPPING)}"
            f"<tr><td colspan=3>Gesamtsumme<td><b>{euros(self.total_of(session))}</b>"
            f"<tr><td colspan=3>darin 19% MwSt.<td>{euros(self.total_of(session) * 19 // 119)}"
        )
        buttons = "<button name=tun value=neu>Aktualisieren</button> <a href=kasse.html>Zur Kasse</a>"
        table = f"<table border=1><tr><th>Pos.<th>Artikel<th>Menge<th>Summe{rows}{sums}</table>"
        return self.show(session, "Warenkorb", f"<form method=post>{table}{buttons}</form>")

    def rows(self, number: int, line: Line) -> str:
        """A row with the amounts, and one with what can be said of the article."""
        good = line.good
        return (
            f"<tr><td>{number}.<td><a href='artikel.html?nr={good.number}&sid=8d7f'>{escape(good.name)}</a><br>"
            f"<small>je {euros(good.price)}</small><td><input name=anz{good.number} value={line.quantity} size=3>"
            f"<td>{euros(line.total)}<tr><td><td colspan=2><i>Lieferbar in 2 Tagen</i><td>"
            f"<button name=weg value={good.number}>Entfernen</button>"
        )

    async def change(self, request: Request) -> Response:
        """Put in, change, take out."""
        form, session = await self.form_of(request), self.session(request)
        if "neu" in form:
            session.add(form["neu"])
        else:
            for line in session.lines:
                gone = form.get("weg") == str(line.good.number)
                session.set_quantity(line.good.id, 0 if gone else int(form[f"anz{line.good.number}"]))
        return self.redirect("warenkorb.html", session)

    async def checkout(self, request: Request) -> Response:
        """Who are you."""
        fields = "E-Mail <input name=email> Telefon <input name=phone>"
        form = f"<form method=post>{fields}<button>Zahlungspflichtig bestellen</button></form>"
        return self.show(self.session(request), "Kasse", form)

    async def place_order(self, request: Request) -> Response:
        """Buy it."""
        form, session = await self.form_of(request), self.session(request)
        self.buy(session, form["email"], form["phone"])
        return self.redirect("danke.html", session)

    async def thanks(self, request: Request) -> Response:
        """The confirmation."""
        session = self.session(request)
        assert session.last_order is not None
        return self.show(session, "Danke", self.confirmation_code(session.last_order))
