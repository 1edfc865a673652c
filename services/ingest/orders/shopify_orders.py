"""Orders of Shopify's webhooks (https://shopify.dev/docs/api/admin-rest/latest/resources/order)."""

from collections.abc import Mapping

from services.ingest.orders.platform_orders import PlatformOrder, country_of, lines_of, part_of, parts_of
from services.ingest.orders.statuses import to_status
from services.ingest.wire_fields import Fields

NEW = "orders/create"
EVENTS = frozenset({NEW, "orders/updated", "orders/paid", "orders/cancelled"})
ORIGINS: Mapping[str, str] = {
    "web": "storefront",
    "pos": "back_office",
    "shopify_draft_order": "back_office",
    "iphone": "back_office",
    "android": "back_office",
}
"""By ``source_name``; the apps of phones are the till's."""


def shopify_order(order: Fields, event: str) -> PlatformOrder:
    """An order of Shopify's. Its cart is known by the token that ``/cart.js`` has, its lines by their variants.

    What is updated of it without a refund, such as its parcel, leaves its moment: all of these are one event. An order of the
    test gateway silences, and has no total that anything could be made of. A parcel's phone may be of who is given it, and
    counts where there is no other.
    """
    customer, shipping, billing = (part_of(order, name) for name in ("customer", "shipping_address", "billing_address"))
    status = "cancelled" if order.get("cancelled_at") else order.get("financial_status")
    total = order.get("current_total_price") or order.get("total_price")
    is_changed = to_status(status) in ("cancelled", "refunded") or total != order.get("total_price")
    fields = {
        "order_id": order.get("id"),
        "status": status,
        "placed_at": order.get("created_at"),
        "updated_at": order.get("updated_at") if is_changed else order.get("created_at"),
        "total": None if order.get("test") is True else total,
        "currency": order.get("currency"),
        "email": lines_of(order.get("email"), order.get("contact_email"), customer.get("email")),
        "phone": lines_of(order.get("phone"), billing.get("phone"), customer.get("phone")) or shipping.get("phone"),
        "customer_id": customer.get("id"),
        "cart_id": str(order.get("cart_token") or "").partition("?")[0],
        "origin": ORIGINS.get(str(order.get("source_name"))),
        "items": [_line(line) for line in parts_of(order, "line_items")],
    }
    country = country_of(shipping or billing, "country_code")
    return PlatformOrder(fields, country, is_change=is_changed or event != NEW)


def _line(line: Fields) -> dict[str, object]:
    return {
        "product_id": line.get("variant_id") or line.get("product_id"),
        "name": line.get("name") or line.get("title"),
        "quantity": line.get("quantity"),
        "unit_price": line.get("price"),
    }
