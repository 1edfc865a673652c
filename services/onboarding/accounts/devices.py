"""Device cookies: a browser that has signed in to an account is known to it, so that strangers' guesses cost it nothing.

The cookie is signed with a key of the account, opens nothing, and is forgotten when the password is changed.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

DEVICE_COOKIE = "__Host-beckon-device"
KNOWN_FOR = timedelta(days=180)
MOST_ACCOUNTS = 5
"""Of one browser; an agency signs in to several."""
LONGEST_TOKEN = 160
_BETWEEN = "~"


@dataclass(frozen=True)
class DeviceKey:
    """An account and the key that its devices' cookies are signed with."""

    account_id: UUID
    key: bytes


def new_device(owner: DeviceKey, now: datetime) -> str:
    """A signed token: a random name, when it was given, and the signature of both for this account."""
    name, given_at = secrets.token_urlsafe(16), int(now.timestamp())
    return f"{name}.{given_at}.{_signature(owner, name, given_at)}"


def device_in(cookie: str, owner: DeviceKey, now: datetime) -> str | None:
    """The name of the device if one of the cookie's tokens was signed for this account and is not too old."""
    for token in cookie.split(_BETWEEN)[:MOST_ACCOUNTS]:
        name, _, rest = token.partition(".")
        given, _, signature = rest.partition(".")
        if not (given.isascii() and given.isdigit() and len(given) <= 11):
            continue
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(owner, name, int(given)).encode()):
            continue
        if timedelta() <= now - datetime.fromtimestamp(int(given), UTC) + timedelta(minutes=5) <= KNOWN_FOR:
            return name
    return None


def with_device(cookie: str, owner: DeviceKey, now: datetime) -> str:
    """The cookie of a browser that has just signed in; other accounts of the browser stay known."""
    others = [
        token for token in cookie.split(_BETWEEN) if 0 < len(token) <= LONGEST_TOKEN and device_in(token, owner, now) is None
    ]
    return _BETWEEN.join([new_device(owner, now), *others][:MOST_ACCOUNTS])


def _signature(owner: DeviceKey, name: str, given_at: int) -> str:
    text = f"beckon/device/v1|{owner.account_id}|{name}|{given_at}".encode("utf-8", "surrogatepass")
    return hmac.new(owner.key, text, hashlib.sha256).hexdigest()
