"""A shop in the shape of WooCommerce: classic pages with their scripts, a product page of blocks, and the Store API."""

import re
from hashlib import md5
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.demo.shop.goods import decimal
from deploy.demo.shops.base import CURRENCY, GOODS, FixtureShop, Good, Line, Order, Session
from deploy.demo.shops.themes import shown
from deploy.demo.shops.woocommerce_snippet import thankyou_html

API = "/wp-json/wc/store/v1"
CUSTOMER = 12
MONEY = {
    "currency_code": CURRENCY,
    "currency_symbol": "$",
    "currency_minor_unit": 2,
    "currency_decimal_separator": ".",
    "currency_thousand_separator": ",",
    "currency_prefix": "$",
    "currency_suffix": "",
}
_LINE = re.compile(r"cart\[([0-9a-f]{32})\]\[qty\]")


class WooCommerceShop(FixtureShop):
    """Storefront pages, the scripts' ``wc-ajax``, the Store API and the checkout link."""

    platform = "woocommerce"
    reader = "woocommerce"

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/", self.home),
            Route("/", self.ajax, methods=["POST"]),
            Route("/product/{slug}/", self.product),
            Route("/product/{slug}/", self.add, methods=["POST"]),
            Route("/cart/", self.cart),
            Route("/cart/", self.update, methods=["POST"]),
            Route("/checkout/", self.checkout),
            Route("/checkout/order-received/{number:int}/", self.order_received),
            Route("/checkout-link/", self.checkout_link),
            Route("/my-account/", self.login),
            Route("/my-account/", self.log_in, methods=["POST"]),
            Route(f"{API}/cart", self.cart_data),
            Route(f"{API}/cart/add-item", self.add_item, methods=["POST"]),
        ]

    async def home(self, request: Request) -> Response:
        """The shelf."""
        return self._show(request, "home", goods=GOODS.values())

    async def product(self, request: Request) -> Response:
        """One product."""
        good = good_at(request.path_params["slug"])
        if good is None:
            return self._show(request, "missing", 404)
        return self._show(request, "product", title=good.name, good=good)

    async def add(self, request: Request) -> Response:
        """The form of a product leads to its own page, and from there to the cart where the shop has chosen so."""
        form, session = await request.form(), self.session(request)
        session.add(good_of(form.get("add-to-cart")), int(str(form.get("quantity", "1"))))
        return self._answer(RedirectResponse("/cart/", 302), session)

    async def add_item(self, request: Request) -> Response:
        """What blocks send; the answer is the whole cart."""
        item, session = await request.json(), self.session(request)
        session.add(good_of(item["id"]), int(item["quantity"]))
        return self._answer(JSONResponse(cart_json(session, request), 201), session)

    async def cart(self, request: Request) -> Response:
        """The cart's page, and the addresses behind its lines."""
        session = self.session(request)
        if "remove_item" in request.query_params:
            session.set_quantity(good_of_key(request.query_params["remove_item"]), 0)
            return self._answer(RedirectResponse("/cart/?removed_item=1", 302), session)
        return self._show(request, "cart")

    async def update(self, request: Request) -> Response:
        """Quantities by the keys of lines."""
        form, session = await request.form(), self.session(request)
        for name, value in form.items():
            if found := _LINE.fullmatch(name):
                session.set_quantity(good_of_key(found[1]), int(str(value)))
        return self._answer(RedirectResponse("/cart/", 303), session)

    async def ajax(self, request: Request) -> Response:
        """What the checkout's script sends."""
        session, form = self.session(request), await request.form()
        if request.query_params.get("wc-ajax") != "checkout" or not session.lines:
            return Response("-1", 403)
        order = self.buy(session, str(form["billing_email"]), str(form["billing_phone"]))
        address = f"/checkout/order-received/{order.number}/?key=wc_order_{session.id}"
        return self._answer(JSONResponse({"result": "success", "redirect": address, "order_id": order.number}), session)

    async def checkout(self, request: Request) -> Response:
        """Name, and pay."""
        return self._show(request, "checkout")

    async def order_received(self, request: Request) -> Response:
        """The confirmation, where snippets of ``woocommerce_thankyou`` run."""
        session = self.session(request)
        order = session.last_order
        if order is None or order.number != str(request.path_params["number"]):
            return self._show(request, "missing", 404)
        thankyou = thankyou_html(self.codes.confirmation, order_fields(order, bool(session.email)))
        return self._show(request, "order", order=order, thankyou=Markup(thankyou))  # noqa: S704 - the merchant's own code

    async def checkout_link(self, request: Request) -> Response:
        """A cart out of an address, in place of the one that was there."""
        session = self.session(request)
        session.quantities = {}
        for line in request.query_params.get("products", "").split(","):
            number, _, quantity = line.partition(":")
            session.set_quantity(good_of(number), int(quantity or "1"))
        return self._answer(RedirectResponse(f"/checkout/?session={session.id}", 302), session)

    async def login(self, request: Request) -> Response:
        """Who are you."""
        return self._show(request, "login")

    async def log_in(self, request: Request) -> Response:
        """No password is asked."""
        session = self.session(request)
        session.email = str((await request.form())["username"])
        return self._answer(RedirectResponse("/", 302), session)

    async def cart_data(self, request: Request) -> Response:
        """The cart, of the Store API."""
        session = self.session(request)
        return self._answer(JSONResponse(cart_json(session, request), headers={"cache-control": "no-store"}), session)

    def _show(self, request: Request, view: str, status: int = 200, **values: object) -> Response:
        session = self.session(request)
        shared: dict[str, object] = {
            "view": view,
            "title": view.capitalize(),
            "tracking": Markup(self.codes.tracking),  # noqa: S704 - the merchant's own code
            "base": str(request.base_url).rstrip("/"),
            "session": session,
            "slugs": {good.id: slug_of(good) for good in GOODS.values()},
            "keys": {good.id: key_of(good) for good in GOODS.values()},
        }
        return self._answer(shown("woocommerce.html", status, **{**shared, **values}), session)

    def _answer(self, answer: Response, session: Session) -> Response:
        """With the cookies that WooCommerce lets scripts read: whether something lies in the cart, and a hash of it."""
        lines = "|".join(f"{line.good.id}:{line.quantity}" for line in session.lines)
        cart_hash = md5(lines.encode(), usedforsecurity=False).hexdigest() if lines else ""
        for name, value in (("woocommerce_items_in_cart", "1" if lines else ""), ("woocommerce_cart_hash", cart_hash)):
            cookie: SimpleCookie = SimpleCookie({name: value})
            cookie[name]["path"] = "/"
            if not value:
                cookie[name]["max-age"] = 0
            answer.headers.append("set-cookie", cookie[name].OutputString())
        return self.remember(answer, session)


def slug_of(good: Good) -> str:
    """The part of its address."""
    return quote(good.name.lower().replace(" ", "-"))


def key_of(good: Good) -> str:
    """The name of its line."""
    return md5(good.id.encode(), usedforsecurity=False).hexdigest()


def good_at(slug: str) -> Good | None:
    """The good of an address."""
    return next((good for good in GOODS.values() if slug_of(good) == slug), None)


def good_of(number: object) -> str:
    """The good of a number; nothing for an unknown one."""
    return next((good.id for good in GOODS.values() if str(good.number) == str(number)), "")


def good_of_key(key: str) -> str:
    """The good of a line."""
    return next((good.id for good in GOODS.values() if key_of(good) == key), "")


def cart_json(session: Session, request: Request) -> dict[str, Any]:
    """As the Store API has it: amounts are texts of minor units."""
    base = str(request.base_url).rstrip("/")
    address = {"first_name": "", "last_name": "", "city": "", "postcode": "", "country": "US", "phone": ""}
    return {
        "items": [item_json(line, base) for line in session.lines],
        "coupons": [],
        "fees": [],
        "totals": {"total_items": str(session.total), "total_price": str(session.total), "total_tax": "0", **MONEY},
        "shipping_address": address,
        "billing_address": {**address, "email": session.email},
        "needs_payment": session.total > 0,
        "needs_shipping": bool(session.lines),
        "items_count": sum(line.quantity for line in session.lines),
        "errors": [],
        "extensions": {},
    }


def item_json(line: Line, base: str) -> dict[str, Any]:
    """One line. Names are HTML."""
    good = line.good
    prices = {"price": str(good.price), "regular_price": str(good.price), "sale_price": str(good.price), **MONEY}
    return {
        "key": key_of(good),
        "id": good.number,
        "type": "simple",
        "quantity": line.quantity,
        "name": good.name.replace("Red", "&#82;ed"),
        "short_description": "",
        "sku": good.id,
        "permalink": f"{base}/product/{slug_of(good)}/",
        "images": [{"id": good.number, "src": f"{base}{good.picture}", "thumbnail": f"{base}{good.picture}", "alt": ""}],
        "variation": [],
        "item_data": [],
        "prices": prices,
        "totals": {"line_subtotal": str(line.total), "line_total": str(line.total), **MONEY},
    }


def order_fields(order: Order, is_customer: bool) -> dict[str, Any]:
    """What PHP's order returns, by the names of its methods."""
    return {
        "get_id": int(order.number),
        "get_total": decimal(order.total),
        "get_currency": CURRENCY,
        "get_billing_email": order.email,
        "get_billing_phone": order.phone,
        "get_customer_id": CUSTOMER if is_customer else 0,
    }
