"""A shop that no reader was made for: one script draws every page from a JSON interface, and reports to Google by ``gtag``.

Nothing is loaded anew when something is put into the basket; its page is drawn after it was fetched, and reported each time.
"""

import json
from html import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.shop.goods import decimal, price
from deploy.demo.shops.base import CURRENCY, GOODS, FixtureShop, Good, Order, Session

BY_NUMBER = {good.number: good for good in GOODS.values()}
ANALYTICS = """<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}
gtag('js',new Date());gtag('config','G-0000000000',{send_page_view:false})</script>"""
HEADER = (
    '<header><a href="/">Boutique</a> <a href="/basket">Cart</a> <b class=count></b> <a href="/account">Log in</a></header>'
)
EMAIL = "<label>E-mail <input type=email name=mail autocomplete=email></label>"
PHONE = "<label>Phone <input type=tel name=mobile autocomplete=tel></label>"
SCRIPT = """
const main = document.querySelector('main');
const money = (cents) => '$' + (cents / 100).toFixed(2);
const ask = async (path, body) => (await fetch(path, body && {method: 'POST', body: JSON.stringify(body)})).json();
const gaItem = (row) => ({item_id: row.number, item_name: row.name, price: row.price / 100, quantity: row.quantity});
const worth = (rows) => rows.reduce((sum, row) => sum + row.price * row.quantity, 0) / 100;
const report = (event, rows, more) => gtag('event', event, {
  currency: 'USD', value: worth(rows), items: rows.map(gaItem), ...more});
const make = (tag, text, more) => Object.assign(document.createElement(tag), {textContent: text}, more);

async function drawBasket() {
  const {rows, total} = await ask('/api/basket');
  main.replaceChildren(make('h1', 'Your basket'), ...rows.map(drawRow), make('p', 'Total ' + money(total)),
    make('a', 'Checkout', {href: '/checkout'}));
  report('view_cart', rows);
}
function drawRow(row) {
  const label = make('label', 'Quantity'), field = make('input', '', {value: row.quantity, size: 2});
  const change = async (quantity) => { await ask('/api/basket', {number: row.number, quantity}); await drawBasket(); };
  const item = make('section', '');
  label.append(field);
  item.append(make('a', row.name, {href: '/shop/' + row.number}), ' ' + money(row.price * row.quantity), label,
    make('button', 'Update', {onclick: () => change(+field.value)}),
    make('button', 'Remove', {onclick: () => { report('remove_from_cart', [row]); change(0); }}));
  return item;
}
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-good]');
  if (!button) return;
  const row = JSON.parse(button.dataset.good);
  const {rows} = await ask('/api/basket', {number: row.number, more: 1});
  report('add_to_cart', [{...row, quantity: 1}]);
  document.querySelector('.count').textContent = rows.reduce((count, each) => count + each.quantity, 0);
});
if (location.pathname === '/basket') drawBasket();
"""


class BoutiqueShop(FixtureShop):
    """The shop."""

    reader = "data layer"

    def routes(self) -> list[Route]:
        """Shells of pages, the script that draws them, and its interface."""
        return [
            Route("/", self.home),
            Route("/shop/{number:int}", self.good),
            Route("/basket", self.basket),
            Route("/api/basket", self.api_basket, methods=["GET", "POST"]),
            Route("/account", self.account, methods=["GET", "POST"]),
            Route("/checkout", self.checkout, methods=["GET", "POST"]),
            Route("/order/{number}", self.order),
        ]

    async def home(self, request: Request) -> Response:
        """All goods."""
        links = "".join(f'<a href="/shop/{good.number}">{escape(good.name)}</a> ' for good in GOODS.values())
        return self.remember(self._show("Boutique", links), self.session(request))

    async def good(self, request: Request) -> Response:
        """One good, described by microdata."""
        good = BY_NUMBER[request.path_params["number"]]
        return self._show(good.name, _described(good))

    async def basket(self, request: Request) -> Response:
        """Drawn by the script."""
        return self._show("Basket", "")

    async def api_basket(self, request: Request) -> Response:
        """The basket, after a change where one is asked for."""
        session = self.session(request)
        if request.method == "POST":
            wanted = json.loads(await request.body())
            good = BY_NUMBER[wanted["number"]]
            session.add(good.id, wanted.get("more", 0))
            session.set_quantity(good.id, wanted.get("quantity", session.quantities.get(good.id, 0)))
        return self.remember(JSONResponse({"rows": _rows(session), "total": session.total}), session)

    async def account(self, request: Request) -> Response:
        """Log in, without a password."""
        session = self.session(request)
        if request.method == "POST":
            session.email = str((await request.form())["mail"])
            return self.redirect("/", session)
        return self._show("Account", f"<form method=post>{EMAIL}<button>Log in</button></form>")

    async def checkout(self, request: Request) -> Response:
        """Name and phone; the order."""
        session = self.session(request)
        if request.method == "POST":
            form = await request.form()
            order = self.buy(session, str(form["mail"]), str(form["mobile"]))
            return self.redirect(f"/order/{order.number}", session)
        fields = f"<form method=post>{EMAIL}{PHONE}<button>Place order</button></form>"
        return self._show("Checkout", fields, f"report('begin_checkout',{json.dumps(_rows(session))})")

    async def order(self, request: Request) -> Response:
        """Thanks, for whom it concerns."""
        order = self.session(request).last_order
        if order is None or order.number != request.path_params["number"]:
            return self.redirect("/", self.session(request))
        body = f"<h1>Thank you for order {order.number}</h1>{self.confirmation_code(order)}"
        return self._show("Thank you", body, _purchase(order))

    def _show(self, title: str, body: str, script: str = "") -> Response:
        return self.page(title, f"{HEADER}<main>{body}</main><script>{SCRIPT}{script}</script>", ANALYTICS)


def _row(good: Good, quantity: int) -> dict[str, object]:
    return {"number": good.number, "name": good.name, "price": good.price, "quantity": quantity}


def _rows(session: Session) -> list[dict[str, object]]:
    return [_row(line.good, line.quantity) for line in session.lines]


def _described(good: Good) -> str:
    return (
        f'<article itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">{escape(good.name)}</h1>'
        f'<img itemprop="image" src="{good.picture}" alt=""><meta itemprop="sku" content="{good.number}">'
        '<p itemprop="offers" itemscope itemtype="http://schema.org/Offer">'
        f'<meta itemprop="priceCurrency" content="{CURRENCY}">'
        f'<span itemprop="price" content="{decimal(good.price)}">{price(good.price)}</span></p></article>'
        f"<button data-good='{escape(json.dumps(_row(good, 1)))}'>Add to cart</button>"
    )


def _purchase(order: Order) -> str:
    rows = [_row(line.good, line.quantity) for line in order.lines]
    return f"report('purchase',{json.dumps(rows)},{{transaction_id:'{order.number}'}})"
