"""Signing up, in and out."""

import re
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts import (
    LONGEST,
    SHORTEST_PASSWORD,
    SignedIn,
    hash_password,
    is_password,
    new_session_token,
    throttle_subject,
    token_hash,
)
from services.onboarding.enrolment import Fault, Readers, host_of
from services.onboarding.forms import read_form
from services.onboarding.opening import guess, open_site, shop_fault
from services.onboarding.programs import for_programs
from services.onboarding.shop_check import Fetcher
from services.onboarding.store import AccountStore
from services.onboarding.web import COOKIE, Web, is_for_programs, session_token_of
from shared.events.settings import SiteConfigured
from shared.runtime.client_address import client_prefix
from shared.runtime.ids import new_random_id, new_uuid7
from shared.runtime.postgres import transaction
from shared.runtime.sealing import Pepper

_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s]{1,190}\Z")
PEPPER_ID = "p1"


class AccountPages:
    """The pages that need no session."""

    def __init__(self, web: Web, readers: Readers, fetcher: Fetcher) -> None:
        self._web = web
        self._readers = readers
        self._fetcher = fetcher

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/signup", self.show_sign_up, methods=["GET"]),
            Route("/signup", self.sign_up, methods=["POST"]),
            Route("/signin", self.show_sign_in, methods=["GET"]),
            Route("/signin", self.sign_in, methods=["POST"]),
            Route("/api/signin", for_programs(self.api_sign_in), methods=["POST"]),
            Route("/signout", self._web.signed_in(self.sign_out), methods=["POST"]),
        ]

    async def show_sign_up(self, request: Request) -> Response:
        """The form."""
        return self._web.page("signup.html", email="", shop="")

    async def show_sign_in(self, request: Request) -> Response:
        """The form."""
        return self._web.page("signin.html", email="")

    async def sign_up(self, request: Request) -> Response:
        """Make an account and, where a shop was named, its site: its codes are on the next page."""
        form = await read_form(request)
        email, password = form.get("email", "").strip().lower(), form.get("password", "")
        shop = form.get("shop", "").strip()
        faults = shop_fault(shop) if shop else []
        if not _EMAIL.match(email):
            faults.append(Fault("email", "Give your e-mail address, such as anna@shop.example."))
        if len(password) < SHORTEST_PASSWORD:
            faults.append(Fault("password", f"Choose a password of at least {SHORTEST_PASSWORD} characters."))
        if not self._web.comes_from_us(request) and not is_for_programs(request):
            faults.append(Fault("email", "Load this page again and repeat."))
        if faults:
            return self._web.page("signup.html", 422, email=email, shop=shop, faults=faults)
        if not await self._may_sign_up(request):
            fault = Fault("email", "Too many accounts were made from here. Wait a quarter of an hour, then try again.")
            return self._web.page("signup.html", 429, email=email, shop=shop, faults=[fault])
        hashed, account_id = await hash_password(password), new_uuid7()
        pepper = Pepper(PEPPER_ID, bytes.fromhex(new_random_id() + new_random_id()))
        async with transaction(self._web.pool) as tx:
            added = await AccountStore(tx).add_account(account_id, email, hashed, pepper, self._web.clock.now())
        if not added:
            fault = Fault("email", "This address cannot be used. If it is yours, sign in instead.")
            return self._web.page("signup.html", 422, email=email, shop=shop, faults=[fault])
        return await self._start_session(account_id=account_id, to=await self._first_page(account_id, shop))

    async def _may_sign_up(self, request: Request) -> bool:
        """Who tries many addresses, to learn which are taken or to fill the place with shops, waits."""
        subject = throttle_subject("signup", _client_of(request))
        async with transaction(self._web.pool) as tx:
            return await AccountStore(tx).take_try([subject], self._web.clock.now())

    async def _first_page(self, account_id: UUID, shop: str) -> str:
        """The set-up of the shop that was named; the form for one where none was, or where it cannot be made so."""
        host = host_of(shop) if shop else None
        if host is None:
            return "/sites/new"
        told = await guess(host, self._fetcher)
        async with transaction(self._web.pool) as tx:
            made = await open_site(tx, told, account_id, self._readers, self._web.clock.now())
        self._web.committed()
        return f"/sites/{made.site_id}/setup" if isinstance(made, SiteConfigured) else "/sites/new"

    async def sign_in(self, request: Request) -> Response:
        """One answer for an unknown account and for a wrong password; too many failures wait."""
        entered = await self._enter(request, is_ours=self._web.comes_from_us(request))
        return entered if isinstance(entered, Response) else await self._start_session(account_id=entered, to="/")

    async def api_sign_in(self, request: Request) -> Response:
        """A token for a program, to be sent as a bearer token. It ends as a browser's session does."""
        entered = await self._enter(request, is_ours=True)
        if isinstance(entered, Response):
            return entered
        told = {"token": await self._add_session(entered), "expires_in_seconds": int(LONGEST.total_seconds())}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def _enter(self, request: Request, *, is_ours: bool) -> UUID | Response:
        form, now = await read_form(request), self._web.clock.now()
        email, password = form.get("email", "").strip().lower(), form.get("password", "")
        subjects = [throttle_subject("account", email), throttle_subject("address", _client_of(request))]
        async with transaction(self._web.pool) as tx:
            allowed = await AccountStore(tx).take_try(subjects, now)
            account = await AccountStore(tx).account_named(email)
        if not allowed:
            return self._refuse_sign_in(email, "Too many attempts. Wait a quarter of an hour, then try again.", 429)
        if not await is_password(account[1] if account else None, password) or not is_ours:
            return self._refuse_sign_in(email, "This e-mail address and password do not go together.", 422)
        assert account is not None, "a password matches only where there is an account"
        async with transaction(self._web.pool) as tx:
            await AccountStore(tx).take_back_try(subjects, now)
        return account[0]

    def _refuse_sign_in(self, email: str, sentence: str, status: int) -> Response:
        return self._web.page("signin.html", status, email=email, faults=[Fault("email", sentence)])

    async def _add_session(self, account_id: UUID) -> str:
        token = new_session_token()
        async with transaction(self._web.pool) as tx:
            await AccountStore(tx).add_session(account_id, token_hash(token), new_random_id(), self._web.clock.now())
        return token

    async def _start_session(self, *, account_id: UUID, to: str) -> Response:
        token, answer = await self._add_session(account_id), self._web.go(to)
        answer.set_cookie(
            COOKIE, token, max_age=int(LONGEST.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
        )
        return answer

    async def sign_out(self, request: Request, who: SignedIn) -> Response:
        """End this session, here and in the database."""
        token = session_token_of(request)
        assert token is not None, "who is signed in has one"
        async with transaction(self._web.pool) as tx:
            await AccountStore(tx).end_session(token_hash(token))
        answer = self._web.go("/signin")
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return answer


def _client_of(request: Request) -> str:
    """Whom a throttle counts: the client behind our own proxies; of IPv6 all that one subscriber can choose from."""
    return client_prefix(request.client.host) if request.client else ""
