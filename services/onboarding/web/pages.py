"""What every page of the console shares: sessions, forms that prove where they come from, rendering."""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.onboarding.accounts.sessions import LONGEST, SignedIn, is_token, new_session_token, token_hash
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.texting.senders import cost_in_words
from services.onboarding.web.forms import read_form
from services.onboarding.web.headers import SAFE
from services.onboarding.web.json_api import Page
from services.onboarding.web.reason_texts import STATES, reason_text, witness_texts
from shared.events.currencies import to_words
from shared.events.envelope import Money
from shared.messages.counts import counted
from shared.runtime.clock import Clock
from shared.runtime.http.untrusted import host_of
from shared.runtime.ids import new_random_id
from shared.runtime.postgres.pool import Pool, Transaction, transaction

COOKIE = "__Host-beckon"
_WIRE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
SIGNED_OUT = {"reason": "signed_out", "remedy": "Get a token at /api/signin, and send it as a bearer token."}
FORGED = {"reason": "forged", "remedy": "Send your token as a bearer token: a cookie alone changes nothing here."}
STATIC = Path(__file__).parents[1] / "static"

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]
SignedInHandler = Callable[[Request, SignedIn], Awaitable[Response]]


def is_json_request(request: Request) -> bool:
    """Whether a request is answered in JSON, as the API and the stream are; pages lead to the page for signing in."""
    path: str = request.scope["path"]
    return path.startswith("/api/") or path.endswith("/stream")


def bearer_of(request: Request) -> str | None:
    """An API client's token. No page of somebody else's can make a browser send one, so it needs no further proof of origin."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def client_of(request: Request) -> str:
    """The client's address: the server has looked behind the proxies that are ours."""
    return request.client.host if request.client else ""


def session_token_of(request: Request) -> str | None:
    """The session's token: an API client's, or the one in a browser's cookie."""
    return bearer_of(request) or cookie_of(request, COOKIE)


def cookie_of(request: Request, name: str) -> str | None:
    """One cookie. A general parser of cookies undoes quoting too, in time that grows with the square of its length."""
    pairs = (pair.strip().partition("=") for pair in request.headers.get("Cookie", "").split(";"))
    return next((value for key, _, value in pairs if key == name and value), None)


def money(amount: Money | None) -> str:
    """An amount in its own currency, for people."""
    return "–" if amount is None else to_words(amount)  # noqa: RUF001 - a dash, as tables show nothing


def local_time(moment: datetime, zone: str) -> str:
    """A moment in the site's zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%b %d, %H:%M:%S")


def table_text(value: Any, zone: str) -> str:
    """One value of an answer in a table: moments in the site's zone, amounts in their currency, lists by their names."""
    match value:
        case None:
            return "–"  # noqa: RUF001 - a dash, as tables show nothing
        case {"minor": int(), "currency": str()}:
            return money(Money.model_validate(value))
        case list():
            return ", ".join(
                str(each.get("name") or each.get("product_id")) if isinstance(each, dict) else str(each) for each in value
            )
        case str() if (moment := _moment_in(value)) is not None:
            return local_time(moment, zone)
        case _:
            return str(value)


def _moment_in(text: str) -> datetime | None:
    """A moment as events spell one; a stranger's text may only look like it."""
    try:
        return datetime.fromisoformat(text) if _WIRE_TIME.fullmatch(text) else None
    except ValueError:
        return None


def asset(name: str) -> str:
    """The address of a static file; a changed file has a changed address."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


pages = Environment(
    loader=PackageLoader("services.onboarding"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
pages.filters.update(
    money=money,
    local_time=local_time,
    reason=reason_text,
    witnesses=witness_texts,
    cost=cost_in_words,
    table_text=table_text,
    counted=counted,
)
pages.globals.update(asset=asset, STATES=STATES)


class NotFound(Exception):
    """What an address names is not there, or is another account's: ``Web.signed_in`` answers 404, the same for both."""


class Web:
    """Sessions and pages over a pool."""

    def __init__(self, pool: Pool, clock: Clock, committed: Callable[[], None]) -> None:
        self.pool = pool
        self.clock = clock
        self.committed = committed

    def page(self, template: str, status: int = 200, *, json: Mapping[str, Any] | None = None, **values: Any) -> Response:
        """Render a template. ``json`` is the answer to the same form sent to the API; where it is None, that it was done."""
        shown = {"signed_in": None, "site": None, "faults": [], **values}
        html = pages.get_template(template).render(shown)
        return Page(html, status, SAFE, shown["faults"], {"done": True} if json is None else json)

    def go(self, address: str) -> Response:
        """A redirect to another page, after a form."""
        return RedirectResponse(address, 303)

    def not_found(self, request: Request) -> Response:
        """The 404 answer: the same for what is not there and for what is somebody else's."""
        if is_json_request(request):
            return JSONResponse({"reason": "not_found"}, 404, headers={"Cache-Control": "no-store"})
        return self.page(
            "message.html", 404, title="There is nothing here", text="It may have moved, or it is not yours to see."
        )

    def comes_from_us(self, request: Request) -> bool:
        """Whether a form is from our own pages: browsers name the origin of every POST."""
        origin, host = request.headers.get("Origin", ""), host_of(request.headers.get("Host"))
        if not origin:
            return request.headers.get("Sec-Fetch-Site") in ("same-origin", "none")
        return host is not None and host_of(origin) == host

    def signed_in(self, handler: SignedInHandler) -> Handler:
        """A guarded handler: only for who is signed in, forms must bear the session's own token, and ``NotFound`` is a 404."""

        @wraps(handler)
        async def guarded(request: Request) -> Response:
            who = await self.who(request)
            if who is None:
                return JSONResponse(SIGNED_OUT, 401) if is_json_request(request) else self.go("/signin")
            if request.method == "POST" and bearer_of(request) is None:
                form = await read_form(request)
                if not self.comes_from_us(request) or not is_token(who.csrf_token, form.get("csrf_token", "")):
                    if is_json_request(request):
                        return JSONResponse(FORGED, 403)
                    text = "Go back, load the page again and repeat what you did."
                    return self.page("message.html", 403, title="This form has expired", text=text)
            try:
                return await handler(request, who)
            except NotFound:
                return self.not_found(request)

        return guarded

    async def who(self, request: Request) -> SignedIn | None:
        """Who bears the request's session."""
        token = session_token_of(request)
        if not token:
            return None
        async with transaction(self.pool) as tx:
            return await AccountStore(tx).session(token_hash(token), self.clock.now())

    async def add_session(self, account_id: UUID) -> str:
        """A new session's token."""
        token = new_session_token()
        async with transaction(self.pool) as tx:
            await AccountStore(tx).add_session(account_id, token_hash(token), new_random_id(), self.clock.now())
        return token

    async def start_session(self, account_id: UUID, to: str) -> Response:
        """Sign a browser in, and lead it on."""
        token, answer = await self.add_session(account_id), self.go(to)
        seconds = int(LONGEST.total_seconds())
        answer.set_cookie(COOKIE, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    @asynccontextmanager
    async def transaction_of(self, who: SignedIn) -> AsyncIterator[Transaction]:
        """A transaction that sees the sites of this account and no other, whatever its statements are."""
        async with transaction(self.pool) as tx:
            await AccountStore(tx).see_only(who.account_id)
            yield tx

    async def site(self, who: SignedIn, request: Request) -> Site:
        """The site that the address names, read in a transaction of its own. Raises ``NotFound``."""
        async with self.site_transaction(who, request) as (_, site):
            return site

    @asynccontextmanager
    async def site_transaction(
        self, who: SignedIn, request: Request, *, lock: bool = False
    ) -> AsyncIterator[tuple[Transaction, Site]]:
        """A transaction, and the site that the address names. Raises ``NotFound`` where it is not this account's.

        Reading it makes nobody wait; with ``lock`` changes of the site follow each other until the commit.
        """
        async with self.transaction_of(who) as tx:
            look_up = AccountStore(tx).lock_site if lock else AccountStore(tx).site_of
            yield tx, found(await look_up(who.account_id, request.path_params["site_id"]))


def found(wanted: T | None) -> T:
    """What was looked up. Raises ``NotFound`` where there is none."""
    if wanted is None:
        raise NotFound
    return wanted
