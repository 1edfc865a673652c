"""Webhooks by which platforms report orders: headers, signatures, and an order's fields under the names of the order API."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from services.ingest.orders.moments import zoned
from services.ingest.wire_fields import Fields

WEBHOOK_BYTES = 524_288
"""Of an order of a hundred lines with their taxes and discounts."""
SHOPIFY_ORIGINS: Mapping[str, str] = {
    "web": "storefront",
    "pos": "back_office",
    "shopify_draft_order": "back_office",
    "iphone": "back_office",
    "android": "back_office",
}
"""By ``source_name``; the apps of phones are the till's (https://shopify.dev/docs/api/admin-rest/latest/resources/order)."""
WOOCOMMERCE_ORIGINS: Mapping[str, str] = {"checkout": "storefront", "store-api": "storefront", "admin": "back_office"}
"""By ``created_via``."""
WOOCOMMERCE_PLACED = frozenset({"processing", "on-hold", "completed"})
"""A checkout makes an order before it is paid, and an unpaid one is cancelled later: neither was bought."""


@dataclass(frozen=True)
class OrderWebhook:
    """A platform's webhook: its headers, in lower case, the events that are orders, and what reads one.

    ``read`` returns None for what is no order yet. ``latest`` is how long after an order its delivery may come: a later one is
    of a change, or was recorded by somebody. ``ping`` begins the unsigned body by which a platform tries the address.
    """

    signature: str
    event: str
    orders: frozenset[str]
    read: Callable[[Fields], dict[str, object] | None]
    latest: timedelta
    is_test: str = ""
    ping: bytes = b""

    def is_ping(self, body: bytes, signature: str) -> bool:
        """Whether the platform only tries whether something answers."""
        return bool(self.ping) and not signature and body.startswith(self.ping)

    def is_late(self, fields: Fields, received_at: datetime) -> bool:
        """Whether an order is older than what the platform still delivers."""
        changed_at = zoned(fields.get("updated_at")) or zoned(fields.get("placed_at"))
        return changed_at is not None and received_at - changed_at > self.latest


def is_signed(secret: str | None, body: bytes, signature: str) -> bool:
    """Whether the signature is the body's: HMAC-SHA-256 under the secret, in base64. Nothing is signed without a secret."""
    wanted = b64encode(hmac.new((secret or "").encode(), body, sha256).digest())
    return hmac.compare_digest(wanted, signature.strip().encode()) and bool(secret)


def shopify_order(order: Fields) -> dict[str, object] | None:
    """An order of Shopify's. Its cart is known by the token that ``/cart.js`` has, its lines by their variants."""
    customer, shipping, billing = (_part(order, name) for name in ("customer", "shipping_address", "billing_address"))
    lines = order.get("line_items")
    return {
        "order_id": order.get("id"),
        "status": "cancelled" if order.get("cancelled_at") else order.get("financial_status"),
        "placed_at": order.get("created_at"),
        "updated_at": order.get("updated_at"),
        "total": order.get("total_price"),
        "currency": order.get("currency"),
        "email": order.get("email") or order.get("contact_email") or customer.get("email"),
        "phone": order.get("phone") or shipping.get("phone") or billing.get("phone") or customer.get("phone"),
        "customer_id": customer.get("id"),
        "cart_id": str(order.get("cart_token") or "").partition("?")[0],
        "origin": SHOPIFY_ORIGINS.get(str(order.get("source_name"))),
        "items": [_shopify_line(line) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else None,
    }


def _shopify_line(line: Fields) -> dict[str, object]:
    return {
        "product_id": line.get("variant_id") or line.get("product_id"),
        "name": line.get("name") or line.get("title"),
        "quantity": line.get("quantity"),
        "unit_price": line.get("price"),
    }


def woocommerce_order(order: Fields) -> dict[str, object] | None:
    """An order of WooCommerce's REST interface. Later changes of it, such as its sending, have its moment: they are repeats."""
    if str(order.get("status")) not in WOOCOMMERCE_PLACED:
        return None
    billing, lines, created_at = _part(order, "billing"), order.get("line_items"), _in_utc(order.get("date_created_gmt"))
    return {
        "order_id": order.get("id"),
        "placed_at": created_at,
        "updated_at": _in_utc(order.get("date_paid_gmt")) or created_at,
        "total": order.get("total"),
        "currency": order.get("currency"),
        "email": billing.get("email"),
        "phone": billing.get("phone"),
        "customer_id": order.get("customer_id") or None,
        "origin": WOOCOMMERCE_ORIGINS.get(str(order.get("created_via"))),
        "items": [_woocommerce_line(line) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else None,
    }


def _woocommerce_line(line: Fields) -> dict[str, object]:
    return {
        "product_id": line.get("variation_id") or line.get("product_id"),
        "name": line.get("name"),
        "quantity": line.get("quantity"),
        "unit_price": line.get("price"),
    }


def _in_utc(moment: object) -> str | None:
    return f"{moment}Z" if isinstance(moment, str) and moment else None


def _part(order: Fields, name: str) -> Fields:
    part = order.get(name)
    return part if isinstance(part, dict) else {}


WEBHOOKS: Mapping[str, OrderWebhook] = {
    "shopify": OrderWebhook(
        signature="x-shopify-hmac-sha256",
        event="x-shopify-topic",
        orders=frozenset({"orders/create", "orders/cancelled"}),
        read=shopify_order,
        latest=timedelta(days=2),
        is_test="x-shopify-test",
    ),
    "woocommerce": OrderWebhook(
        signature="x-wc-webhook-signature",
        event="x-wc-webhook-topic",
        orders=frozenset({"order.created", "order.updated"}),
        read=woocommerce_order,
        latest=timedelta(hours=6),
        ping=b"webhook_id=",
    ),
}
"""By platform."""
