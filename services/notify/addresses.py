"""The addresses that notify hands out: links to carts, and the callback at which a carrier reports on one attempt."""

import hashlib
import hmac
from uuid import UUID

from services.notify.rules.attempts import Attempt


class Addresses:
    """Made from the public base address; callback addresses bear a MAC, so that nobody can guess or forge one."""

    def __init__(self, public: str, key: bytes) -> None:
        self.public = public.rstrip("/")
        self._key = key

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
        return f"/cb/{site_id}/{attempt_id}/{self.mac(site_id, attempt_id)}"

    def mac(self, site_id: UUID, attempt_id: str) -> str:
        """128 bits over the site and the attempt."""
        return hmac.digest(self._key, f"callback|{site_id}|{attempt_id}".encode(), hashlib.sha256)[:16].hex()

    def is_mac(self, site_id: UUID, attempt_id: str, mac: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.mac(site_id, attempt_id).encode(), mac.encode())
