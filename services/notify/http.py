"""The public side of notify: links, the saved cart, what carriers report, what handsets reply."""

import json
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.notify.addresses import Addresses, shop_address
from services.notify.carriers import SmsSender
from services.notify.carriers.twilio import is_signed
from services.notify.inbound import Inbound, apply_reply
from services.notify.metrics import NotifyMetrics
from services.notify.settlement import apply_callback
from services.notify.store import Store
from services.notify.sweeps import find_link
from shared.events.envelope import ContactKind
from shared.events.nudge import NudgedCart
from shared.events.settings import SiteConfigured
from shared.runtime.clock import Clock
from shared.runtime.postgres import UNREACHABLE, CommitUnconfirmed, Pool, transaction
from shared.runtime.sealing import (
    CannotOpen,
    Pepper,
    ReaderKeys,
    ReaderPublicKey,
    UnreadableContact,
    from_base64url,
    normalise,
    open_secret,
    seal_contact,
)

LONGEST_FORM = 64 * 1024
EMPTY_TWIML = "<?xml version='1.0' encoding='UTF-8'?><Response/>"
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

log = structlog.get_logger("http")
pages = Environment(loader=PackageLoader("services.notify"), autoescape=select_autoescape(default=True))


class PublicHttp:
    """Handlers and what they need."""

    def __init__(
        self,
        pool: Pool,
        keys: ReaderKeys,
        own_key: ReaderPublicKey,
        addresses: Addresses,
        clock: Clock,
        new_id: Callable[[], str],
        committed: Callable[[], None],
        metrics: NotifyMetrics,
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._own_key = own_key
        self._addresses = addresses
        self._clock = clock
        self._new_id = new_id
        self._committed = committed
        self._metrics = metrics

    def app(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route("/l/{token}", self._waits_for_database(self.follow)),
                Route("/l/{token}/cart", self._waits_for_database(self.cart)),
                Route("/l/{token}/saved", self._waits_for_database(self.saved)),
                Route("/cb/{site_id:uuid}/{attempt_id}/{mac}", self._waits_for_database(self.callback), methods=["POST"]),
                Route("/in/twilio/{site_id:uuid}", self._waits_for_database(self.inbound), methods=["POST"]),
            ]
        )

    def _waits_for_database(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """No 2xx before what it promises is stored: carriers repeat what was answered 503."""

        async def guarded(request: Request) -> Response:
            try:
                return await handler(request)
            except (*UNREACHABLE, CommitUnconfirmed):
                return Response(status_code=503, headers={"Retry-After": "5"})

        return guarded

    async def follow(self, request: Request) -> Response:
        """To the shop, with the token in the fragment. It changes nothing: previews and scanners come here too."""
        row = await find_link(self._pool, request.path_params["token"])
        if row is None:
            return self._gone()
        site, cart = _site(row["settings"]), NudgedCart.model_validate_json(row["cart"])
        target = shop_address(site.hosts[0], cart.return_path)
        return RedirectResponse(f"{target}#beckon={request.path_params['token']}", 302, headers=PAGE_HEADERS)

    async def cart(self, request: Request) -> Response:
        """The items, for the snippet on the shop's own pages; nothing about a person."""
        row = await find_link(self._pool, request.path_params["token"])
        if row is None:
            return JSONResponse({"reason": "unknown_link"}, 404)
        site, cart = _site(row["settings"]), NudgedCart.model_validate_json(row["cart"])
        headers = {"Cache-Control": "no-store", "Vary": "Origin"}
        origin = request.headers.get("Origin", "")
        if origin in {shop_address(host, "").rstrip("/") for host in site.hosts}:
            headers["Access-Control-Allow-Origin"] = origin
        return JSONResponse(told_cart(cart), headers=headers)

    async def saved(self, request: Request) -> Response:
        """ "Your saved cart", where the shop cannot rebuild it by itself."""
        row = await find_link(self._pool, request.path_params["token"])
        if row is None:
            return self._gone()
        site, cart = _site(row["settings"]), NudgedCart.model_validate_json(row["cart"])
        lines = [(item.name or item.product_id, item.quantity, shop_address(site.hosts[0], item.path)) for item in cart.items]
        page = pages.get_template("saved_cart.html").render(
            brand=site.name, lines=lines, shop=shop_address(site.hosts[0], cart.return_path)
        )
        return HTMLResponse(page, headers=PAGE_HEADERS)

    def _gone(self) -> Response:
        return HTMLResponse(pages.get_template("gone.html").render(), 404, headers=PAGE_HEADERS)

    async def callback(self, request: Request) -> Response:
        """What a carrier says of one attempt: signed by the site's token, at an address that only we could make."""
        site_id: UUID = request.path_params["site_id"]
        attempt_id, mac = request.path_params["attempt_id"], request.path_params["mac"]
        form = await _form(request)
        if form is None or not self._addresses.is_mac(site_id, attempt_id, mac):
            return self._refused("bad_address")
        async with transaction(self._pool) as tx:
            store = Store(tx)
            site = await store.site(site_id)
            if site is None or not self._is_signed(request, form, site):
                return self._refused("bad_signature")
            attempt = await store.attempts.lock_attempt(site_id, attempt_id)
            known = attempt is not None and await apply_callback(
                store, attempt, form.get("MessageStatus", ""), form.get("MessageSid", ""), self._clock
            )
        self._committed()
        self._metrics.callbacks.labels("applied" if known else "unknown").inc()
        return Response(status_code=204)

    async def inbound(self, request: Request) -> Response:
        """A reply. It is answered 200 only once what it changes is stored."""
        site_id: UUID = request.path_params["site_id"]
        form = await _form(request)
        async with transaction(self._pool) as tx:
            store = Store(tx)
            site = await store.site(site_id)
            if form is None or site is None or not self._is_signed(request, form, site):
                return self._refused("bad_signature")
            reply = self._read_reply(form, site)
            meaning = None if reply is None else await apply_reply(reply, store, self._new_id)
        self._committed()
        self._metrics.replies.labels("repeated" if meaning is None else meaning.value).inc()
        return Response(EMPTY_TWIML, media_type="text/xml")

    def _refused(self, outcome: str) -> Response:
        self._metrics.callbacks.labels(outcome).inc()
        return Response(status_code=403)

    def _is_signed(self, request: Request, form: dict[str, str], site: SiteConfigured) -> bool:
        """Over the address that the carrier called, which is our public one, whatever a proxy made of it."""
        sender = self._secret(site, "sms_sender")
        if sender is None:
            return False
        address = f"{self._addresses.public}{request.url.path}"
        return is_signed(SmsSender(**sender).auth_token, address, form, request.headers.get("X-Twilio-Signature", ""))

    def _read_reply(self, form: dict[str, str], site: SiteConfigured) -> Inbound | None:
        pepper = self._secret(site, "pepper")
        message_id, sender = form.get("MessageSid"), form.get("From")
        if pepper is None or not message_id or not sender:
            return None
        try:
            number = normalise(ContactKind.PHONE, sender)
        except UnreadableContact:
            return None
        own = Pepper(pepper["id"], from_base64url(pepper["key"]))
        contact = seal_contact(self._own_key, own, site.site_id, ContactKind.PHONE, number)
        return Inbound(site, message_id, contact, form.get("Body", ""), self._clock.now())

    def _secret(self, site: SiteConfigured, name: str) -> dict[str, str] | None:
        for secret in site.secrets:
            if secret.name == name and secret.reader == "notify":
                try:
                    opened: dict[str, str] = json.loads(open_secret(self._keys, site.site_id, name, secret.box))
                except (CannotOpen, ValueError):
                    log.error("secret_unreadable", name=name, site_id=str(site.site_id))
                    return None
                return opened
        return None


def told_cart(cart: NudgedCart) -> dict[str, object]:
    """A cart as the snippet's ``onRestore`` gets it."""
    return {
        "items": [
            {"productID": item.product_id, "productName": item.name, "quantity": item.quantity, "productURL": item.path}
            for item in cart.items
        ],
        "return_path": cart.return_path,
    }


def _site(settings: str) -> SiteConfigured:
    return SiteConfigured.model_validate_json(settings)


async def _form(request: Request) -> dict[str, str] | None:
    """The form's fields, None for what is too large."""
    if int(request.headers.get("Content-Length", "0")) > LONGEST_FORM:
        return None
    async with request.form(max_files=0, max_fields=100) as form:
        return {name: str(value) for name, value in form.items()}
