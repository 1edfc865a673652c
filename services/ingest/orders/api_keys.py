"""The signer of an order report: by a bearer key, or by a signature over time and body."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from re import ASCII, compile
from uuid import UUID

from services.ingest.admission import Refusal
from services.ingest.sites import ApiKeyOfSite, Sites

TOLERANCE_SECONDS = 300

_BEARER = compile(r"Bearer\s+bsk_([0-9a-z]{8,32})_([A-Za-z0-9_-]{16,128})", ASCII)
_NOBODY = ApiKeyOfSite(UUID(int=0), b"\0" * 32)


@dataclass(frozen=True)
class Signature:
    """``t=<unix seconds>,kid=<key id>,v1=<hex>``."""

    sent_at: int
    key_id: str
    digest: str


def signer_of(authorization: str, signature: str, body: bytes, now: float, sites: Sites) -> UUID | Refusal:
    """The site whose secret key signed this call, or why it is not believed. ``now`` is Unix time."""
    if signature:
        return _by_signature(signature, body, now, sites)
    found = _BEARER.fullmatch(authorization.strip())
    if found is None:
        return Refusal.BAD_KEY
    key = sites.api_key(found[1])
    presented = sha256(found[2].encode()).digest()
    same = hmac.compare_digest(presented, (key or _NOBODY).sha256)
    return key.site_id if key is not None and same else Refusal.BAD_KEY


def sign(secret: str, key_id: str, body: bytes, sent_at: int) -> str:
    """The header for a body: HMAC-SHA-256 under the SHA-256 of the secret, which is all that we keep of it."""
    digest = _digest(sha256(secret.encode()).digest(), sent_at, body)
    return f"t={sent_at},kid={key_id},v1={digest}"


def _by_signature(header: str, body: bytes, now: float, sites: Sites) -> UUID | Refusal:
    signature = _parse(header)
    if signature is None:
        return Refusal.BAD_KEY
    key = sites.api_key(signature.key_id)
    right = _digest((key or _NOBODY).sha256, signature.sent_at, body)
    same = hmac.compare_digest(right.encode(), signature.digest.encode())
    if key is None or not same:
        return Refusal.BAD_KEY
    return key.site_id if abs(now - signature.sent_at) <= TOLERANCE_SECONDS else Refusal.STALE_SIGNATURE


def _digest(key: bytes, sent_at: int, body: bytes) -> str:
    return hmac.new(key, f"{sent_at}.".encode() + body, sha256).hexdigest()


def _parse(header: str) -> Signature | None:
    parts = dict(part.strip().split("=", 1) for part in header[:512].split(",") if "=" in part)
    sent_at = parts.get("t", "")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12):
        return None
    return Signature(int(sent_at), parts.get("kid", ""), parts.get("v1", ""))
