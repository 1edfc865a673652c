"""The content coding ``aes128gcm`` (RFC 8188): a header and records of AES-128-GCM."""

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT_BYTES = 16
TAG_BYTES = 16
LAST, NOT_LAST = b"\x02", b"\x01"


def expand(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand with SHA-256 (RFC 5869) of one block: at most 32 bytes."""
    return hmac.digest(secret, info + b"\x01", hashlib.sha256)[:length]


def encode(key_material: bytes, salt: bytes, key_id: bytes, plaintext: bytes, record_size: int = 4096) -> bytes:
    """Header and records. Each record holds up to ``record_size`` - 17 bytes of the plaintext; the last is marked as such."""
    room = record_size - TAG_BYTES - 1
    records = [plaintext[start : start + room] for start in range(0, len(plaintext), room)] or [b""]
    return seal(key_material, salt, key_id, [*(each + NOT_LAST for each in records[:-1]), records[-1] + LAST], record_size)


def seal(key_material: bytes, salt: bytes, key_id: bytes, records: Sequence[bytes], record_size: int) -> bytes:
    """Header and sealed records; each ends with its delimiter, which padding may follow."""
    extracted = hmac.digest(salt, key_material, hashlib.sha256)
    cipher = AESGCM(expand(extracted, b"Content-Encoding: aes128gcm\x00", 16))
    nonce = int.from_bytes(expand(extracted, b"Content-Encoding: nonce\x00", 12))
    sealed = (cipher.encrypt((nonce ^ number).to_bytes(12), record, None) for number, record in enumerate(records))
    return salt + record_size.to_bytes(4) + bytes([len(key_id)]) + key_id + b"".join(sealed)
