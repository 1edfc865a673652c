"""The browser's side of web push: makes a subscription, and opens what was encrypted for it (RFC 8291, from the other end)."""

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class Browser:
    """One subscription's private half."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    @classmethod
    def new(cls) -> "Browser":
        """As ``pushManager.subscribe`` makes it."""
        return cls(ec.generate_private_key(CURVE), os.urandom(16))

    @property
    def p256dh(self) -> bytes:
        """The public half."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def decrypt(self, body: bytes) -> bytes | None:
        """The plaintext of a single record, None where it was not made for this browser."""
        salt, length, sealed = body[:16], body[20], body[21 + body[20] :]
        theirs = body[21 : 21 + length]
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
        secret = _derive(self.auth, shared, b"WebPush: info\x00" + self.p256dh + theirs, 32)
        key = _derive(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derive(salt, secret, b"Content-Encoding: nonce\x00", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, sealed, None)
        except InvalidTag:
            return None
        return padded.rstrip(b"\x00").removesuffix(b"\x02")


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    extracted = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)[:length]
