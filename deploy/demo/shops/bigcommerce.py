"""A shop in the shape of BigCommerce: its scripts change the cart by requests, and its storefront API shows it."""

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.pages import Pages
from deploy.demo.shop.codes import Keyword
from deploy.demo.shop.goods import price
from deploy.demo.shops.base import CURRENCY, GOODS, FixtureShop, Line, Order, Session, good_numbered, title_of

API = "/api/storefront"
HEAD = '<link rel="preload" href="https://cdn11.bigcommerce.com/s-harborvine/stencil/theme.css" as="style" media="none">'
PAGES = Pages(Path(__file__).parent / "templates", price=price, shop="Harbor & Vine")


class BigCommerceShop(FixtureShop):
    """Pages, the requests of the theme's scripts, and the storefront API."""

    platform = "bigcommerce"
    reader = "bigcommerce"
    keywords = (Keyword("{{checkout.order.id}}", "number", "Order number"),)

    def routes(self) -> list[Route]:
        """As every shop of the platform has them."""
        return [
            Route("/", self.home),
            Route("/cart.php", self.cart),
            Route("/login.php", self.log_in, methods=["GET", "POST"]),
            Route("/checkout", self.checkout, methods=["GET", "POST"]),
            Route("/checkout/order-confirmation", self.confirmation),
            Route("/remote/v1/cart/add", self.add, methods=["POST"]),
            Route("/remote/v1/cart/update", self.update, methods=["POST"]),
            Route(f"{API}/carts", self.carts),
            Route(f"{API}/order/{{number}}", self.order_data),
            Route("/{good}/", self.product),
        ]

    async def home(self, request: Request) -> Response:
        """The shelf."""
        return self.remember(self._show(request, "home", goods=GOODS.values()), self.session(request))

    async def product(self, request: Request) -> Response:
        """One product."""
        return self._show(request, "product", good=GOODS[request.path_params["good"]])

    async def cart(self, request: Request) -> Response:
        """The cart page, which the theme also asks for after each change."""
        return self._show(request, "cart")

    async def add(self, request: Request) -> Response:
        """The form of a product, sent by the theme."""
        form, session = await request.form(), self.session(request)
        session.add(good_numbered(form["product_id"]), int(str(form["qty[]"])))
        return self._changed(session)

    async def update(self, request: Request) -> Response:
        """Other quantities of lines."""
        session = self.session(request)
        for item in (await request.json())["items"]:
            session.set_quantity(good_numbered(item["id"]), int(item["quantity"]))
        return self._changed(session)

    async def carts(self, request: Request) -> Response:
        """This browser's cart in a list, which is empty where there is none."""
        session = self.session(request)
        return JSONResponse([cart_data(session)] if session.lines else [])

    async def order_data(self, request: Request) -> Response:
        """This browser's last order."""
        session = self.session(request)
        order = session.last_order
        if order is None or order.number != request.path_params["number"]:
            return JSONResponse({"status": 404, "title": "Not found"}, 404)
        return JSONResponse(order_data(session, order))

    async def log_in(self, request: Request) -> Response:
        """No password is asked."""
        session = self.session(request)
        if request.method == "GET":
            return self._show(request, "login")
        session.email = str((await request.form())["login_email"])
        return self.redirect("/", session)

    async def checkout(self, request: Request) -> Response:
        """One page, as the optimized checkout is."""
        session = self.session(request)
        if request.method == "GET":
            return self._show(request, "checkout", cart_id=cart_id(session))
        form = await request.form()
        self.buy(session, str(form["email"]), str(form["shippingAddress.phone"]))
        return self.redirect("/checkout/order-confirmation", session)

    async def confirmation(self, request: Request) -> Response:
        """The page after an order, with the merchant's second script."""
        order = self.session(request).last_order
        if order is None:
            return self.redirect("/", self.session(request))
        return self._show(request, "order", order=order, confirmation=Markup(self.confirmation_code(order)))  # noqa: S704 - the merchant's

    def _changed(self, session: Session) -> Response:
        data = {"cart_id": cart_id(session), "cart_quantity": sum(session.quantities.values())}
        return self.remember(JSONResponse({"data": data}), session)

    def _show(self, request: Request, view: str, **values: object) -> Response:
        session = self.session(request)
        shown = {"session": session, "lines": session.lines, "pieces": sum(session.quantities.values()), "confirmation": ""}
        body = PAGES.environment.get_template("bigcommerce.html").render(**{**shown, "view": view, **values})
        return self.page(title_of(values.get("good")), body, HEAD)


def cart_id(session: Session) -> str:
    """A UUID, as the platform makes them."""
    return str(uuid5(NAMESPACE_URL, session.id))


def cart_data(session: Session) -> dict[str, object]:
    """A cart of the storefront API."""
    return {
        "id": cart_id(session),
        "customerId": 12 if session.email else 0,
        "email": session.email,
        "currency": {"name": "US Dollars", "code": CURRENCY, "symbol": "$", "decimalPlaces": 2},
        "isTaxIncluded": False,
        "baseAmount": session.total / 100,
        "discountAmount": 0,
        "cartAmount": session.total / 100,
        "coupons": [],
        "lineItems": {
            "physicalItems": [item_data(line) for line in session.lines],
            "digitalItems": [],
            "giftCertificates": [],
            "customItems": [],
        },
        "locale": "en",
    }


def item_data(line: Line) -> dict[str, object]:
    """A line of such a cart; prices are numbers, for one and for all of them."""
    return {
        "id": str(uuid5(NAMESPACE_URL, line.good.id)),
        "parentId": None,
        "variantId": line.good.number + 1000,
        "productId": line.good.number,
        "sku": line.good.id,
        "name": line.good.name,
        "url": f"/{line.good.id}/",
        "quantity": line.quantity,
        "imageUrl": line.good.picture,
        "listPrice": line.good.price / 100,
        "salePrice": line.good.price / 100,
        "extendedListPrice": line.total / 100,
        "extendedSalePrice": line.total / 100,
        "options": [],
    }


def order_data(session: Session, order: Order) -> dict[str, object]:
    """An order of the storefront API."""
    return {
        "orderId": int(order.number),
        "cartId": cart_id(session),
        "currency": {"code": CURRENCY, "symbol": "$"},
        "orderAmount": order.total / 100,
        "billingAddress": {"email": order.email, "phone": order.phone},
    }
