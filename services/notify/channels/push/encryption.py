"""Message encryption for web push (RFC 8291): only the browser that subscribed can read what is sent to it."""

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.notify.channels.push.content_coding import SALT_BYTES, encode, expand

LARGEST_PLAINTEXT = 2_700
"""A push service must take 4,096 bytes of body (RFC 8030, 7.2), but bridges encode it anew and need a third more."""
CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class BrowserKeys:
    """The keys of a subscription: a point on P-256 and 16 bytes that both sides know."""

    public: ec.EllipticCurvePublicKey = field(repr=False)
    auth: bytes = field(repr=False)


def browser_keys(p256dh: bytes, auth: bytes) -> BrowserKeys:
    """Read the keys of a subscription.

    Raises:
        ValueError: no uncompressed point on P-256, or no 16 bytes (RFC 8291, 7).
    """
    if len(p256dh) != 65 or len(auth) != 16:
        raise ValueError("a subscription needs a point of 65 bytes and an authentication secret of 16")
    return BrowserKeys(ec.EllipticCurvePublicKey.from_encoded_point(CURVE, p256dh), auth)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """The 65 bytes of an uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    keys: BrowserKeys, plaintext: bytes, private: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The body of a push: one record, with a key pair and a salt that are used once. The last two are given by tests alone."""
    assert len(plaintext) <= LARGEST_PLAINTEXT, "a payload is bounded where it is made"
    private = private or ec.generate_private_key(CURVE)
    own, theirs = point(private.public_key()), point(keys.public)
    shared = private.exchange(ec.ECDH(), keys.public)
    extracted = hmac.digest(keys.auth, shared, hashlib.sha256)
    key_material = expand(extracted, b"WebPush: info\x00" + theirs + own, 32)
    return encode(key_material, salt or os.urandom(SALT_BYTES), own, plaintext)
