"""Identification of a sender of pushes (RFC 8292): a token for each push service, signed with the shop's key, for 12 hours."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from services.notify.channels.push.encryption import CURVE
from shared.runtime.security.sealing import from_base64url, to_base64url

GOOD_FOR = timedelta(hours=12)
USED_FOR = timedelta(hours=11)
MOST_TOKENS = 10_000
HEADER = {"typ": "JWT", "alg": "ES256"}


@dataclass(frozen=True)
class VapidKeys:
    """A shop's pair. ``public`` is the one that browsers subscribed with: base64url of an uncompressed point."""

    public: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def parse(cls, public: str, private: str) -> "VapidKeys":
        """Read both halves in base64url. Raises ValueError where the private one is no number on P-256."""
        return cls(public, ec.derive_private_key(int.from_bytes(from_base64url(private)), CURVE))


def signing_input(origin: str, expires_at: datetime, subject: str) -> str:
    """Header and claims of the token, without its signature."""
    claims = {"aud": origin, "exp": int(expires_at.timestamp()), "sub": subject}
    return ".".join(to_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (HEADER, claims))


def sign(keys: VapidKeys, text: str) -> str:
    """ES256: r and s, 32 bytes each (RFC 7518, 3.4)."""
    r, s = decode_dss_signature(keys.private.sign(text.encode(), ec.ECDSA(SHA256())))
    return to_base64url(r.to_bytes(32) + s.to_bytes(32))


class Tokens:
    """Makes each token once. ``subject`` is the contact for a push service: ``mailto:`` or ``https:``."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._made: dict[tuple[str, str], tuple[datetime, str]] = {}

    def authorization(self, keys: VapidKeys, origin: str, now: datetime) -> str:
        """The value of the Authorization header for one push service."""
        made_at, value = self._made.get((keys.public, origin), (now, ""))
        if not value or not now - USED_FOR < made_at <= now:
            if len(self._made) >= MOST_TOKENS:
                self._made.clear()
            text = signing_input(origin, now + GOOD_FOR, self._subject)
            value = f"vapid t={text}.{sign(keys, text)}, k={keys.public}"
            self._made[keys.public, origin] = (now, value)
        return value
