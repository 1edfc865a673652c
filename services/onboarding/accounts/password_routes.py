"""A password is changed by who knows it, and replaced by who has a link."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.onboarding.accounts.mail import ResetMails
from services.onboarding.accounts.password_checks import PasswordChecks, TooMany
from services.onboarding.accounts.routes import BUSY, is_email, password_faults
from services.onboarding.accounts.sessions import SignedIn, token_hash
from services.onboarding.accounts.throttle import RETRY_AFTER_SECONDS, subject_of
from services.onboarding.shop.sites import Fault
from services.onboarding.storage.passwords import PasswordStore
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web, client_of, is_json_request, session_token_of
from shared.runtime.http.client_address import client_prefix
from shared.runtime.postgres.pool import transaction


class PasswordPages:
    """A changed password ends every other session and every link that is out."""

    def __init__(self, web: Web, checks: PasswordChecks, mails: ResetMails) -> None:
        self._web = web
        self._checks = checks
        self._mails = mails

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/account", self._web.signed_in(self.show), methods=["GET"]),
            Route("/account/password", self._web.signed_in(self.change), methods=["POST"]),
            Route("/forgot", self.show_forgot, methods=["GET"]),
            Route("/forgot", self.forgot, methods=["POST"]),
            Route("/reset/{token:str}", self.show_reset, methods=["GET"]),
            Route("/reset/{token:str}", self.reset, methods=["POST"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The form that changes the password."""
        return self._web.page("account.html", signed_in=who, changed="changed" in request.query_params)

    async def change(self, request: Request, who: SignedIn) -> Response:
        """Change the password by the one before it, and end every other session of the account."""
        form = await read_form(request)
        faults = password_faults(form.get("new_password", ""), "new_password")
        try:
            if not faults and not await self._checks.is_own(who, form.get("password", "")):
                faults = [Fault("password", "This is not your password as it is now.")]
        except TooMany:
            answer = self._web.page("account.html", 429, signed_in=who, changed=False, faults=[Fault("password", BUSY)])
            answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return answer
        if faults:
            return self._web.page("account.html", 422, signed_in=who, changed=False, faults=faults)
        hashed, token = await self._checks.hash(form["new_password"]), session_token_of(request)
        assert token is not None, "who is signed in has one"
        async with transaction(self._web.pool) as tx:
            store = PasswordStore(tx)
            await store.put_password(who.account_id, hashed)
            await store.end_sessions(who.account_id, but=token_hash(token))
            account = await store.account(who.account_id)
        answer = self._web.go("/account?changed")
        self._checks.remember_device(request, answer, account)
        return answer

    async def show_forgot(self, request: Request) -> Response:
        """The form that asks for a link."""
        return self._web.page("forgot.html", email="", asked=False, can_send=self._mails.can_send)

    async def forgot(self, request: Request) -> Response:
        """Mail a link. The answer is the same whether there is such an account or not."""
        form, can_send = await read_form(request), self._mails.can_send
        email = form.get("email", "").strip().lower()
        faults = [] if is_email(email) else [Fault("email", "Give your e-mail address, such as anna@shop.example.")]
        if not self._web.comes_from_us(request) and not is_json_request(request):
            faults = [Fault("email", "Load this page again and repeat.")]
        if faults:
            return self._web.page("forgot.html", 422, email=email, asked=False, can_send=can_send, faults=faults)
        subject = subject_of("reset_address", client_prefix(client_of(request)))
        async with transaction(self._web.pool) as tx:
            is_taken = await PasswordStore(tx).take_within_limit([subject], self._web.clock.now())
        if not is_taken:
            faults = [Fault("email", "Many links were asked for from your address. Wait a quarter of an hour, then try again.")]
            return self._web.page("forgot.html", 429, email=email, asked=False, can_send=can_send, faults=faults)
        if can_send:
            self._mails.ask(email)
        return self._web.page("forgot.html", email=email, asked=can_send, can_send=can_send)

    async def show_reset(self, request: Request) -> Response:
        """The form that a link leads to. Looking at it does not use the link up: scanners of mail look too."""
        async with transaction(self._web.pool) as tx:
            is_good = await PasswordStore(tx).has_reset(token_hash(request.path_params["token"]), self._web.clock.now())
        return self._web.page("reset.html") if is_good else self._ended()

    async def reset(self, request: Request) -> Response:
        """Replace the password by the link, which ends, as does every session; and sign in."""
        form = await read_form(request)
        faults = password_faults(form.get("new_password", ""), "new_password")
        if not self._web.comes_from_us(request) and not is_json_request(request):
            faults = [Fault("new_password", "Load this page again and repeat.")]
        if faults:
            return self._web.page("reset.html", 422, faults=faults)
        token, now = token_hash(request.path_params["token"]), self._web.clock.now()
        async with transaction(self._web.pool) as tx:
            if not await PasswordStore(tx).has_reset(token, now):
                return self._ended()  # before the work of hashing is done for nobody
        hashed = await self._checks.hash(form["new_password"])
        async with transaction(self._web.pool) as tx:
            store = PasswordStore(tx)
            account_id = await store.take_reset(token, now)
            if account_id is None:
                return self._ended()
            await store.put_password(account_id, hashed)
            await store.end_sessions(account_id)
            account = await store.account(account_id)
        answer = await self._web.start_session(account_id, "/")
        self._checks.remember_device(request, answer, account)
        return answer

    def _ended(self) -> Response:
        text = "It was used already, or it is older than an hour. Ask for a new one where you sign in."
        return self._web.page("message.html", 404, title="This link has ended", text=text)
