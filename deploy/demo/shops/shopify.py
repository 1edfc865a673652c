"""A shop in the shape of Shopify: its theme adds by script, updates by form, and its checkout runs nothing but web pixels."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from markupsafe import Markup
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.shop.goods import decimal
from deploy.demo.shops.base import CURRENCY, GOODS, FixtureShop, Good, Line, Order, Session
from deploy.demo.shops.shopify_pixel import PAGE, PRIVACY, pixel_page
from deploy.demo.shops.shopify_webhook import OrderWebhook, order_json
from deploy.demo.shops.themes import shown

FIRST_VARIANT = 44_000_000_000_000
FIRST_PRODUCT = 7_800_000_000_000
CUSTOMER = 6_001_000_000_001


class ShopifyShop(FixtureShop):
    """Storefront pages, the cart's JSON, its permalink, and a checkout of Shopify's own."""

    platform = "shopify"
    reader = "shopify"

    def __init__(self) -> None:
        super().__init__()
        self.privacy = dict.fromkeys(PRIVACY, True)
        """What Shopify holds that its shoppers allow, where the shop asks no consent: everything."""
        self.webhook = OrderWebhook()

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/", self.home),
            Route("/products/{handle}", self.product),
            Route("/cart", self.cart),
            Route("/cart", self.update_by_form, methods=["POST"]),
            Route("/cart.js", self.cart_data),
            Route("/cart/add", self.add_by_form, methods=["POST"]),
            Route("/cart/add.js", self.add, methods=["POST"]),
            Route("/cart/change.js", self.change, methods=["POST"]),
            Route("/cart/update.js", self.update, methods=["POST"]),
            Route("/cart/clear.js", self.clear, methods=["POST"]),
            Route("/cart/{lines:str}", self.permalink),
            Route("/account/login", self.login),
            Route("/account/login", self.log_in, methods=["POST"]),
            Route("/checkout", self.to_checkout),
            Route("/checkouts/cn/{token}", self.checkout),
            Route("/checkouts/cn/{token}", self.place_order, methods=["POST"]),
            Route("/checkouts/cn/{token}/thank-you", self.thank_you),
        ]

    async def home(self, request: Request) -> Response:
        """The shelf."""
        return self._show(request, "home", goods=GOODS.values())

    async def product(self, request: Request) -> Response:
        """One product."""
        good = next((good for good in GOODS.values() if handle_of(good) == request.path_params["handle"]), None)
        if good is None:
            return self._show(request, "missing", 404)
        return self._show(
            request,
            "product",
            title=good.name,
            good=good,
            meta={"product": product_meta(good), "page": {"pageType": "product"}},
        )

    async def cart(self, request: Request) -> Response:
        """The cart's page."""
        return self._show(request, "cart")

    async def cart_data(self, request: Request) -> Response:
        """The cart as JSON."""
        session = self.session(request)
        return self.remember(JSONResponse(cart_json(session, request), headers={"cache-control": "no-store"}), session)

    async def add(self, request: Request) -> Response:
        """Variants by a script, as JSON or as the fields of a form; the answer is the last line."""
        fields, session = await fields_of(request), self.session(request)
        for item in fields.get("items") or [fields]:
            session.add(good_of(item.get("id")), int(item.get("quantity") or 1))
        return self.remember(JSONResponse(cart_json(session, request)["items"][-1]), session)

    async def add_by_form(self, request: Request) -> Response:
        """The same without a script."""
        fields, session = await fields_of(request), self.session(request)
        session.add(good_of(fields.get("id")), int(fields.get("quantity") or 1))
        return self.redirect("/cart", session)

    async def change(self, request: Request) -> Response:
        """One line, by its place or its variant; a quantity of 0 takes it out."""
        fields, session = await fields_of(request), self.session(request)
        place = int(fields.get("line") or 0)
        good = session.lines[place - 1].good.id if 0 < place <= len(session.lines) else good_of(fields.get("id"))
        session.set_quantity(good, int(fields["quantity"]))
        return self.remember(JSONResponse(cart_json(session, request)), session)

    async def update(self, request: Request) -> Response:
        """Quantities by variant."""
        fields, session = await fields_of(request), self.session(request)
        for variant, quantity in dict(fields["updates"]).items():
            session.set_quantity(good_of(variant), int(quantity))
        return self.remember(JSONResponse(cart_json(session, request)), session)

    async def clear(self, request: Request) -> Response:
        """Everything out."""
        session = self.session(request)
        session.quantities = {}
        return self.remember(JSONResponse(cart_json(session, request)), session)

    async def update_by_form(self, request: Request) -> Response:
        """Quantities in the order of lines."""
        form, session = await request.form(), self.session(request)
        for line, quantity in zip(session.lines, form.getlist("updates[]"), strict=False):
            session.set_quantity(line.good.id, int(str(quantity)))
        return self.redirect("/cart", session)

    async def permalink(self, request: Request) -> Response:
        """A cart out of an address, in place of the one that was there."""
        session = self.session(request)
        session.quantities = {}
        for line in request.path_params["lines"].split(","):
            variant, _, quantity = line.partition(":")
            session.set_quantity(good_of(variant), int(quantity))
        return self.redirect("/cart" if request.query_params.get("storefront") == "true" else "/checkout", session)

    async def login(self, request: Request) -> Response:
        """Who are you."""
        return self._show(request, "login")

    async def log_in(self, request: Request) -> Response:
        """No password is asked."""
        session = self.session(request)
        session.email = str((await request.form())["customer[email]"])
        return self.redirect("/", session)

    async def to_checkout(self, request: Request) -> Response:
        """To its own address."""
        session = self.session(request)
        return self.redirect(f"/checkouts/cn/{token_of(session)}", session)

    async def checkout(self, request: Request) -> Response:
        """No page of the theme: of what a merchant pastes only the pixel runs here, in its sandbox."""
        return self._show(request, "checkout", **self._pixels(checkout_json(self.session(request))))

    async def place_order(self, request: Request) -> Response:
        """Buy."""
        form, session = await request.form(), self.session(request)
        token, customer = token_of(session), CUSTOMER if session.email else None
        order = self.buy(session, str(form["email"]), str(form["phone"]))
        answer = self.redirect(f"/checkouts/cn/{token}/thank-you", session)
        variants = {good.id: variant_of(good) for good in GOODS.values()}
        answer.background = BackgroundTask(self.webhook.send, order_json(order, token, customer, variants))
        return answer

    async def thank_you(self, request: Request) -> Response:
        """The confirmation, with the merchant's pixel in its sandbox."""
        session = self.session(request)
        if session.last_order is None:
            return self.redirect("/", session)
        order = session.last_order
        return self._show(request, "order", order=order, **self._pixels(bought_json(order, bool(session.email))))

    def _pixels(self, checkout: dict[str, Any]) -> dict[str, Any]:
        """What a page with pixels needs: the frame's document, the page's half of it, and the checkout as events have it."""
        script = Markup(PAGE)  # noqa: S704 - the platform's own script
        return {"pixel_page": pixel_page(self.codes.confirmation, self.privacy), "pixels": script, "checkout": checkout}

    def _show(self, request: Request, view: str, status: int = 200, **values: object) -> Response:
        session = self.session(request)
        customer = {"customerId": CUSTOMER} if session.email else {}
        shared: Mapping[str, object] = {
            "view": view,
            "title": view.capitalize(),
            "tracking": Markup(self.codes.tracking),  # noqa: S704 - the merchant's own code
            "session": session,
            "token": token_of(session),
            "variants": {good.id: variant_of(good) for good in GOODS.values()},
            "handles": {good.id: handle_of(good) for good in GOODS.values()},
            "st": {"a": 60_000_000_001, "offset": -18000, "p": view, **({"cid": CUSTOMER} if session.email else {})},
            "meta": {"page": {"pageType": view, **customer}},
        }
        return self.remember(shown("shopify.html", status, **{**shared, **values}), session)


def handle_of(good: Good) -> str:
    """The part of its address."""
    return good.name.lower().replace(" ", "-")


def variant_of(good: Good) -> int:
    """What a cart holds of it."""
    return FIRST_VARIANT + good.number


def good_of(variant: object) -> str:
    """The good of a variant; nothing for an unknown one."""
    return next((good.id for good in GOODS.values() if str(variant_of(good)) == str(variant)), "")


def token_of(session: Session) -> str:
    """What names the cart to Shopify, another one after each order; the key behind it opens its checkout."""
    return f"Z2NwLXVzLWVhc3Qx{session.id}{session.last_order.number if session.last_order else ''}"


async def fields_of(request: Request) -> dict[str, Any]:
    """A body of a script: JSON, or a form."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return dict(await request.json())
    return {key: str(value) for key, value in (await request.form()).items()}


def cart_json(session: Session, request: Request) -> dict[str, Any]:
    """As ``/cart.js`` has it: amounts in hundredths."""
    items = [item_json(line, str(request.base_url)) for line in session.lines]
    return {
        "token": f"{token_of(session)}?key=0123456789abcdef",
        "note": None,
        "attributes": {},
        "original_total_price": session.total,
        "total_price": session.total,
        "total_discount": 0,
        "item_count": sum(line.quantity for line in session.lines),
        "items": items,
        "requires_shipping": True,
        "currency": CURRENCY,
        "items_subtotal_price": session.total,
    }


def item_json(line: Line, base: str) -> dict[str, Any]:
    """One line."""
    good, variant = line.good, variant_of(line.good)
    return {
        "id": variant,
        "properties": {},
        "quantity": line.quantity,
        "variant_id": variant,
        "key": f"{variant}:{sha256(good.id.encode()).hexdigest()[:32]}",
        "title": good.name,
        "price": good.price,
        "original_price": good.price,
        "discounted_price": good.price,
        "line_price": line.total,
        "final_price": good.price,
        "final_line_price": line.total,
        "sku": good.id,
        "url": f"/products/{handle_of(good)}?variant={variant}",
        "image": f"{base}{good.picture.removeprefix('/')}",
        "handle": handle_of(good),
        "product_id": FIRST_PRODUCT + good.number,
        "product_title": good.name,
        "variant_title": None,
    }


def product_meta(good: Good) -> dict[str, Any]:
    """As a product's page has it in ``ShopifyAnalytics.meta``."""
    variant = {"id": variant_of(good), "price": good.price, "name": good.name, "public_title": None, "sku": good.id}
    return {"id": FIRST_PRODUCT + good.number, "vendor": "Harbor", "type": "Wine", "variants": [variant]}


def checkout_json(session: Session) -> dict[str, Any]:
    """A checkout that has just begun, as the events of a pixel have it."""
    return {
        "order": {"id": None, "customer": {"id": None}},
        "token": token_of(session),
        "currencyCode": CURRENCY,
        "email": session.email or None,
        "phone": None,
        "smsMarketingPhone": None,
        "shippingAddress": {"phone": None},
        "totalPrice": {"amount": float(decimal(session.total)), "currencyCode": CURRENCY},
    }


def bought_json(order: Order, is_customer: bool) -> dict[str, Any]:
    """The checkout of a purchase."""
    return {
        "order": {"id": order.number, "customer": {"id": str(CUSTOMER) if is_customer else None}},
        "token": "c1-0123456789abcdef",
        "currencyCode": CURRENCY,
        "email": order.email,
        "phone": order.phone or None,
        "smsMarketingPhone": None,
        "shippingAddress": {"phone": None},
        "totalPrice": {"amount": float(decimal(order.total)), "currencyCode": CURRENCY},
    }
