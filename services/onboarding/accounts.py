"""Signing up and in: argon2id, sessions of 32 random bytes stored hashed, throttled per account and per address."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST_PASSWORD = 12
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
THROTTLE_WINDOW = timedelta(minutes=15)
THROTTLE_LIMITS = {"account": 10, "address": 100, "signup": 20}
"""Failures within the window, for one account and for one address, behind which a whole office may sit."""

_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
_at_once = asyncio.Semaphore(2)  # each check takes 64 MiB
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$VGhpcyBpcyBub3QgYSBoYXNoIG9mIGFueXRoaW5nLi4"


@dataclass(frozen=True)
class SignedIn:
    """Who asks, and the token that their forms must bear."""

    account_id: UUID
    email: str
    csrf_token: str


async def hash_password(password: str) -> str:
    """Takes a tenth of a second in a thread."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_password(stored: str | None, password: str) -> bool:
    """Takes as long for an account that does not exist."""
    async with _at_once:
        return await asyncio.to_thread(_verify, stored or _NOBODY, password) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def new_session_token() -> str:
    """32 random bytes; only their hash is stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What the database has of a session."""
    return hashlib.sha256(token.encode()).digest()


def is_token(expected: str, given: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def throttle_subject(kind: str, value: str) -> str:
    """Failures are counted for a hash: neither names nor addresses are kept."""
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"


def is_throttled(failures: Mapping[str, int]) -> bool:
    """Whether one of these subjects has failed too often within the window."""
    return any(count >= THROTTLE_LIMITS[subject.partition(":")[0]] for subject, count in failures.items())


def is_alive(created_at: datetime, used_at: datetime, now: datetime) -> bool:
    """12 hours idle, 7 days at most."""
    return now - used_at < IDLE and now - created_at < LONGEST
