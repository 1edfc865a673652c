"""Orders of WooCommerce's webhooks, as its REST interface has them (https://woocommerce.github.io/woocommerce-rest-api-docs)."""

from collections.abc import Mapping
from decimal import Decimal

from services.ingest.orders.platform_orders import PlatformOrder, country_of, part_of, parts_of
from services.ingest.wire_fields import Fields

EVENTS = frozenset({"order.created", "order.updated"})
ORIGINS: Mapping[str, str] = {"checkout": "storefront", "store-api": "storefront", "admin": "back_office"}
"""By ``created_via``."""
PLACED = frozenset({"processing", "on-hold", "completed"})
"""A checkout makes an order before it is paid, and an unpaid one is cancelled later: neither was bought."""
NEVER_PLACED = frozenset({"pending", "failed", "checkout-draft", "auto-draft", "draft", "trash"})
OVER = frozenset({"cancelled", "refunded"})
PAID_LATER = frozenset({"bacs", "cheque", "cod"})
"""Ways to pay with which an order is placed before its money comes: transfer, cheque, cash on delivery."""


def woocommerce_order(order: Fields, event: str) -> PlatformOrder | None:
    """An order of WooCommerce's, or None for what nobody has bought.

    Later updates of it, such as its sending, have the moment of its payment: they are repeats. A refund of a part leaves its
    status, and is listed.
    """
    status = str(order.get("status"))
    if not _was_placed(order, status):
        return None
    billing, created_at = part_of(order, "billing"), _in_utc(order.get("date_created_gmt"))
    refunds = parts_of(order, "refunds")
    is_change = status in OVER or bool(refunds)
    settled_at = _in_utc(order.get("date_paid_gmt")) or created_at
    fields = {
        "order_id": order.get("id"),
        "status": status if status in OVER else "placed",
        "placed_at": created_at,
        "updated_at": _in_utc(order.get("date_modified_gmt")) if is_change else settled_at,
        "total": _less_refunds(order.get("total"), refunds) if refunds else order.get("total"),
        "currency": order.get("currency"),
        "email": billing.get("email"),
        "phone": billing.get("phone") or part_of(order, "shipping").get("phone"),
        "customer_id": order.get("customer_id") or None,
        "origin": ORIGINS.get(str(order.get("created_via"))),
        "items": [_line(line) for line in parts_of(order, "line_items")],
    }
    return PlatformOrder(fields, country_of(billing, "country"), is_change=is_change)


def _was_placed(order: Fields, status: str) -> bool:
    """Whether somebody bought it: an extension's own status counts once the order is paid."""
    is_paid = bool(order.get("date_paid_gmt"))
    if status in OVER:
        return is_paid or bool(order.get("transaction_id")) or str(order.get("payment_method")) in PAID_LATER
    return status in PLACED or (is_paid and status not in NEVER_PLACED)


def _less_refunds(total: object, refunds: list[Fields]) -> object:
    """The total without what was paid back; refunds are listed below nought. The total itself where these cannot be read."""
    try:
        return str(Decimal(str(total)) + sum(Decimal(str(refund.get("total"))) for refund in refunds))
    except ArithmeticError:
        return total


def _line(line: Fields) -> dict[str, object]:
    return {
        "product_id": line.get("variation_id") or line.get("product_id"),
        "name": line.get("name"),
        "quantity": line.get("quantity"),
        "unit_price": line.get("price"),
    }


def _in_utc(moment: object) -> str | None:
    return f"{moment}Z" if isinstance(moment, str) and moment else None
