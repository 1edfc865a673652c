"""The address on the shop's own host by which its platform fills a cart again."""

import re
from collections import Counter

from shared.events.nudge import NudgedCart

_NUMBER = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_MOST_OF_ONE = 9_999
_ADDRESSES = {
    # shopify.dev, "Create cart permalinks": with storefront=true it leads to the cart and not on to the checkout.
    "shopify": "/cart/{lines}?storefront=true",
    # developer.woocommerce.com, "Shareable Checkout URLs", WooCommerce 10.0 and newer.
    "woocommerce": "/checkout-link/?products={lines}",
}


def restore_path(platform: str, cart: NudgedCart) -> str | None:
    """Path and query that put the whole cart back; None where the platform has no such address or cannot take these lines.

    Lines come from unsigned beacons: nothing but digits of them gets into an address, and it never names a host.
    """
    address = _ADDRESSES.get(platform)
    if address is None or not cart.items or cart.more_items:
        return None
    quantities: Counter[str] = Counter()
    for item in cart.items:
        quantities[item.product_id] += item.quantity
    if not all(_NUMBER.fullmatch(product_id) and count <= _MOST_OF_ONE for product_id, count in quantities.items()):
        return None
    return address.format(lines=",".join(f"{product_id}:{count}" for product_id, count in quantities.items()))
