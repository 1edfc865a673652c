"""Push subscriptions as browsers make them: an endpoint, and the keys that its content is encrypted for."""

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256

from services.notify.channels.push.encryption import BrowserKeys, browser_keys
from shared.runtime.security.outbound import Forbidden, host_of
from shared.runtime.security.sealing import from_base64url

SERVICES = frozenset(
    {"fcm.googleapis.com", "android.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"}
)
FAMILIES = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
"""The push services of the browsers that there are. A page names the address that we send to, so it must be one of these."""


class NoSubscription(ValueError):
    """Raised for a subscription that cannot be sent to. The message names the field, never its value."""


@dataclass(frozen=True)
class Subscription:
    """Where a push goes. ``endpoint`` opens the way to one person's screen: it is as secret as a phone number."""

    endpoint: str = field(repr=False)
    keys: BrowserKeys

    @property
    def origin(self) -> str:
        """The origin of its push service: the audience of a token, and the key of its rate limit."""
        return f"https://{host_of(self.endpoint)}"


@dataclass(frozen=True)
class PushServices:
    """The hosts that are sent to; ``more`` are those that the demo stands in for."""

    more: Collection[str] = ()

    def check(self, endpoint: str) -> None:
        """Raise ``NoSubscription`` for an address that belongs to no push service."""
        try:
            host = host_of(endpoint)
        except Forbidden:
            raise NoSubscription("endpoint: is no plain https address") from None
        if not (host in SERVICES or host in self.more or host.endswith(FAMILIES)):
            raise NoSubscription("endpoint: is of no push service that is known")

    def read(self, text: str) -> Subscription:
        """A subscription out of its sealed JSON ``{"endpoint", "p256dh", "auth"}``.

        Raises:
            NoSubscription: a field is missing, or its value has another form.
        """
        try:
            fields = json.loads(text)
            endpoint, p256dh, auth = (str(fields[name]) for name in ("endpoint", "p256dh", "auth"))
            keys = browser_keys(from_base64url(p256dh), from_base64url(auth))
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise NoSubscription("p256dh, auth: are no keys of a subscription") from None
        self.check(endpoint)
        return Subscription(endpoint, keys)


def topic_of(site_id: object, cart_id: object) -> str:
    """Topic of the push and tag of its notification: 32 characters for a cart, so that a newer reminder replaces an older."""
    return base64.urlsafe_b64encode(sha256(f"{site_id}|{cart_id}".encode()).digest()[:24]).decode()
