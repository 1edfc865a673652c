"""A shop of no platform that we know: pages out of templates, a GA4 data layer, and JSON-LD on the pages of its goods.

The theme reports what a theme usually does: an item added or taken out when the button is pressed, the whole cart on its page,
the checkout, the purchase. An empty cart it does not report.
"""

import json
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.shop.goods import decimal, price
from deploy.demo.shops.base import CURRENCY, GOODS, FixtureShop, Good, Line, Order

NAVIGATION = '<nav><a href="/">Shop</a> <a href="/cart">Cart</a> <a href="/login">Log in</a></nav>'
THEME = """<script>window.dataLayer=window.dataLayer||[];function report(button){
var add=button.dataset.act==='add_to_cart',item=JSON.parse(button.dataset.item);
if(add)item.quantity=+(document.querySelector('[name=quantity]')||{value:1}).value;
dataLayer.push({ecommerce:null});
dataLayer.push({event:button.dataset.act,ecommerce:{currency:'USD',value:item.price*item.quantity,items:[item]}})}
document.addEventListener('click',function(event){var b=event.target.closest('[data-act]');if(b)report(b)})</script>"""


class PlainShop(FixtureShop):
    """The shop."""

    reader = "data layer"

    def routes(self) -> list[Route]:
        """Pages and forms, as any small shop has them."""
        return [
            Route("/", self.home),
            Route("/p/{good}", self.good),
            Route("/cart", self.cart),
            Route("/cart/add", self.add, methods=["POST"]),
            Route("/cart/update", self.update, methods=["POST"]),
            Route("/cart/remove", self.remove, methods=["POST"]),
            Route("/login", self.login),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/checkout", self.checkout),
            Route("/checkout", self.place_order, methods=["POST"]),
            Route("/thanks", self.thanks),
        ]

    async def home(self, request: Request) -> Response:
        """The shelf."""
        links = "".join(f'<li><a href="/p/{good.id}">{escape(good.name)}</a></li>' for good in GOODS.values())
        return self.remember(self._show("Shop", f"<ul>{links}</ul>"), self.session(request))

    async def good(self, request: Request) -> Response:
        """One good, described by JSON-LD."""
        good = GOODS[request.path_params["good"]]
        form = (
            f"<h1>{escape(good.name)}</h1><p>{price(good.price)}</p><form method=post action=/cart/add>"
            f'<input type=hidden name=good value="{good.id}"><label>Quantity <input name=quantity value=1></label>'
            f"{_act('add_to_cart', Line(good, 1), 'Add to cart')}</form>"
        )
        return self._show(good.name, form, _json_ld(good))

    async def cart(self, request: Request) -> Response:
        """The cart, reported whole where there is something in it."""
        session = self.session(request)
        rows = "".join(_row(line) for line in session.lines)
        body = f"<h1>Cart</h1>{rows}<p>Total {price(session.total)}</p><a href=/checkout>Checkout</a>"
        return self._show("Cart", body, _event("view_cart", session.lines))

    async def add(self, request: Request) -> Response:
        """Put something in."""
        form, session = await request.form(), self.session(request)
        session.add(str(form["good"]), int(str(form["quantity"])))
        return self.redirect("/cart", session)

    async def update(self, request: Request) -> Response:
        """Change how many."""
        form, session = await request.form(), self.session(request)
        session.set_quantity(str(form["good"]), int(str(form["quantity"])))
        return self.redirect("/cart", session)

    async def remove(self, request: Request) -> Response:
        """Take a line out."""
        form, session = await request.form(), self.session(request)
        session.set_quantity(str(form["good"]), 0)
        return self.redirect("/cart", session)

    async def login(self, request: Request) -> Response:
        """Who are you."""
        form = "<form method=post><label>E-mail <input type=email name=email></label><button>Log in</button></form>"
        return self._show("Log in", form)

    async def log_in(self, request: Request) -> Response:
        """No password is asked."""
        session = self.session(request)
        session.email = str((await request.form())["email"])
        return self.redirect("/", session)

    async def checkout(self, request: Request) -> Response:
        """Name, and pay."""
        session = self.session(request)
        email = f'<label>E-mail <input type=email name=email value="{escape(session.email)}"></label>'
        fields = f"{email}<label>Phone <input name=phone></label>"
        form = f"<form method=post>{fields}<button>Place order</button></form>"
        return self._show("Checkout", form, _event("begin_checkout", session.lines))

    async def place_order(self, request: Request) -> Response:
        """Buy what lies in the basket."""
        form, session = await request.form(), self.session(request)
        self.buy(session, str(form["email"]), str(form["phone"]))
        return self.redirect("/thanks", session)

    async def thanks(self, request: Request) -> Response:
        """The confirmation, with the merchant's code."""
        order = self.session(request).last_order
        if order is None:
            return self.redirect("/", self.session(request))
        body = f"<h1>Thank you</h1><p>Order {order.number}</p>{self.confirmation_code(order)}"
        return self._show("Thank you", body, _purchase(order))

    def _show(self, title: str, body: str, head: str = "") -> Response:
        return self.page(title, f"{NAVIGATION}<main>{body}</main>", THEME + head)


def _item(line: Line) -> dict[str, object]:
    return {"item_id": line.good.id, "item_name": line.good.name, "price": line.good.price / 100, "quantity": line.quantity}


def _row(line: Line) -> str:
    hidden = f'<input type=hidden name=good value="{line.good.id}">'
    quantity = f"<label>Quantity <input name=quantity value={line.quantity}></label>"
    return (
        f'<div><a href="/p/{line.good.id}">{escape(line.good.name)}</a> {price(line.total)}'
        f"<form method=post action=/cart/update>{hidden}{quantity}<button>Update</button></form>"
        f"<form method=post action=/cart/remove>{hidden}{_act('remove_from_cart', line, 'Remove')}</form></div>"
    )


def _act(name: str, line: Line, label: str) -> str:
    return f'<button data-act="{name}" data-item="{escape(json.dumps(_item(line)))}">{label}</button>'


def _event(name: str, lines: tuple[Line, ...], **more: str) -> str:
    if not lines:
        return ""
    value = sum(line.total for line in lines) / 100
    ecommerce = {"currency": CURRENCY, "value": value, "items": [_item(line) for line in lines], **more}
    return f"<script>dataLayer.push({json.dumps({'event': name, 'ecommerce': ecommerce})})</script>"


def _purchase(order: Order) -> str:
    return _event("purchase", order.lines, transaction_id=order.number)


def _json_ld(good: Good) -> str:
    offer = {"@type": "Offer", "price": decimal(good.price), "priceCurrency": CURRENCY}
    product = {"@context": "https://schema.org", "@type": "Product", "sku": good.id, "name": good.name, "offers": offer}
    more = {"image": [good.picture], "url": f"/p/{good.id}"}
    return f'<script type="application/ld+json">{json.dumps({**product, **more})}</script>'
