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
LATEST_DELIVERY = timedelta(days=7)
"""Platforms give up within two days; what comes later was recorded by somebody and is sent again."""
SHOPIFY_ORIGINS: Mapping[str, str] = {
    "web": "storefront",
    "pos": "back_office",
    "shopify_draft_order": "back_office",
    "iphone": "back_office",
    "android": "back_office",
}
"""By ``source_name``; the apps of phones are the till's (https://shopify.dev/docs/api/admin-rest/latest/resources/order)."""


@dataclass(frozen=True)
class OrderWebhook:
    """A platform's webhook: its headers, in lower case, the events that are orders, and what reads one."""

    signature: str
    event: str
    is_test: str
    orders: frozenset[str]
    read: Callable[[Fields], dict[str, object]]


def is_signed(secret: str | None, body: bytes, signature: str) -> bool:
    """Whether the signature is the body's: HMAC-SHA-256 under the secret, in base64. Nothing is signed without a secret."""
    wanted = b64encode(hmac.new((secret or "").encode(), body, sha256).digest())
    return hmac.compare_digest(wanted, signature.strip().encode()) and bool(secret)


def is_replayed(fields: Fields, received_at: datetime) -> bool:
    """Whether this was signed longer ago than any platform tries to deliver it."""
    changed_at = zoned(fields.get("updated_at")) or zoned(fields.get("placed_at"))
    return changed_at is not None and received_at - changed_at > LATEST_DELIVERY


def shopify_order(order: Fields) -> dict[str, object]:
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


def _part(order: Fields, name: str) -> Fields:
    part = order.get(name)
    return part if isinstance(part, dict) else {}


WEBHOOKS: Mapping[str, OrderWebhook] = {
    "shopify": OrderWebhook(
        signature="x-shopify-hmac-sha256",
        event="x-shopify-topic",
        is_test="x-shopify-test",
        orders=frozenset({"orders/create", "orders/cancelled"}),
        read=shopify_order,
    ),
}
"""By platform."""
