"""A shop in the shape of PrestaShop: every page holds the cart in an object, whose events show changes without loading."""

from dataclasses import replace
from pathlib import Path

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.pages import Pages
from deploy.demo.shop.basket import in_page
from deploy.demo.shop.codes import Keyword
from deploy.demo.shop.goods import price
from deploy.demo.shops.base import CURRENCY, GOODS, FixtureShop, Line, Order, Session, good_numbered, title_of

PAGES = Pages(Path(__file__).parent / "templates", price=price, shop="Harbor & Vine", token="8f14e45f")  # noqa: S106 - of no worth
CONFIRMATION_PAGE = "/order-confirmation?id_cart=5&id_module=14&id_order=9&key=c4ca4238"


class PrestaShop(FixtureShop):
    """Pages and the cart's controller, which answers forms and scripts."""

    platform = "prestashop"
    reader = "prestashop"
    keywords = (
        Keyword("{$order.details.reference|escape:'javascript'}", "number", "Order reference"),
        Keyword("{$order.totals.total.amount}", "total", "Total"),
        Keyword("{$currency.iso_code}", "currency", "Currency"),
        Keyword("{$customer.email|escape:'javascript'}", "email", "E-mail"),
        Keyword("{$order.addresses.invoice.phone|escape:'javascript'}", "phone", "Phone"),
    )

    def routes(self) -> list[Route]:
        """As the classic theme has them, with friendly addresses."""
        return [
            Route("/", self.home),
            Route("/cart", self.cart),
            Route("/cart", self.change, methods=["POST"]),
            Route("/login", self.log_in, methods=["GET", "POST"]),
            Route("/order", self.checkout, methods=["GET", "POST"]),
            Route("/order-confirmation", self.confirmation),
            Route("/{number:int}-{good}.html", self.product),
        ]

    def buy(self, session: Session, email: str, phone: str) -> Order:
        """An order, with nine letters for its number as the platform gives them."""
        order = super().buy(session, email, phone)
        named = replace(order, number="".join(chr(ord("A") + int(digit)) for digit in order.number).rjust(9, "X"))
        self.orders[-1] = session.last_order = named
        return named

    async def home(self, request: Request) -> Response:
        """The shelf."""
        return self.remember(self._show(request, "home", "index", goods=GOODS.values()), self.session(request))

    async def product(self, request: Request) -> Response:
        """One product."""
        return self._show(request, "product", "product", good=GOODS[request.path_params["good"]])

    async def cart(self, request: Request) -> Response:
        """The cart page, which the theme also asks for after each change."""
        return self._show(request, "cart", "cart")

    async def change(self, request: Request) -> Response:
        """Add to a line, set its quantity, take it out: the answer holds the cart as it is then."""
        given = {**request.query_params, **await request.form()}
        session, good = self.session(request), good_numbered(given["id_product"])
        if "delete" in given:
            session.set_quantity(good, 0)
        elif "add" in given:
            session.add(good, int(str(given["qty"])))
        else:
            session.set_quantity(good, int(str(given["qty"])))
        answer = {"success": True, "id_product": given["id_product"], "id_product_attribute": 0, "cart": cart_data(session)}
        return self.remember(JSONResponse(answer), session)

    async def log_in(self, request: Request) -> Response:
        """No password is asked."""
        session = self.session(request)
        if request.method == "GET":
            return self._show(request, "login", "authentication")
        session.email = str((await request.form())["email"])
        return self.redirect("/", session)

    async def checkout(self, request: Request) -> Response:
        """One step of what are four."""
        session = self.session(request)
        if request.method == "GET":
            return self._show(request, "checkout", "checkout")
        form = await request.form()
        self.buy(session, str(form["email"]), str(form["phone"]))
        return self.redirect(CONFIRMATION_PAGE, session)

    async def confirmation(self, request: Request) -> Response:
        """The page after an order, with the merchant's code in its template."""
        order = self.session(request).last_order
        if order is None:
            return self.redirect("/", self.session(request))
        code = Markup(self.confirmation_code(order))  # noqa: S704 - the merchant's
        return self._show(request, "order", "order-confirmation", order=order, confirmation=code)

    def _show(self, request: Request, view: str, page_name: str, **values: object) -> Response:
        session = self.session(request)
        shown = {"session": session, "lines": session.lines, "pieces": sum(session.quantities.values()), "view": view}
        body = PAGES.environment.get_template("prestashop.html").render(**{**shown, **values})
        return self.page(
            title_of(values.get("good")), body, f"<script>var prestashop = {in_page(page_data(session, page_name))};</script>"
        )


def page_data(session: Session, page_name: str) -> dict[str, object]:
    """The object that every page holds."""
    customer = {"lastname": None, "firstname": None, "email": session.email or None, "is_logged": bool(session.email)}
    return {
        "cart": cart_data(session),
        "currency": {"id": 1, "name": "US Dollar", "iso_code": CURRENCY, "iso_code_num": "840", "sign": "$"},
        "customer": {**customer, "addresses": []},
        "page": {"title": "", "page_name": page_name},
        "urls": {"base_url": "/", "pages": {"cart": "/cart", "order": "/order"}},
    }


def cart_data(session: Session) -> dict[str, object]:
    """A cart as the presenter gives it: amounts as numbers beside texts for people."""
    total = {"type": "total", "label": "Total", "amount": session.total / 100, "value": price(session.total)}
    untaxed = {**total, "amount": round(session.total / 120, 2), "value": price(round(session.total / 1.2))}
    return {
        "products": [line_data(line) for line in session.lines],
        "totals": {"total": total, "total_including_tax": total, "total_excluding_tax": untaxed},
        "subtotals": {"products": {**total, "type": "products"}, "discounts": None},
        "products_count": sum(session.quantities.values()),
        "vouchers": {"allowed": 0, "added": []},
        "discounts": [],
    }


def line_data(line: Line) -> dict[str, object]:
    """A line: numbers of the database are texts, and the price without tax stands beside the one that is shown."""
    image = {"url": line.good.picture, "width": 125, "height": 125}
    return {
        "id_product": str(line.good.number),
        "id_product_attribute": "0",
        "cart_quantity": str(line.quantity),
        "quantity": line.quantity,
        "stock_quantity": 86,
        "name": line.good.name,
        "reference": line.good.id,
        "url": f"/{line.good.number}-{line.good.id}.html",
        "price": price(line.good.price),
        "price_amount": price(line.good.price),
        "price_wt": line.good.price / 100,
        "price_with_reduction": line.good.price / 100,
        "price_with_reduction_without_tax": round(line.good.price / 120, 6),
        "total": price(line.total),
        "total_wt": line.total / 100,
        "cover": {"bySize": {"home_default": image}, "medium": image, "legend": line.good.name},
        "customizations": [],
    }
