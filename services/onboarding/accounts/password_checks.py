"""Password checks: counted before they are made, slower for who guesses, at once for a browser that is known."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from services.onboarding.accounts.devices import DEVICE_COOKIE, KNOWN_FOR, device_in, with_device
from services.onboarding.accounts.sessions import Passwords, SignedIn
from services.onboarding.accounts.throttle import WaitingRoom, delay_seconds, subject_of
from services.onboarding.storage.passwords import Account, PasswordStore
from services.onboarding.web.pages import Web, client_of, cookie_of
from shared.runtime.http.client_address import client_prefix
from shared.runtime.postgres.pool import transaction

MOST_KNOWN_WAITING = 50

Sleep = Callable[[float], Awaitable[None]]


class TooMany(Exception):
    """Too many tries are under way already; this one was not made."""


class PasswordChecks:
    """Whoever knows the password gets in, however many guess meanwhile: at worst after a wait, or when asked to come again."""

    def __init__(self, web: Web, passwords: Passwords, sleep: Sleep = asyncio.sleep) -> None:
        self._web = web
        self._passwords = passwords
        self._sleep = sleep
        self._strangers = WaitingRoom()
        self._known = WaitingRoom(most=MOST_KNOWN_WAITING)

    async def enter(self, request: Request, email: str, password: str, *, is_ours: bool) -> Account | None:
        """The account, or None for a wrong password and for an account that does not exist.

        Raises:
            TooMany: as many tries from this address, or in all, wait as may.
        """
        now, client = self._web.clock.now(), client_prefix(client_of(request))
        async with transaction(self._web.pool) as tx:
            account = await PasswordStore(tx).account_named(email)
        device = None if account is None else device_in(cookie_of(request, DEVICE_COOKIE) or "", account.owner, now)
        if device is None:
            subjects = [subject_of("account", email), subject_of("address", client)]
        else:
            subjects = [subject_of("device", device)]
        room = self._strangers if device is None else self._known
        with room.admit(client if device is None else device) as is_admitted:
            if not is_admitted:
                raise TooMany
            stored = None if account is None else account.password_hash
            is_right = await self._check(subjects, stored, password, is_ours=is_ours, is_known=device is not None)
        return account if is_right else None

    async def is_own(self, who: SignedIn, password: str) -> bool:
        """Whether somebody who is signed in knows the account's password too.

        Raises:
            TooMany: as many tries for this account wait as may.
        """
        async with transaction(self._web.pool) as tx:
            account = await PasswordStore(tx).account(who.account_id)
        subjects = [subject_of("change", str(who.account_id))]
        with self._known.admit(str(who.account_id)) as is_admitted:
            if not is_admitted:
                raise TooMany
            return await self._check(subjects, account.password_hash, password, is_ours=True, is_known=True)

    async def _check(self, subjects: list[str], stored: str | None, password: str, *, is_ours: bool, is_known: bool) -> bool:
        now = self._web.clock.now()
        async with transaction(self._web.pool) as tx:
            failures = await PasswordStore(tx).count_try(subjects, now)
        await self._sleep(delay_seconds(failures))
        if not await self._passwords.matches(stored, password, is_known=is_known) or not is_ours:
            return False
        async with transaction(self._web.pool) as tx:
            await PasswordStore(tx).take_back_try(subjects, now)
        return True

    async def hash(self, password: str) -> str:
        """The argon2id hash that is stored of a new password."""
        return await self._passwords.hash(password)

    def remember_device(self, request: Request, answer: Response, account: Account) -> None:
        """The browser that gets this answer is known to the account from now on."""
        value = with_device(cookie_of(request, DEVICE_COOKIE) or "", account.owner, self._web.clock.now())
        seconds = int(KNOWN_FOR.total_seconds())
        answer.set_cookie(DEVICE_COOKIE, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")
