"""What a cart is and how a report of its contents, a visit or an order changes it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.events.cart import CartOutcome
from shared.events.envelope import CartItem, Money
from shared.events.storefront import CartUpdated

EXPIRES_AFTER = timedelta(days=30)


class CartState(StrEnum):
    """Where a cart is in its life; every state but the first two is an end."""

    OPEN = "open"
    ABANDONED = "abandoned"
    BOUGHT = "bought"
    BOUGHT_UNCERTAIN = "bought_uncertain"
    EMPTIED = "emptied"
    EXPIRED = "expired"
    ERASED = "erased"

    @property
    def living(self) -> bool:
        """The cart may still be bought, or reminded of."""
        return self in (CartState.OPEN, CartState.ABANDONED)


@dataclass(frozen=True)
class Cart:
    """A cart as its newest snapshot tells it. ``abandonment`` counts from 1 at the first abandonment."""

    site_id: UUID
    cart_id: UUID
    visitor_id: str
    version: int
    items: tuple[CartItem, ...]
    total: Money | None
    return_path: str | None
    state: CartState
    opened_at: datetime
    last_active_at: datetime
    abandoned_at: datetime | None = None
    abandonment: int = 0


def first_seen(event: CartUpdated) -> Cart:
    """A cart nobody had told us of."""
    return Cart(
        site_id=event.site_id,
        cart_id=event.cart_id,
        visitor_id=event.visitor_id,
        version=event.cart_version,
        items=event.items,
        total=event.total,
        return_path=event.return_path,
        state=CartState.OPEN if event.items else CartState.EMPTIED,
        opened_at=event.occurred_at,
        last_active_at=event.occurred_at,
    )


def updated(cart: Cart, event: CartUpdated) -> Cart:
    """The cart after another snapshot of it. The highest version wins, whenever it arrives; an ended cart stays ended."""
    opened_at = min(cart.opened_at, event.occurred_at)
    if event.cart_version <= cart.version or not cart.state.living:
        return replace(cart, opened_at=opened_at)
    return replace(
        cart,
        version=event.cart_version,
        items=event.items,
        total=event.total,
        return_path=event.return_path,
        opened_at=opened_at,
        last_active_at=max(cart.last_active_at, event.occurred_at),
        state=CartState.OPEN if event.items else CartState.EMPTIED,
    )


def visited(cart: Cart, seen_at: datetime) -> Cart:
    """The cart after its visitor was seen in the shop: an abandoned one is open again if that was later."""
    if cart.state is CartState.ABANDONED and cart.abandoned_at is not None and seen_at > cart.last_active_at:
        return replace(cart, state=CartState.OPEN, last_active_at=seen_at)
    return replace(cart, last_active_at=max(cart.last_active_at, seen_at))


def bought(cart: Cart, *, certain: bool) -> Cart:
    """The cart after an order that silences it."""
    return replace(cart, state=CartState.BOUGHT if certain else CartState.BOUGHT_UNCERTAIN)


def abandoned(cart: Cart, now: datetime) -> Cart:
    """The cart once it was silent for long enough."""
    return replace(cart, state=CartState.ABANDONED, abandoned_at=now, abandonment=cart.abandonment + 1)


def silent_since(cart: Cart, visitor_last_active_at: datetime | None) -> datetime:
    """When its shopper was last seen doing anything."""
    return max(cart.last_active_at, visitor_last_active_at or cart.last_active_at)


def outcome_of(state: CartState) -> CartOutcome:
    """What events call an end."""
    assert not state.living, "a living cart has no outcome"
    return CartOutcome(state.value)
