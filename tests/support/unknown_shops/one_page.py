"""A shop of one page: routes in the fragment, all drawn by a script from JSON, the cart in a drawer that opens and closes."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.shops.base import GOODS, Session
from tests.support.browsers.shoppers import OPT_IN
from tests.support.unknown_shops.base import UnknownShop

APP = """<div id=app></div><script>
const money = (cents) => '$' + (cents / 100).toLocaleString('en', {minimumFractionDigits: 2});
const h = (tag, attributes, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};
const state = {goods: [], lines: [], open: false};
const call = async (method, path, body) => {
  const answer = await fetch('/api/' + path, {method, body: body && JSON.stringify(body)});
  Object.assign(state, await answer.json());
  draw();
};
const card = (good) => h('div', {className: 'css-1x9a'}, h('a', {href: '#/wines/' + good.id}, good.name),
  h('span', {className: 'css-77p'}, money(good.price)));
const line = ({id, name, price, quantity}) => h('div', {className: 'css-1x9a css-line'}, h('span', {className: 'css-t'}, name),
  h('span', {className: 'css-77p'}, money(price)),
  h('button', {onclick: () => call('PUT', 'lines/' + id, {quantity: quantity - 1})}, '-'), h('output', {}, quantity),
  h('button', {onclick: () => call('PUT', 'lines/' + id, {quantity: quantity + 1})}, '+'),
  h('button', {onclick: () => call('DELETE', 'lines/' + id)}, 'Remove'));
const drawer = () => h('aside', {role: 'dialog'}, h('button', {onclick: () => toggle(false)}, 'Close'),
  ...(state.lines.length
    ? [...state.lines.map(line), h('strong', {}, money(state.total)), h('a', {href: '#/checkout'}, 'Checkout'),
      h('button', {onclick: () => call('DELETE', 'lines')}, 'Empty cart')]
    : [h('p', {}, 'Nothing here yet')]));
const toggle = (open) => { state.open = open; draw(); };
const checkout = () => {
  const email = h('input', {name: 'email'});
  const order = async () => { await call('POST', 'orders', {email: email.value}); location.assign('/done'); };
  const phone = h('label', {}, 'Phone', h('input', {name: 'phone'}));
  const box = h('label', {}, h('input', {type: 'checkbox', name: 'sms'}), 'OPT_IN');
  return h('section', {}, h('label', {}, 'E-mail', email), phone, box, h('button', {onclick: order}, 'Place order'));
};
function draw() {
  const [, page, id] = location.hash.split('/');
  const good = page === 'wines' && state.goods.find((each) => each.id === id);
  const add = () => { state.open = true; call('POST', 'lines', {id}); };
  document.querySelector('#app').replaceChildren(
    h('button', {onclick: () => toggle(true)}, 'Cart'),
    h('button', {onclick: () => { state.gifts = !state.gifts; toggle(false); }}, 'Gift cards'),
    ...(state.gifts ? [h('aside', {role: 'dialog'}, h('p', {}, 'For $25.00'))] : []),
    good ? h('section', {}, h('h1', {}, good.name), h('button', {onclick: add}, 'Add to cart'))
      : page === 'checkout' ? checkout() : h('section', {}, ...state.goods.map(card)),
    ...(state.open ? [drawer()] : []));
}
addEventListener('keydown', ({key}) => { if (key === 'Escape') toggle(false); });
addEventListener('hashchange', () => { state.open = false; draw(); });
call('GET', 'state');
</script>""".replace("OPT_IN", OPT_IN)


class OnePageShop(UnknownShop):
    """The shop."""

    reader = "pointing"

    def routes(self) -> list[Route]:
        """One page, and its data."""
        return [
            Route("/", self.app_page),
            Route("/api/state", self.state),
            Route("/api/lines", self.add, methods=["POST"]),
            Route("/api/lines", self.empty, methods=["DELETE"]),
            Route("/api/lines/{good}", self.change, methods=["PUT", "DELETE"]),
            Route("/api/orders", self.place_order, methods=["POST"]),
            Route("/done", self.done),
        ]

    async def app_page(self, request: Request) -> Response:
        """Nothing but the script."""
        return self.remember(self.page("Wines", APP), self.session(request))

    def answer(self, session: Session) -> Response:
        """All that the page draws."""
        lines = [
            {"id": each.good.id, "name": each.good.name, "price": each.good.price, "quantity": each.quantity}
            for each in session.lines
        ]
        goods = [{"id": good.id, "name": good.name, "price": good.price} for good in GOODS.values()]
        return self.remember(JSONResponse({"goods": goods, "lines": lines, "total": session.total}), session)

    async def state(self, request: Request) -> Response:
        """As it is."""
        return self.answer(self.session(request))

    async def add(self, request: Request) -> Response:
        """One more."""
        session = self.session(request)
        session.add((await request.json())["id"])
        return self.answer(session)

    async def empty(self, request: Request) -> Response:
        """Take all out."""
        session = self.session(request)
        session.quantities = {}
        return self.answer(session)

    async def change(self, request: Request) -> Response:
        """So many, or none."""
        session = self.session(request)
        quantity = 0 if request.method == "DELETE" else (await request.json())["quantity"]
        session.set_quantity(request.path_params["good"], quantity)
        return self.answer(session)

    async def place_order(self, request: Request) -> Response:
        """Buy it."""
        session = self.session(request)
        self.buy(session, (await request.json())["email"], "")
        return self.answer(session)

    async def done(self, request: Request) -> Response:
        """The confirmation."""
        session = self.session(request)
        assert session.last_order is not None
        return self.remember(self.page("Done", self.confirmation_code(session.last_order)), session)
