"""A shop that its owner's nephew made: no data layer, no theme that anybody knows, odd markup, prices like ``1.299,00 €``.

Nothing on its pages says what it is, and much looks alike: goods on the shelf, lines of the cart and what else is recommended
beneath it bear the same tags and classes. Its cart can be read by somebody only who has been shown where to look.
"""

import secrets
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from deploy.demo.shops.base import GOODS, FixtureShop, Good, Line

NAVIGATION = (
    '<p class=oben><a href="/">Laden</a> | <a href="/seite.php?was=korb&sid=83">Cart</a> | <a href="/anmelden">Log in</a></p>'
)
NEXT_TIME = "C-7"


def euros(cents: int, *, is_raised: bool = False) -> str:
    """An amount as Germans write it, the cents raised where somebody found that pretty."""
    whole, part = divmod(cents, 100)
    grouped = f"{whole:,}".replace(",", ".")
    return f"{grouped}<sup>,{part:02}</sup>&nbsp;€" if is_raised else f"{grouped},{part:02} €"


class HandmadeShop(FixtureShop):
    """The shop. ``policy`` is its content security policy, in which ``{nonce}`` stands for each page's own."""

    reader = "pointing"

    def __init__(self) -> None:
        super().__init__()
        self.policy = ""

    def routes(self) -> list[Route]:
        """One script shows most of it, by what its query says."""
        return [
            Route("/", self.home),
            Route("/ware/{good}", self.good),
            Route("/seite.php", self.show_page),
            Route("/tun.php", self.act, methods=["POST"]),
            Route("/anmelden", self.login),
            Route("/anmelden", self.log_in, methods=["POST"]),
            Route("/bestellen", self.place_order, methods=["POST"]),
            Route("/danke", self.thanks),
        ]

    def show(self, title: str, body: str, codes: str = "") -> Response:
        """A page under the shop's policy: scripts without its nonce are dead."""
        nonce = secrets.token_hex(8)
        page = (
            f"<!doctype html><html lang=de><head><meta charset=utf-8><title>{escape(title)}</title>{self.codes.tracking}</head>"
            f"<body>{NAVIGATION}<center>{body}{codes}</center></body></html>"
        )
        answer = HTMLResponse(page.replace("<script", f'<script nonce="{nonce}"'), headers={"cache-control": "no-cache"})
        if self.policy:
            answer.headers["content-security-policy"] = self.policy.replace("{nonce}", nonce)
        return answer

    async def home(self, request: Request) -> Response:
        """The shelf, which looks just like a cart."""
        goods = "".join(_box(good) for good in GOODS.values())
        return self.remember(self.show("Laden", goods), self.session(request))

    async def good(self, request: Request) -> Response:
        """One good."""
        good = GOODS[request.path_params["good"]]
        form = (
            f"<div class=kiste><p><b>{escape(good.name)}</b></p><p>nur <i>{euros(good.price)}</i></p>"
            "<form method=post action=/tun.php>"
            f'<input type=hidden name=rein value="{good.id}">'
            f'<label>Quantity <input name="menge[{good.number}]" value=1 size=2></label>'
            "<button>Add to cart</button></form></div>"
        )
        return self.show(good.name, form)

    async def show_page(self, request: Request) -> Response:
        """The cart or the checkout."""
        session = self.session(request)
        if request.query_params.get("was") == "kasse":
            return self.show("Kasse", _checkout(session.email))
        lines = "".join(_line(number, line) for number, line in enumerate(session.lines))
        heading = "<div class=kopf><p>Ware</p><p>Preis</p><p>Anzahl</p></div>"
        total = f"<table><tr><td>Summe<td><big>{euros(session.total)}</big></table><a href='/seite.php?was=kasse'>Checkout</a>"
        cart = f"<div>{heading}{lines}</div>{total}" if lines else "<p>Da ist noch nichts drin.</p>"
        return self.show("Korb", f"<h1>Korb</h1>{cart}<h2>Passt dazu</h2><div>{_box(GOODS[NEXT_TIME])}</div>")

    async def act(self, request: Request) -> Response:
        """Put in, change, take out."""
        form, session = await request.form(), self.session(request)
        good = next(good for good in GOODS.values() if f"menge[{good.number}]" in form)
        quantity = int(str(form[f"menge[{good.number}]"]))
        if "rein" in form:
            session.add(good.id, quantity)
        else:
            session.set_quantity(good.id, 0 if form["tun"] == "weg" else quantity)
        return self.redirect(f"/seite.php?was=korb&sid=83{secrets.token_hex(3)}", session)

    async def login(self, request: Request) -> Response:
        """Who are you."""
        form = "<form method=post><label>E-mail <input type=email name=email></label><button>Log in</button></form>"
        return self.show("Anmelden", form)

    async def log_in(self, request: Request) -> Response:
        """No password is asked."""
        session = self.session(request)
        session.email = str((await request.form())["email"])
        return self.redirect("/", session)

    async def place_order(self, request: Request) -> Response:
        """Buy what lies in the basket."""
        form, session = await request.form(), self.session(request)
        self.buy(session, str(form["f1"]), str(form["f2"]))
        return self.redirect("/danke", session)

    async def thanks(self, request: Request) -> Response:
        """The confirmation, with the merchant's code."""
        order = self.session(request).last_order
        if order is None:
            return self.redirect("/", self.session(request))
        return self.show("Danke", f"<h1>Danke</h1><p>Nummer {order.number}</p>", self.confirmation_code(order))


def _box(good: Good) -> str:
    """Something for sale, as on the shelf."""
    return (
        f'<div class="kiste hell"><p><a href="/ware/{good.id}"><img src="{good.picture}" alt=""></a>'
        f'<b><a href="/ware/{good.id}">{escape(good.name)}</a></b></p><p>nur <i>{euros(good.price)}</i></p></div>'
    )


def _line(number: int, line: Line) -> str:
    """A line of the cart: every other one is dark, and each is numbered."""
    good = line.good
    return (
        f'<div class="kiste {("hell", "dunkel")[number % 2]}" id="z{number}">'
        f'<p><a href="/ware/{good.id}"><img src="{good.picture}" alt=""></a><b>{escape(good.name)}</b></p>'
        f"<p>je <i>{euros(good.price, is_raised=True)}</i></p><form method=post action=/tun.php>"
        f'<label>Quantity <input name="menge[{good.number}]" value={line.quantity} size=2></label>'
        "<button name=tun value=neu>Update</button> <button name=tun value=weg>Remove</button></form>"
        f"<p>zusammen <u>{euros(line.total)}</u></p></div>"
    )


def _checkout(email: str) -> str:
    """Fields whose names say nothing, and one for somebody else's address."""
    return (
        "<h1>Kasse</h1><form method=post action=/bestellen>"
        f'<p><label>E-mail <input name=f1 value="{escape(email)}"></label></p><p><label>Phone <input name=f2></label></p>'
        "<p><label><input type=checkbox name=f3> Schickt mir Nachrichten aufs Handy</label></p>"
        "<p><label>Einen Freund einladen <input name=freund_email></label></p><button>Place order</button></form>"
    )
