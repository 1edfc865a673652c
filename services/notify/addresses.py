"""The addresses that notify hands out: links to carts, and the callback at which a carrier reports on one attempt."""

import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

from services.notify.rules.attempts import Attempt
from shared.runtime.security.sealing import from_base64url


def link_keys(setting: str) -> list[bytes]:
    """Return the keys of a setting, separated by commas. Raises ``ValueError``."""
    return [from_base64url(part.strip()) for part in setting.split(",")]


class Addresses:
    """Made from the public base address; callback addresses bear a MAC, so that nobody can guess or forge one.

    The first key signs; addresses that any of the others signed are good, so that a key can be replaced.
    """

    def __init__(self, public: str, keys: Sequence[bytes]) -> None:
        self.public = public.rstrip("/")
        self._keys = tuple(keys)

    def link(self, token: str) -> str:
        """The short address in a reminder."""
        return f"{self.public}/l/{token}"

    def callback(self, attempt: Attempt) -> str:
        """The absolute callback address of an attempt; each has its own."""
        return self.callback_of(attempt.site_id, attempt.attempt_id)

    def callback_of(self, site_id: UUID, attempt_id: str) -> str:
        """The address of an attempt's callback."""
        return f"{self.public}{self.callback_path(site_id, attempt_id)}"

    def callback_path(self, site_id: UUID, attempt_id: str) -> str:
        """The path of an attempt's callback."""
        return f"/cb/{site_id}/{attempt_id}/{_mac(self._keys[0], site_id, attempt_id)}"

    def is_mac(self, site_id: UUID, attempt_id: str, mac: str) -> bool:
        """Whether a key of ours has signed it; compared with each in constant time."""
        macs = [_mac(key, site_id, attempt_id).encode() for key in self._keys]
        return any(hmac.compare_digest(each, mac.encode()) for each in macs)


def _mac(key: bytes, site_id: UUID, attempt_id: str) -> str:
    """128 bits over the site and the attempt."""
    return hmac.digest(key, f"callback|{site_id}|{attempt_id}".encode(), hashlib.sha256)[:16].hex()
