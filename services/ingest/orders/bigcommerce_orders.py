"""Orders of BigCommerce's webhooks, which name the cart that became one, and nothing else of it.

https://developer.bigcommerce.com/docs/webhooks/events/channels#carts
"""

from services.ingest.orders.platform_orders import PlatformOrder, part_of
from services.ingest.wire_fields import Fields

EVENTS = frozenset({"store/cart/converted"})


def bigcommerce_order(callback: Fields, event: str) -> PlatformOrder:
    """The order that a cart became. Its cart is known by the id that the storefront's interface has.

    It has no amount, and its body is not signed: it silences, and leaves the total to what else reports the order.
    """
    cart = part_of(callback, "data")
    fields = {"order_id": cart.get("orderId"), "cart_id": cart.get("id"), "placed_at": callback.get("created_at")}
    return PlatformOrder(fields, is_signed=False)
