"""When a cart counts as abandoned, and when as forgotten."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.orders.rules.carts import Cart, CartState

EXPIRES_AFTER = timedelta(days=30)
LONGEST_LIFE = timedelta(days=90)
"""However busy its shopper is with it. What could silence an older cart need not be kept."""


def silent_since(cart: Cart, visitor_last_active_at: datetime | None) -> datetime:
    """When its shopper was last seen doing anything."""
    return max(cart.last_active_at, visitor_last_active_at or cart.last_active_at)


def abandoned(cart: Cart, silent: datetime, delay_seconds: int) -> Cart:
    """The cart once it was silent for long enough.

    Its moment follows from what the shopper did, not from when we looked: after an outage the legal time has passed as well.
    A repeat of a visit that was known before must not open the cart again, so the last sign of life is kept with it.
    """
    assert cart.state is CartState.OPEN, "only an open cart is abandoned"
    return replace(
        cart,
        state=CartState.ABANDONED,
        last_active_at=silent,
        abandoned_at=silent + timedelta(seconds=delay_seconds),
        abandonment=cart.abandonment + 1,
    )
