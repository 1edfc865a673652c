"""Signing up and in: argon2id, sessions of 32 random bytes stored hashed."""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST_PASSWORD = 12
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
MOST_AT_ONCE = 2
"""Each check takes 64 MiB."""
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
"""A tenth of a second of one core."""


@dataclass(frozen=True)
class SignedIn:
    """Who asks, and the token that their forms must bear."""

    account_id: UUID
    email: str
    csrf_token: str


class Passwords:
    """Hashes passwords in threads, a few at once; a known browser does not stand in the queue of those who guess."""

    def __init__(self, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._strangers = asyncio.Semaphore(MOST_AT_ONCE)
        self._known = asyncio.Semaphore(MOST_AT_ONCE)
        self._nobody = hasher.hash(secrets.token_hex())

    async def hash(self, password: str) -> str:
        """The argon2id hash that is stored of a password."""
        async with self._strangers:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str, *, is_known: bool) -> bool:
        """Whether a password is the stored one. Takes as long for an account that does not exist.

        ``is_known``: whoever asks has been in this account before.
        """
        async with self._known if is_known else self._strangers:
            return await asyncio.to_thread(self._verify, stored or self._nobody, password) and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


def new_session_token() -> str:
    """32 random bytes; only their hash is stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """The SHA-256 of a token, which is all that the database has of it."""
    return hashlib.sha256(token.encode()).digest()


def is_token(expected: str, given: str) -> bool:
    """Whether a token is the expected one, compared in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def is_alive(created_at: datetime, used_at: datetime, now: datetime) -> bool:
    """Whether a session still counts: until 12 hours without a request, and for 7 days at most."""
    return now - used_at < IDLE and now - created_at < LONGEST
