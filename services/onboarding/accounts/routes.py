"""Signing up, in and out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.password_checks import PasswordChecks, TooMany
from services.onboarding.accounts.sessions import LONGEST, SHORTEST_PASSWORD, SignedIn, token_hash
from services.onboarding.accounts.throttle import RETRY_AFTER_SECONDS, subject_of
from services.onboarding.shop.countries import DEFAULT_COUNTRY, countries
from services.onboarding.shop.sign_up import first_page_of, guess, open_site, shop_fault
from services.onboarding.shop.sites import UNKNOWN_PLATFORM, Fault, Readers, host_of, office_faults
from services.onboarding.shop_pages.shop_check import Fetcher
from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.passwords import Account, PasswordStore
from services.onboarding.web.forms import read_form
from services.onboarding.web.json_api import json_handler
from services.onboarding.web.pages import COOKIE, Web, client_of, is_json_request, session_token_of
from shared.events.settings import SiteConfigured
from shared.runtime.http.client_address import client_prefix
from shared.runtime.ids import new_random_id, new_uuid7
from shared.runtime.postgres.pool import transaction
from shared.runtime.security.sealing import Pepper

_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s]{1,190}\Z")
PEPPER_ID = "p1"
BUSY = f"Many are trying to sign in from your address just now. Try again in {RETRY_AFTER_SECONDS} seconds."


class AccountPages:
    """The pages that need no session."""

    def __init__(self, web: Web, readers: Readers, fetcher: Fetcher, checks: PasswordChecks) -> None:
        self._web = web
        self._readers = readers
        self._fetcher = fetcher
        self._checks = checks

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/signup", self.show_sign_up, methods=["GET"]),
            Route("/signup", self.sign_up, methods=["POST"]),
            Route("/signin", self.show_sign_in, methods=["GET"]),
            Route("/signin", self.sign_in, methods=["POST"]),
            Route("/api/signin", json_handler(self.api_sign_in), methods=["POST"]),
            Route("/signout", self._web.signed_in(self.sign_out), methods=["POST"]),
        ]

    async def show_sign_up(self, request: Request) -> Response:
        """The form."""
        return self._sign_up_page({"country": country_of_request(request)})

    def _sign_up_page(self, form: Mapping[str, str], status: int = 200, faults: Sequence[Fault] = ()) -> Response:
        shown: dict[str, Any] = {name: form.get(name, "") for name in ("email", "shop", "country", "back_office_hosts")}
        return self._web.page("signup.html", status, countries=countries(), faults=list(faults), **shown)

    async def show_sign_in(self, request: Request) -> Response:
        """The form."""
        return self._web.page("signin.html", email="")

    async def sign_up(self, request: Request) -> Response:
        """Make an account and, where a shop was named, its site: its codes are on the next page."""
        form = await read_form(request)
        email, password = form.get("email", "").strip().lower(), form.get("password", "")
        shop, country = form.get("shop", "").strip(), form.get("country", "").strip().upper()
        office = form.get("back_office_hosts", "").strip()
        faults = (shop_fault(shop) if shop else []) + office_faults(form)
        if not is_email(email):
            faults.append(Fault("email", "Give your e-mail address, such as anna@shop.example."))
        faults += password_faults(password)
        if country and country not in countries():
            faults.append(Fault("country", "Choose the country of your shop from the list."))
        if not self._web.comes_from_us(request) and not is_json_request(request):
            faults.append(Fault("email", "Load this page again and repeat."))
        if faults:
            return self._sign_up_page(form, 422, faults)
        if not await self._may_sign_up(request):
            fault = Fault("email", "Too many accounts were made from here. Wait a quarter of an hour, then try again.")
            return self._sign_up_page(form, 429, [fault])
        hashed, account_id = await self._checks.hash(password), new_uuid7()
        pepper = Pepper(PEPPER_ID, bytes.fromhex(new_random_id() + new_random_id()))
        async with transaction(self._web.pool) as tx:
            added = await AccountStore(tx).add_account(account_id, email, hashed, pepper, self._web.clock.now())
            account = await PasswordStore(tx).account(account_id) if added else None
        if account is None:
            fault = Fault("email", "This address cannot be used. If it is yours, sign in instead.")
            return self._sign_up_page(form, 422, [fault])
        return await self._enter(request, account, to=await self._first_page(account_id, shop, country, office))

    async def _may_sign_up(self, request: Request) -> bool:
        """Whether this client may make an account: not one that tries many addresses, or makes shops without end."""
        subject = subject_of("signup", client_prefix(client_of(request)))
        async with transaction(self._web.pool) as tx:
            return await PasswordStore(tx).take_within_limit([subject], self._web.clock.now())

    async def _first_page(self, account_id: UUID, shop: str, country: str, office: str) -> str:
        """The set-up of the shop that was named; the form for one where none was, or where it cannot be made so."""
        host = host_of(shop) if shop else None
        if host is None:
            return "/sites/new"
        guessed = await guess(host, first_page_of(shop), self._fetcher)
        fields = {"platform": UNKNOWN_PLATFORM, "country": country, "back_office_hosts": office, **guessed}
        async with transaction(self._web.pool) as tx:
            made = await open_site(tx, fields, account_id, self._readers, self._web.clock.now())
        self._web.committed()
        return f"/sites/{made.site_id}/setup" if isinstance(made, SiteConfigured) else "/sites/new"

    async def sign_in(self, request: Request) -> Response:
        """One answer for an unknown account and for a wrong password; who guesses is answered slower and slower."""
        checked = await self._check(request, is_ours=self._web.comes_from_us(request))
        return checked if isinstance(checked, Response) else await self._enter(request, checked, to="/")

    async def api_sign_in(self, request: Request) -> Response:
        """A token for API clients, to be sent as a bearer token. It ends as a browser's session does."""
        checked = await self._check(request, is_ours=True)
        if isinstance(checked, Response):
            return checked
        body = {
            "token": await self._web.add_session(checked.account_id),
            "expires_in_seconds": int(LONGEST.total_seconds()),
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _check(self, request: Request, *, is_ours: bool) -> Account | Response:
        form = await read_form(request)
        email = form.get("email", "").strip().lower()
        try:
            account = await self._checks.enter(request, email, form.get("password", ""), is_ours=is_ours)
        except TooMany:
            answer = self._refuse_sign_in(email, BUSY, 429)
            answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return answer
        return account or self._refuse_sign_in(email, "Wrong e-mail or password.", 422)

    def _refuse_sign_in(self, email: str, sentence: str, status: int) -> Response:
        return self._web.page("signin.html", status, email=email, faults=[Fault("email", sentence)])

    async def _enter(self, request: Request, account: Account, *, to: str) -> Response:
        answer = await self._web.start_session(account.account_id, to)
        self._checks.remember_device(request, answer, account)
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


def country_of_request(request: Request) -> str:
    """The country that the browser's first language names, such as that of ``de-AT``; else the United States."""
    language = request.headers.get("Accept-Language", "")[:100].partition(",")[0].partition(";")[0].strip()
    _, dash, region = language.rpartition("-")
    return region.upper() if dash and region.upper() in countries() else DEFAULT_COUNTRY


def is_email(text: str) -> bool:
    """An address that a mail could be sent to, by its form alone."""
    return _EMAIL.match(text) is not None and text.isprintable()


def password_faults(password: str, field: str = "password") -> list[Fault]:
    """What is wrong with a new password. Its length alone counts (NIST SP 800-63B)."""
    if len(password) < SHORTEST_PASSWORD:
        return [Fault(field, f"Choose a password of at least {SHORTEST_PASSWORD} characters.")]
    return []
