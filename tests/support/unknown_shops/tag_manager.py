"""A shop that only its tag manager describes: GA4 by a plugin and by the theme, both of the same act, late, as strings.

Its items have names and no ids; its values have thousands separators; what is listed or wished for is pushed as well.
"""

import json
from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.shop.goods import decimal, price
from deploy.demo.shops.base import GOODS, Good, Line, Session
from tests.support.unknown_shops.base import Controls, UnknownShop


def item_of(good: Good, quantity: int) -> dict[str, str]:
    """An item as this shop's plugin has it."""
    return {"item_name": good.name, "price": decimal(good.price), "quantity": str(quantity), "item_brand": "Harbor"}


def ecommerce(lines: tuple[Line, ...], total: int) -> dict[str, object]:
    """A whole cart."""
    return {"currency": "usd", "value": f"{total / 100:,.2f}", "items": [item_of(line.good, line.quantity) for line in lines]}


def late(*events: Mapping[str, object], after_ms: int = 150) -> str:
    """A script that pushes all of them after a while, and the plugin's copies again a little later."""
    pushes = "".join(f"dataLayer.push({{ecommerce:null}});dataLayer.push({json.dumps(each)});" for each in events)
    return (
        f"<script>window.dataLayer=window.dataLayer||[];function tell(){{{pushes}}}"
        f"setTimeout(tell,{after_ms});setTimeout(tell,{after_ms + 200})</script>"
    )


class TagManagerShop(UnknownShop):
    """The shop."""

    reader = "data layer"
    controls = Controls(quantity="input[name^=menge]")

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/", self.home),
            Route("/item/{good}", self.good),
            Route("/basket", self.basket),
            Route("/basket/add", self.add, methods=["POST"]),
            Route("/basket/change", self.change, methods=["POST"]),
            Route("/pay", self.pay),
            Route("/pay", self.place_order, methods=["POST"]),
            Route("/done", self.done),
        ]

    def show(self, session: Session, title: str, body: str, head: str = "") -> Response:
        """A page."""
        return self.remember(self.page(title, f"<a href=/>Shop</a> <a href=/basket>Cart</a>{body}", head), session)

    async def home(self, request: Request) -> Response:
        """The shelf, which is pushed as a list, and a wish."""
        goods = "".join(f'<li><a href="/item/{good.id}">{escape(good.name)}</a> {price(good.price)}' for good in GOODS.values())
        listed = [item_of(good, 1) for good in GOODS.values()]
        events = late(
            {"event": "view_item_list", "ecommerce": {"item_list_name": "All", "items": listed}},
            {"event": "add_to_wishlist", "ecommerce": {"currency": "usd", "value": "12.00", "items": listed[-1:]}},
        )
        return self.show(self.session(request), "Shop", f"<ul>{goods}</ul>", events)

    async def good(self, request: Request) -> Response:
        """One, put in by a form; the theme and the plugin both push it before the page goes."""
        good = GOODS[request.path_params["good"]]
        item = {
            "event": "add_to_cart",
            "ecommerce": {"currency": "usd", "value": decimal(good.price), "items": [item_of(good, 1)]},
        }
        push = f"dataLayer.push({{ecommerce:null}});dataLayer.push({json.dumps(item)});"
        form = (
            f"<form method=post action=/basket/add onsubmit='{push}{push}'><input type=hidden name=good value={good.id}>"
            "<button>Add to cart</button></form>"
        )
        seen = late({"event": "view_item", "ecommerce": {"items": [item_of(good, 1)]}})
        return self.show(self.session(request), good.name, f"<h1>{escape(good.name)}</h1>{price(good.price)}{form}", seen)

    async def add(self, request: Request) -> Response:
        """Put it in."""
        form, session = await self.form_of(request), self.session(request)
        session.add(form["good"])
        return self.redirect("/basket", session)

    async def basket(self, request: Request) -> Response:
        """What is in it; pushed late, as is what else might be liked."""
        session = self.session(request)
        rows = "".join(
            f"<li>{escape(line.good.name)} <form method=post action=/basket/change>"
            f'<input type=hidden name=good value="{line.good.id}">'
            f"<input name=menge value={line.quantity}><button>Update</button><button name=out value=1>Remove</button></form>"
            for line in session.lines
        )
        advice = {"event": "view_item_list", "ecommerce": {"item_list_name": "Also", "items": [item_of(GOODS["C-7"], 1)]}}
        events = late({"event": "view_cart", "ecommerce": ecommerce(session.lines, session.total)}, advice)
        return self.show(session, "Basket", f"<ul>{rows}</ul>{price(session.total)}<a href=/pay>Checkout</a>", events)

    async def change(self, request: Request) -> Response:
        """Take out, or change how many."""
        form, session = await self.form_of(request), self.session(request)
        session.set_quantity(form["good"], 0 if "out" in form else int(form["menge"]))
        return self.redirect("/basket", session)

    async def pay(self, request: Request) -> Response:
        """Who are you."""
        session = self.session(request)
        events = late({"event": "begin_checkout", "ecommerce": ecommerce(session.lines, session.total)})
        form = "<form method=post>E-mail <input name=email> Phone <input name=phone><button>Place order</button></form>"
        return self.show(session, "Pay", form, events)

    async def place_order(self, request: Request) -> Response:
        """Buy it."""
        form, session = await self.form_of(request), self.session(request)
        self.buy(session, form["email"], form["phone"])
        return self.redirect("/done", session)

    async def done(self, request: Request) -> Response:
        """The confirmation; the purchase is pushed as well, and begins with a cart that is shown once more."""
        session = self.session(request)
        order = session.last_order
        assert order is not None
        bought = {
            "event": "purchase",
            "ecommerce": {"transaction_id": int(order.number), **ecommerce(order.lines, order.total)},
        }
        return self.show(session, "Done", self.confirmation_code(order), late(bought))
