"""A shop in the shape of Magento 2: pages are the same for everybody, and the cart is a section that scripts load and keep."""

import json
import re
from pathlib import Path

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from deploy.demo.pages import Pages
from deploy.demo.shop.basket import in_page
from deploy.demo.shop.codes import Keyword
from deploy.demo.shop.goods import decimal, price
from deploy.demo.shops.base import GOODS, FixtureShop, Line, Session, good_numbered, title_of

TEMPLATES = Path(__file__).parent / "templates"
PAGES = Pages(TEMPLATES, price=price, shop="Harbor & Vine")
MINICART = Markup(in_page({"shoppingCartUrl": "/checkout/cart/", "checkoutUrl": "/checkout/"}))  # noqa: S704 - no text of anybody
QUANTITY = re.compile(r"cart\[(\d+)\]\[qty\]")
ORDER = (
    r"<?php $order = \Magento\Framework\App\ObjectManager::getInstance()->get(\Magento\Checkout\Model\Session::class)"
    "->getLastRealOrder() ?><?= $block->escapeJs($order->getIncrementId()) ?>"
)


class MagentoShop(FixtureShop):
    """Pages, the forms of the cart, and the sections of private content."""

    platform = "magento"
    reader = "magento"
    keywords = (
        Keyword(ORDER, "number", "Order number"),
        Keyword("<?= (float) $order->getGrandTotal() ?>", "total", "Total"),
        Keyword("<?= $block->escapeJs($order->getOrderCurrencyCode()) ?>", "currency", "Currency"),
        Keyword("<?= $block->escapeJs($order->getCustomerEmail()) ?>", "email", "E-mail"),
        Keyword("<?= $block->escapeJs($order->getBillingAddress()->getTelephone()) ?>", "phone", "Phone"),
    )

    def routes(self) -> list[Route]:
        """As the base theme has them."""
        return [
            Route("/", self.home),
            Route("/static/{path:path}/require.js", self.script),
            Route("/customer/section/load/", self.sections),
            Route("/customer/account/login/", self.login),
            Route("/customer/account/loginPost/", self.log_in, methods=["POST"]),
            Route("/checkout/cart/", self.cart),
            Route("/checkout/cart/add/product/{number}/", self.add, methods=["POST"]),
            Route("/checkout/cart/updatePost/", self.update, methods=["POST"]),
            Route("/checkout/cart/delete/", self.remove, methods=["POST"]),
            Route("/checkout/", self.checkout),
            Route("/rest/default/V1/guest-carts/masked/payment-information", self.place_order, methods=["POST"]),
            Route("/checkout/onepage/success/", self.success),
            Route("/{good}.html", self.product),
        ]

    async def home(self, request: Request) -> Response:
        """The shelf."""
        return self.remember(self._show(request, "home", goods=GOODS.values()), self.session(request))

    async def script(self, request: Request) -> Response:
        """The platform's own script."""
        return FileResponse(TEMPLATES / "magento_require.js", media_type="text/javascript")

    async def sections(self, request: Request) -> Response:
        """Private content: the sections that are asked for."""
        session = self.session(request)
        customer = {"fullname": "Anna Berg", "firstname": "Anna"} if session.email else {}
        known = {"cart": cart_section(session), "customer": {**customer, "data_id": 1}}
        asked = request.query_params.get("sections", "").split(",")
        return JSONResponse({name: known[name] for name in asked if name in known})

    async def product(self, request: Request) -> Response:
        """One product."""
        return self._show(request, "product", good=GOODS[request.path_params["good"]])

    async def cart(self, request: Request) -> Response:
        """The cart page, whose forms are sent whole."""
        return self._show(request, "cart")

    async def add(self, request: Request) -> Response:
        """The form of a product, sent by a script that expects an empty list."""
        session, form = self.session(request), await request.form()
        session.add(good_numbered(request.path_params["number"]), int(str(form["qty"])))
        return self.remember(JSONResponse([]), session)

    async def update(self, request: Request) -> Response:
        """All quantities at once."""
        session = self.session(request)
        for number, quantity in quantities_in(await request.form()):
            session.set_quantity(good_numbered(number), quantity)
        return self.redirect("/checkout/cart/", session)

    async def remove(self, request: Request) -> Response:
        """Take a line out."""
        session = self.session(request)
        session.set_quantity(good_numbered(request.query_params["id"]), 0)
        return self.redirect("/checkout/cart/", session)

    async def login(self, request: Request) -> Response:
        """Who are you."""
        return self._show(request, "login")

    async def log_in(self, request: Request) -> Response:
        """No password is asked."""
        session = self.session(request)
        session.email = str((await request.form())["login[username]"])
        return self.redirect("/", session)

    async def checkout(self, request: Request) -> Response:
        """One page, which sends the order by its script."""
        session = self.session(request)
        customer = {"id": "7", "email": session.email} if session.email else []
        config = {"isCustomerLoggedIn": bool(session.email), "customerData": customer}
        data = Markup(in_page({**config, "quoteData": {"quote_currency_code": "USD"}}))  # noqa: S704 - escaped for a script
        return self._show(request, "checkout", checkout_config=data)

    async def place_order(self, request: Request) -> Response:
        """Buy what lies in the basket. Answers with the order's number in the database, which no shopper sees."""
        session, body = self.session(request), json.loads(await request.body())
        self.buy(session, body["email"], body["billingAddress"]["telephone"])
        return self.remember(JSONResponse("44"), session)

    async def success(self, request: Request) -> Response:
        """The page after an order, with the merchant's code in its template."""
        order = self.session(request).last_order
        if order is None:
            return self.redirect("/checkout/cart/", self.session(request))
        return self._show(request, "order", order=order, confirmation=Markup(self.confirmation_code(order)))  # noqa: S704 - the merchant's

    def _show(self, request: Request, view: str, **values: object) -> Response:
        session = self.session(request)
        shown = {"session": session, "lines": session.lines, "minicart_config": MINICART, "view": view}
        return self.page(
            title_of(values.get("good")), PAGES.environment.get_template("magento.html").render(**{**shown, **values})
        )


def quantities_in(form: FormData) -> list[tuple[str, int]]:
    """Numbers of lines and how many there shall be."""
    fields = ((QUANTITY.fullmatch(name), value) for name, value in form.items())
    return [(found[1], int(str(value))) for found, value in fields if found]


def cart_section(session: Session) -> dict[str, object]:
    """The section ``cart``: amounts as numbers, as texts and as markup, and no currency."""
    return {
        "summary_count": sum(session.quantities.values()),
        "subtotalAmount": f"{decimal(session.total)}00",
        "subtotal": price_markup(session.total),
        "possible_onepage_checkout": True,
        "items": [item_data(line) for line in reversed(session.lines)],
        "extra_actions": "",
        "isGuestCheckoutAllowed": True,
        "website_id": "1",
        "storeId": "1",
        "subtotal_incl_tax": price_markup(session.total),
        "subtotal_excl_tax": price_markup(session.total),
        "data_id": 1,
    }


def item_data(line: Line) -> dict[str, object]:
    """A line of the section; the newest comes first."""
    return {
        "product_type": "simple",
        "options": [],
        "qty": line.quantity,
        "item_id": str(line.good.number),
        "configure_url": f"/checkout/cart/configure/id/{line.good.number}/",
        "is_visible_in_site_visibility": True,
        "product_id": str(line.good.number),
        "product_name": line.good.name,
        "product_sku": line.good.id,
        "product_url": f"/{line.good.id}.html",
        "product_has_url": True,
        "product_price": price_markup(line.good.price),
        "product_price_value": line.good.price / 100,
        "product_image": {"src": line.good.picture, "alt": line.good.name, "width": 75, "height": 75},
        "canApplyMsrp": False,
    }


def price_markup(cents: int) -> str:
    """An amount as the platform's renderer writes it."""
    return f'<span class="price">{price(cents)}</span>'
