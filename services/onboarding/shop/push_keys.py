"""A shop's key pair for web push (RFC 8292)."""

import json
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.events.settings import Secret
from shared.runtime.security.sealing import ReaderPublicKey, seal_secret, to_base64url


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


def vapid_secret(site_id: UUID, keys: PushKeys, notify: ReaderPublicKey) -> Secret:
    """The pair as a secret of the site, sealed for notify, which sends."""
    text = json.dumps({"public": keys.public, "private": keys.private}).encode()
    return Secret(name="vapid", reader="notify", box=seal_secret(notify, site_id, "vapid", text))
