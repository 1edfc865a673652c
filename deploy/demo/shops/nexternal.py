"""Two shops in Nexternal's shape, below an account's own folder: ``.aspx`` pages, the cart on ``invoice.aspx``.

Of Nexternal's markup nothing is documented, so the two themes share the names of the documented pages and nothing else. The
first is a table with a price for each piece and for each line, and has ``cartcontents.js``; the second is made of boxes, shows
the prices of whole lines alone, puts goods into the cart without leaving the page, and has no such file. Neither spells its
addendum's keywords as the other does.
"""

import json
from html import escape
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from deploy.demo.shop.codes import Keyword
from deploy.demo.shop.goods import price
from deploy.demo.shops.base import GOODS, FixtureShop, Good, Line, Session

ACCOUNT = "/harborvine"
GOOD_OF_NUMBER = {good.number: good for good in GOODS.values()}


class NexternalShop(FixtureShop):
    """The first theme."""

    platform = "nexternal"
    reader = "nexternal"
    keywords: ClassVar[tuple[Keyword, ...]] = (
        Keyword("[OrderNumber]", "number", "the number of the order"),
        Keyword("[OrderAmount]", "total", "its total"),
        Keyword("[Email]", "email", "the customer's e-mail address"),
        Keyword("[Phone Number]", "phone", "the customer's phone number"),
    )

    def routes(self) -> list[Route]:
        """The account's pages; the host's first page leads to them."""
        return [
            Route("/", self.to_account),
            Route(f"{ACCOUNT}/", self.home),
            Route(f"{ACCOUNT}/cartcontents.js", self.cart_contents),
            Route(f"{ACCOUNT}/invoice.aspx", self.cart),
            Route(f"{ACCOUNT}/invoice.aspx", self.change, methods=["POST"]),
            Route(f"{ACCOUNT}/addtocart.aspx", self.add, methods=["POST"]),
            Route(f"{ACCOUNT}/account.aspx", self.account),
            Route(f"{ACCOUNT}/account.aspx", self.log_in, methods=["POST"]),
            Route(f"{ACCOUNT}/checkout.aspx", self.checkout),
            Route(f"{ACCOUNT}/checkout.aspx", self.place_order, methods=["POST"]),
            Route(f"{ACCOUNT}/receipt.aspx", self.receipt),
            Route(f"{ACCOUNT}/{{page}}.aspx", self.good),
        ]

    async def to_account(self, request: Request) -> Response:
        """There is nothing at the host itself."""
        return self.redirect(f"{ACCOUNT}/", self.session(request))

    async def home(self, request: Request) -> Response:
        """The shelf."""
        links = "".join(f'<li><a href="{self.address_of(good)}">{escape(good.name)}</a></li>' for good in GOODS.values())
        return self.remember(self.show("Shop", f"<ul>{links}</ul>"), self.session(request))

    def address_of(self, good: Good) -> str:
        """The page of a good."""
        return f"{good.name.replace(' ', '-')}-p{good.number}.aspx"

    async def good(self, request: Request) -> Response:
        """One good, and a form that leads to the cart."""
        number = request.path_params["page"].rpartition("-p")[2]
        found = GOOD_OF_NUMBER.get(int(number)) if number.isdigit() else None
        if found is None:
            return PlainTextResponse("No such page", 404)
        form = (
            f'<form method=post action=addtocart.aspx><input type=hidden name=ProductNo value="{found.number}">'
            "<label>Quantity <input name=Qty size=2 value=1></label><input type=submit value='Add to cart'></form>"
        )
        return self.show(found.name, f"<h1>{escape(found.name)}</h1><b>{price(found.price)}</b>{form}")

    async def add(self, request: Request) -> Response:
        """Put something in, and show the cart."""
        form, session = await request.form(), self.session(request)
        session.add(GOOD_OF_NUMBER[int(str(form["ProductNo"]))].id, int(str(form["Qty"])))
        return self.redirect("invoice.aspx", session)

    async def cart(self, request: Request) -> Response:
        """What lies in the cart, and a line that recommends something else."""
        session = self.session(request)
        body = self.lines_of(session) if session.lines else "<p>Your shopping cart is currently empty.</p>"
        more = GOODS["C-7"]
        advice = (
            f'<h2>More</h2><form method=post action=addtocart.aspx><a href="{self.address_of(more)}">Our {more.name}</a>'
            f"{price(more.price)}<input type=hidden name=ProductNo value={more.number}>"
            "<input name=Qty size=2 value=1 aria-label='How many'><button>Add this too</button></form>"
        )
        return self.show("Shopping cart", f"<h1>Shopping cart</h1>{body}{advice}")

    def lines_of(self, session: Session) -> str:
        """The table, in one form."""
        rows = "".join(self.row(number, line) for number, line in enumerate(session.lines, 1))
        total = f"<tr><td colspan=4 align=right>Order Total:</td><td><b>{price(session.total)}</b></td></tr>"
        head = "<tr><th>Product</th><th>Qty</th><th>Price</th><th>Total</th></tr>"
        buttons = "<input type=submit value=Update> <a href=checkout.aspx>Checkout</a>"
        return f"<form method=post action=invoice.aspx><table>{head}{rows}{total}</table>{buttons}</form>"

    def row(self, number: int, line: Line) -> str:
        """A line of the table."""
        link = f'<a href="{self.address_of(line.good)}"><img src="{line.good.picture}" alt=""></a>'
        return (
            f'<tr><td>{link}<a href="{self.address_of(line.good)}">{escape(line.good.name)}</a></td>'
            f'<td><input type=text size=2 name="Qty{number}" aria-label="Quantity" value="{line.quantity}"></td>'
            f"<td>{price(line.good.price)}</td><td>{price(line.total)}</td>"
            f'<td><button name=Remove value="{number}">Remove</button></td></tr>'
        )

    async def change(self, request: Request) -> Response:
        """Take a line out, or change how many."""
        form, session = await request.form(), self.session(request)
        for number, line in enumerate(session.lines, 1):
            removed = str(form.get("Remove")) == str(number)
            session.set_quantity(line.good.id, 0 if removed else int(str(form.get(f"Qty{number}", line.quantity))))
        return self.redirect("invoice.aspx", session)

    async def cart_contents(self, request: Request) -> Response:
        """What a page outside the shop may show of the cart."""
        session = self.session(request)
        first = session.email.partition("@")[0]
        return Response(
            f"var cartProperties = {{ QuantityTotal: {sum(session.quantities.values())}, Currency: '$' }};\n"
            f"var customerProperties = {{ FirstName: {json.dumps(first)}, LastName: '' }};\n",
            media_type="text/javascript",
            headers={"cache-control": "no-store"},
        )

    async def account(self, request: Request) -> Response:
        """Who are you."""
        form = "<form method=post><label>E-mail <input name=txtEmail type=text></label><button>Log in</button></form>"
        return self.show("Account", form)

    async def log_in(self, request: Request) -> Response:
        """No password is asked."""
        session = self.session(request)
        session.email = str((await request.form())["txtEmail"])
        return self.redirect(f"{ACCOUNT}/", session)

    async def checkout(self, request: Request) -> Response:
        """Name, and pay: shows amounts, and nothing that could be changed."""
        session = self.session(request)
        rows = "".join(f"<li>{line.quantity} {escape(line.good.name)} {price(line.total)}</li>" for line in session.lines)
        fields = "<label>E-mail <input name=Email></label><label>Phone <input name=PhoneNumber></label>"
        form = f"<form method=post>{fields}<button>Place order</button></form>"
        return self.show("Checkout", f"<ul>{rows}</ul>{form}")

    async def place_order(self, request: Request) -> Response:
        """Buy what lies in the basket."""
        form, session = await request.form(), self.session(request)
        self.buy(session, str(form["Email"]), str(form["PhoneNumber"]))
        return self.redirect("receipt.aspx", session)

    async def receipt(self, request: Request) -> Response:
        """The confirmation, with the merchant's addendum."""
        order = self.session(request).last_order
        if order is None:
            return self.redirect(f"{ACCOUNT}/", self.session(request))
        return self.show("Thank you", f"<h1>Thank you</h1><p>Order {order.number}</p>{self.confirmation_code(order)}")

    def show(self, title: str, body: str) -> Response:
        """A page within the theme."""
        home = f'<a href="{ACCOUNT}/">Shop</a>'
        links = f'{home} <a href="{ACCOUNT}/invoice.aspx">Cart</a> <a href="{ACCOUNT}/account.aspx">Log in</a>'
        return self.page(title, f"<div id=header>{links} Free shipping over $500.00</div>{body}")


class NexternalBoxesShop(NexternalShop):
    """The second theme."""

    keywords: ClassVar[tuple[Keyword, ...]] = (
        Keyword("{OrderNo}", "number", "the number of the order"),
        Keyword("%%OrderTotal%%", "total", "its total"),
        Keyword("[E-Mail]", "email", "the customer's e-mail address"),
    )

    async def cart_contents(self, request: Request) -> Response:
        """This shop has none."""
        return PlainTextResponse("Not found", 404)

    def address_of(self, good: Good) -> str:
        """Addresses that are nothing without their query."""
        return f"detail.aspx?ID={good.number}"

    async def good(self, request: Request) -> Response:
        """One good, put into the cart without leaving the page."""
        number = request.query_params.get("ID", "")
        found = GOOD_OF_NUMBER.get(int(number)) if number.isdigit() else None
        if found is None:
            return PlainTextResponse("No such page", 404)
        script = (
            "<script>function add(){var data=new FormData();"
            f"data.append('ProductNo','{found.number}');data.append('Qty',document.getElementById('many').value);"
            "fetch('addtocart.aspx',{method:'POST',body:data})}</script>"
        )
        form = "<label>Quantity <input id=many type=number value=1></label><button onclick='add()'>Add to cart</button>"
        return self.show(found.name, f"<h1>{escape(found.name)}</h1><b>{price(found.price)}</b>{form}{script}")

    async def add(self, request: Request) -> Response:
        """Put something in, and answer the script."""
        await super().add(request)
        return Response('{"added":true}', media_type="application/json")

    def lines_of(self, session: Session) -> str:
        """A box for each line, and a list of sums below."""
        boxes = "".join(self.row(number, line) for number, line in enumerate(session.lines, 1))
        total = price(session.total)
        sums = f"<dl><dt>Subtotal</dt><dd>{total}</dd><dt>Shipping</dt><dd>$0.00</dd><dt>Total</dt><dd>{total}</dd></dl>"
        return f"<section>{boxes}{sums}<p><a href=checkout.aspx class=button>Checkout</a></p></section>"

    def row(self, number: int, line: Line) -> str:
        """A box, which is a form of its own."""
        symbol, amount = price(line.total)[0], price(line.total)[1:]
        return (
            f'<form method=post action=invoice.aspx class=box><figure><img src="{line.good.picture}" alt=""></figure>'
            f'<h3><a href="{self.address_of(line.good)}">{escape(line.good.name)}</a></h3>'
            f"<p class=price><span>{symbol}</span><span>{amount}</span></p>"
            f'<label>Quantity <input type=number name="Qty{number}" value="{line.quantity}"></label>'
            f'<button>Update</button><button name=Remove value="{number}">Remove</button></form>'
        )
