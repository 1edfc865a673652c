"""A winery at Nexternal whose designer rebuilt every page: nested tables, picture buttons, a case discount, gift lines.

Its product pages exist by a query alone, in the old spelling with a visit's number in front of the product's.
"""

from html import escape
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.shop.codes import Keyword
from deploy.demo.shop.goods import price
from deploy.demo.shops.base import GOODS, Good, Line, Session
from tests.support.unknown_shops.base import Controls, UnknownShop

CASE_FROM = 50_000
CASE_DISCOUNT = 2_500
BY_NUMBER = {good.number: good for good in GOODS.values()}


class WineryShop(UnknownShop):
    """The winery."""

    platform = "nexternal"
    reader = "nexternal"
    keywords: ClassVar[tuple[Keyword, ...]] = (
        Keyword("[OrderNo]", "number", "Order number"),
        Keyword("[OrderTotal]", "total", "Total"),
        Keyword("[Email]", "email", "E-mail"),
    )
    controls = Controls(
        add="input[alt='Add to cart']",
        quantity="input[name^=Quantity_]",
        update="input[alt='Update']",
        remove="input[alt='Remove']",
    )

    def routes(self) -> list[Route]:
        """All in the account's folder."""
        return [
            Route("/", self.home),
            Route("/cellar/products.aspx", self.home),
            Route("/cellar/detail.aspx", self.good),
            Route("/cellar/detail.aspx", self.add, methods=["POST"]),
            Route("/cellar/invoice.aspx", self.cart),
            Route("/cellar/invoice.aspx", self.change, methods=["POST"]),
            Route("/cellar/checkout.aspx", self.checkout),
            Route("/cellar/checkout.aspx", self.place_order, methods=["POST"]),
            Route("/cellar/thanks.aspx", self.thanks),
        ]

    def total_of(self, session: Session) -> int:
        """Less the case discount."""
        return session.total - (CASE_DISCOUNT if session.total >= CASE_FROM else 0)

    def address_of(self, good: Good) -> str:
        """A product's page."""
        return f"/cellar/detail.aspx?Count1=736497123&Count2=839203&ProductID={good.number}&CategoryID=5&Target=products.asp"

    def show(self, session: Session, title: str, body: str) -> Response:
        """Header with a small cart, navigation with what was seen before, and the page."""
        count = sum(session.quantities.values())
        small = f"<a href=/cellar/invoice.aspx>Cart</a> {count} item(s) {price(self.total_of(session))}"
        seen = "".join(
            f"<tr><td><a href='{self.address_of(good)}'>{good.name}</a><br>{price(good.price)}" for good in GOODS.values()
        )
        return self.remember(
            self.page(
                title,
                f"<table width=100%><tr><td colspan=2 bgcolor=#402>{small}<tr><td valign=top><b>Recently viewed</b>"
                f"<table>{seen}</table><td valign=top>{body}</table>",
            ),
            session,
        )

    async def home(self, request: Request) -> Response:
        """The shelf."""
        goods = "".join(
            f"<td align=center><a href='{self.address_of(good)}'>{escape(good.name)}</a><br>{price(good.price)}"
            for good in GOODS.values()
        )
        return self.show(self.session(request), "Our wines", f"<table><tr>{goods}</table>")

    async def good(self, request: Request) -> Response:
        """One wine, with others that go with it."""
        good = BY_NUMBER[int(request.query_params["ProductID"])]
        form = (
            f"<form method=post><input type=hidden name=ProductID value={good.number}>Quantity: "
            "<input name=Quantity value=1 size=3><input type=image src=/pictures/add.svg alt='Add to cart'></form>"
        )
        retail = f"<s>{price(good.price + 500)}</s> <font color=red>{price(good.price)}</font>"
        return self.show(self.session(request), good.name, f"<font size=5>{escape(good.name)}</font><br>{retail}{form}")

    async def add(self, request: Request) -> Response:
        """Put it in."""
        form, session = await self.form_of(request), self.session(request)
        session.add(BY_NUMBER[int(form["ProductID"])].id, int(form["Quantity"]))
        return self.redirect("/cellar/invoice.aspx", session)

    async def cart(self, request: Request) -> Response:
        """Lines with a row for gift wrapping each, sums, and wines that go with them in the same form."""
        session = self.session(request)
        if not session.lines:
            return self.show(session, "Shopping Bag", f"<b>Your bag is empty.</b>{self.advice()}")
        rows = "".join(self.row(line) for line in session.lines)
        off = session.total - self.total_of(session)
        sums = f"<tr><td colspan=4 align=right>Merchandise Subtotal<td>{price(session.total)}"
        sums += f"<tr><td colspan=4 align=right>Case Discount<td>-{price(off)}" if off else ""
        sums += f"<tr><td colspan=4 align=right><b>Order Total</b><td><b>{price(self.total_of(session))}</b>"
        head = "<tr bgcolor=#eee><td>&nbsp;<td>Item<td>Qty.<td>Each<td>Amount"
        update = "<input type=image src=/pictures/u.svg alt=Update name=Update>"
        link = "<a href=/cellar/checkout.aspx><b>Checkout</b></a>"
        table = f"<table border=0>{head}{rows}{sums}</table>{update}{link}"
        return self.show(session, "Shopping Bag", f"<form method=post name=frmInvoice>{table}{self.advice()}</form>")

    def row(self, line: Line) -> str:
        """A wine, and below it what can be done with it."""
        good = line.good
        return (
            f"<tr><td><input type=image alt=Remove name=Remove_{good.number} src=/pictures/x.svg>"
            f"<td><b><a href='{self.address_of(good)}'>{escape(good.name)}</a></b><br><font size=1>SKU {good.id}"
            f" &middot; 750 ml &middot; 12 for {price(good.price * 11)}</font>"
            f"<td><input name=Quantity_{good.number} value={line.quantity} size=3 aria-label=Quantity>"
            f"<td><s>{price(good.price + 500)}</s><br>{price(good.price)}<td>{price(line.total)}"
            f"<tr><td><td colspan=4><input type=checkbox name=Gift_{good.number}> Gift wrap this item ($5.00 each)"
            f" <input name=GiftQuantity_{good.number} value=1 size=2>"
        )

    def advice(self) -> str:
        """Something else, which also has a quantity."""
        more = GOODS["C-7"]
        return (
            f"<table><tr><th>You may also like<tr><td><a href='{self.address_of(more)}'>{more.name}</a>"
            f"<td>{price(more.price)}<td><input name=AddQuantity_{more.number} value=1 size=2></table>"
        )

    async def change(self, request: Request) -> Response:
        """Take out, or change how many."""
        form, session = await self.form_of(request), self.session(request)
        for line in session.lines:
            removed = f"Remove_{line.good.number}.x" in form
            session.set_quantity(line.good.id, 0 if removed else int(form[f"Quantity_{line.good.number}"]))
        return self.redirect("/cellar/invoice.aspx", session)

    async def checkout(self, request: Request) -> Response:
        """Where to."""
        session = self.session(request)
        rows = "".join(f"<tr><td>{line.quantity}<td>{line.good.name}<td>{price(line.total)}" for line in session.lines)
        fields = "<label>E-mail <input name=email></label><br><label>Phone <input name=phone></label><br>"
        form = f"<form method=post>{fields}<button>Place order</button></form>"
        return self.show(session, "Checkout", f"<table>{rows}</table>{form}")

    async def place_order(self, request: Request) -> Response:
        """Buy it."""
        form, session = await self.form_of(request), self.session(request)
        self.buy(session, form["email"], form["phone"])
        return self.redirect("/cellar/thanks.aspx", session)

    async def thanks(self, request: Request) -> Response:
        """The confirmation."""
        session = self.session(request)
        order = session.last_order
        assert order is not None
        return self.show(session, "Thank you", f"Order {order.number}{self.confirmation_code(order)}")
