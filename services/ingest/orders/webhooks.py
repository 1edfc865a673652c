"""Webhooks by which platforms report orders: headers, signatures, the events that are orders, and what reads them."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from services.ingest.orders import bigcommerce_orders, shopify_orders, woocommerce_orders
from services.ingest.orders.platform_orders import PlatformOrder
from services.ingest.wire_fields import Fields

WEBHOOK_BYTES = 2 * 1024 * 1024
"""Of an order of some hundred lines, each with its taxes, discounts and properties."""
LARGE_AT_ONCE = 8
"""How many bodies that are larger than a beacon's a process holds at once: a merchant knows an address that takes them."""


def is_signed(secret: str | None, body: bytes, signature: str) -> bool:
    """Whether the signature is the body's: HMAC-SHA-256 under the secret, in base64. Nothing is signed without a secret."""
    wanted = b64encode(hmac.new((secret or "").encode(), body, sha256).digest())
    return hmac.compare_digest(wanted, signature.strip().encode()) and bool(secret)


def bears_secret(secret: str | None, body: bytes, header: str) -> bool:
    """Whether a platform that signs nothing sends the secret itself, as a header that it was registered with."""
    return hmac.compare_digest((secret or "").encode(), header.strip().encode()) and bool(secret)


@dataclass(frozen=True)
class OrderWebhook:
    """A platform's webhook: its headers, in lower case, the events that are orders, and what reads one.

    ``event`` is the header that names the event; where there is none, the body names it as its scope. ``proves`` is whether a
    delivery comes from the platform, by the stored secret, the body and the signature's header.
    ``read`` returns None for what is no order yet. ``latest`` is how long after an order its delivery may come: a later one is
    of nothing new, or was recorded by somebody. ``ping`` begins the unsigned body by which a platform tries the address.
    """

    signature: str
    event: str
    orders: frozenset[str]
    read: Callable[[Fields, str], PlatformOrder | None]
    latest: timedelta
    is_test: str = ""
    ping: bytes = b""
    proves: Callable[[str | None, bytes, str], bool] = is_signed

    def is_ping(self, body: bytes, signature: str) -> bool:
        """Whether the platform only tries whether something answers."""
        return bool(self.ping) and not signature and body.startswith(self.ping)

    def event_of(self, header: Callable[[str], str], body: Fields | None) -> str:
        """The event that a delivery is of."""
        return header(self.event) if self.event else str((body or {}).get("scope"))


WEBHOOKS: Mapping[str, OrderWebhook] = {
    "shopify": OrderWebhook(
        signature="x-shopify-hmac-sha256",
        event="x-shopify-topic",
        orders=shopify_orders.EVENTS,
        read=shopify_orders.shopify_order,
        latest=timedelta(days=2),
        is_test="x-shopify-test",
    ),
    "woocommerce": OrderWebhook(
        signature="x-wc-webhook-signature",
        event="x-wc-webhook-topic",
        orders=woocommerce_orders.EVENTS,
        read=woocommerce_orders.woocommerce_order,
        latest=timedelta(hours=6),
        ping=b"webhook_id=",
    ),
    "bigcommerce": OrderWebhook(
        signature="x-beckon-secret",
        event="",
        orders=bigcommerce_orders.EVENTS,
        read=bigcommerce_orders.bigcommerce_order,
        latest=timedelta(days=2),
        proves=bears_secret,
    ),
}
"""By platform."""
