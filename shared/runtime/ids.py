"""Random ids: the only place that makes them. Ids with a cause are in ``shared/events/identifiers.py``."""

import os
import secrets
import string
import time
from uuid import UUID

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_uuid7() -> UUID:
    """A UUID that sorts by its millisecond (RFC 9562, version 7): neighbours in time share index pages."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10))
    high = noise >> 68 & 0x0FFF
    low = noise & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def new_token_base62(length: int) -> str:
    """An unguessable token for links: 17 characters are 101 bits."""
    return "".join(secrets.choice(BASE62) for _ in range(length))


def new_random_id() -> str:
    """128 random bits in hexadecimal: attempts, markers, call tokens. Never derived, never made twice."""
    return secrets.token_hex(16)


def new_site_key() -> str:
    """The public key of a site, which a shop pastes: 80 random bits, no letter that is mistaken for another."""
    return "bk_" + "".join(secrets.choice(CROCKFORD) for _ in range(16))


def new_digits(length: int) -> str:
    """A code that people type into a phone."""
    return "".join(secrets.choice(string.digits) for _ in range(length))
