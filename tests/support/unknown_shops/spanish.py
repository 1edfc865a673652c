"""A Spanish shop whose cart changes without loading: prices like ``€ 1.234,50`` beside what they were, cases, a gift.

No data layer, no structured data; ids are in data attributes. The quantity is a drop-down, and only some lines are reduced.
"""

from html import escape
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from deploy.demo.shops.base import GOODS, Good, Line, Session
from tests.support.browsers.shoppers import OPT_IN
from tests.support.unknown_shops.base import Controls, UnknownShop

RED, CASE = "W-101", "W-102"
BOTTLES = 6
GIFT, GIFT_FROM = "Sacacorchos de regalo", 40_000
SCRIPT = """<script>
const cesta = async (fields) => {
  const answer = await fetch('/es/ajax/cesta', {method: 'POST', body: new URLSearchParams(fields)});
  document.querySelectorAll('[data-cesta]').forEach((each) => each.innerHTML = '<i>Un momento</i>');
  const parts = new DOMParser().parseFromString(await answer.text(), 'text/html');
  document.querySelectorAll('[data-cesta]').forEach((each) =>
    each.replaceWith(parts.querySelector('[data-cesta="' + each.dataset.cesta + '"]')));
};
document.addEventListener('click', ({target}) => {
  const {mete, quita, vacia} = target.dataset;
  if (mete) cesta({ref: mete, mas: 1});
  if (quita) cesta({ref: quita, cantidad: 0});
  if (vacia) cesta({vacia: 1});
});
document.addEventListener('change', ({target}) =>
  target.dataset.ref && cesta({ref: target.dataset.ref, cantidad: target.value}));
</script>"""


def euros(cents: int) -> str:
    """An amount as this shop writes it."""
    whole, part = divmod(cents, 100)
    return f"€ {whole:,}".replace(",", ".") + f",{part:02}"


def price_of(good: Good) -> int:
    """Of what one can buy of it: a bottle, or a case."""
    return good.price * (BOTTLES if good.id == CASE else 1)


class SpanishShop(UnknownShop):
    """The shop."""

    reader = "pointing"
    controls: ClassVar[Controls] = Controls(
        add="role=button[name='Añadir a la cesta']",
        cart="role=link[name='Ver cesta']",
        quantity="select",
        remove="role=button[name='Quitar']",
        checkout="role=link[name='Tramitar pedido']",
        order="role=button[name='Comprar']",
    )

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/", self.home),
            Route("/es/vino/{number:int}-{name}", self.good),
            Route("/es/ajax/cesta", self.change, methods=["POST"]),
            Route("/es/cesta", self.cart),
            Route("/es/tramitar", self.checkout),
            Route("/es/tramitar", self.place_order, methods=["POST"]),
            Route("/es/gracias", self.thanks),
        ]

    def total_of(self, session: Session) -> int:
        """A case is six bottles."""
        return sum(price_of(line.good) * line.quantity for line in session.lines)

    def show(self, session: Session, title: str, body: str) -> Response:
        """A page, with the small cart above it."""
        small = f"<header><a href=/es/cesta>Ver cesta</a>{self.small_cart(session)}</header>"
        return self.remember(self.page(title, f"{small}<main>{body}</main>{SCRIPT}"), session)

    def small_cart(self, session: Session) -> str:
        """Names and amounts alone."""
        rows = "".join(f"<li><span>{line.quantity} x {line.good.name}</span></li>" for line in session.lines)
        return f"<ul class=mini data-cesta=mini>{rows}<li><b>{euros(self.total_of(session))}</b></li></ul>"

    def large_cart(self, session: Session) -> str:
        """Lines, the gift, the total."""
        if not session.lines:
            return "<section data-cesta=todo><p>Tu cesta está vacía.</p></section>"
        gift = f"<li class=regalo><div class=ficha><span>{GIFT}</span></div><div class=precio>€ 0,00</div><em>1</em></li>"
        rows = "".join(map(self.row, session.lines)) + (gift if self.total_of(session) >= GIFT_FROM else "")
        return (
            f"<section data-cesta=todo><ul class=lineas>{rows}</ul><p class=suma>Total <strong>{euros(self.total_of(session))}"
            "</strong> IVA incl.</p><button data-vacia=1>Vaciar cesta</button> "
            "<a href=/es/tramitar>Tramitar pedido</a></section>"
        )

    def row(self, line: Line) -> str:
        """A line with its options; the red is reduced, the white comes by the case."""
        good, amount = line.good, euros(price_of(line.good))
        price = f"<del>{euros(good.price + 500)}</del> <ins>{amount}</ins>" if good.id == RED else amount
        price += f" <small>la caja de {BOTTLES} ({euros(good.price)}/botella)</small>" if good.id == CASE else ""
        options = "".join(f"<option{' selected' if n == line.quantity else ''}>{n}" for n in range(1, 13))
        return (
            f'<li data-producto="{good.id}"><img src="{good.picture}" alt=""><div class=ficha>'
            f'<a href="{self.address_of(good)}">{escape(good.name)}</a><p>Añada: 2021 · Estuche</p></div>'
            f"<div class=precio>{price}</div>"
            f'<select data-ref="{good.id}" aria-label=Cantidad>{options}</select>'
            f"<div class=importe>{euros(price_of(good) * line.quantity)}</div>"
            f'<button data-quita="{good.id}">Quitar</button></li>'
        )

    def address_of(self, good: Good) -> str:
        """A product's page."""
        return f"/es/vino/{good.number}-{good.name.lower().replace(' ', '-')}"

    async def home(self, request: Request) -> Response:
        """The shelf."""
        links = "".join(
            f'<article data-producto="{good.id}"><a href="{self.address_of(good)}">{good.name}</a>'
            f"<div class=precio>{euros(price_of(good))}</div></article>"
            for good in GOODS.values()
        )
        return self.show(self.session(request), "Vinos del puerto", links)

    async def good(self, request: Request) -> Response:
        """One."""
        good = next(good for good in GOODS.values() if good.number == request.path_params["number"])
        body = f"<h1>{escape(good.name)}</h1><div class=precio>{euros(price_of(good))}</div>"
        button = f'<button data-mete="{good.id}">Añadir a la cesta</button>'
        return self.show(self.session(request), f"{good.name} | Vinos del puerto", body + button)

    async def change(self, request: Request) -> Response:
        """Put in, change, take out, empty. The answer is both carts."""
        form, session = await self.form_of(request), self.session(request)
        if "vacia" in form:
            session.quantities = {}
        elif "mas" in form:
            session.add(form["ref"])
        else:
            session.set_quantity(form["ref"], int(form["cantidad"]))
        return self.remember(HTMLResponse(self.small_cart(session) + self.large_cart(session)), session)

    async def cart(self, request: Request) -> Response:
        """All of it."""
        session = self.session(request)
        return self.show(session, "Cesta", f"<h1>Tu cesta</h1>{self.large_cart(session)}")

    async def checkout(self, request: Request) -> Response:
        """Who are you."""
        fields = "<label>Correo <input name=email></label><label>Móvil <input name=phone></label>"
        box = f"<label><input type=checkbox name=sms> {OPT_IN}</label>"
        return self.show(self.session(request), "Pedido", f"<form method=post>{fields}{box}<button>Comprar</button></form>")

    async def place_order(self, request: Request) -> Response:
        """Buy it."""
        form, session = await self.form_of(request), self.session(request)
        self.buy(session, form["email"], form["phone"])
        return self.redirect("/es/gracias", session)

    async def thanks(self, request: Request) -> Response:
        """The confirmation."""
        session = self.session(request)
        assert session.last_order is not None
        return self.show(session, "Gracias", f"<h1>Gracias</h1>{self.confirmation_code(session.last_order)}")
