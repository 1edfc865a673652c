"""A shop's key pair for web push (RFC 8292), and where its worker file lies."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.onboarding.enrolment import Fault, Readers, next_revision
from shared.events.settings import Secret, SiteConfigured
from shared.runtime.sealing import seal_secret, to_base64url

KEPT_PAIRS = 2
"""Browsers subscribe with the newest on their next visit; until then the one before it reaches them."""
PROPOSED_WORKER_PATH = "/beckon-worker.js"
_WORKER_PATH = re.compile(r"^/(?:[A-Za-z0-9._-]+/)*[A-Za-z0-9._-]+\.js\Z")
LONGEST_PATH = 200


@dataclass(frozen=True)
class PushKeys:
    """Both halves in base64url: an uncompressed point on P-256, and its number."""

    public: str
    private: str = field(repr=False)


def new_push_keys() -> PushKeys:
    """A pair of its own for each shop: one that is lost or refused harms no other."""
    pair = ec.generate_private_key(ec.SECP256R1())
    public = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return PushKeys(to_base64url(public), to_base64url(pair.private_numbers().private_value.to_bytes(32)))


def with_push_keys(site: SiteConfigured, keys: PushKeys, readers: Readers, now: datetime) -> SiteConfigured:
    """A new pair, boxed for notify; the one before it is kept until its subscribers have come by."""
    text = json.dumps({"public": keys.public, "private": keys.private}).encode()
    made = Secret(name="vapid", reader="notify", box=seal_secret(readers.notify, site.site_id, "vapid", text))
    older = [secret for secret in site.secrets if secret.name == "vapid"][: KEPT_PAIRS - 1]
    others = tuple(secret for secret in site.secrets if secret.name != "vapid")
    return next_revision(site, now, secrets=(*others, made, *older), vapid_public=keys.public)


def with_worker(site: SiteConfigured, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
    """Where the shop serves the worker file; without a path push is not offered."""
    path = form.get("worker_path", "").strip()
    if path and (len(path) > LONGEST_PATH or not _WORKER_PATH.match(path)):
        return [Fault("worker_path", f"Give the path of the file on your shop, such as {PROPOSED_WORKER_PATH}.")]
    return next_revision(site, now, worker_path=path or None)
