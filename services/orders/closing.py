"""How carts change hands between open, abandoned and ended, and what is told of it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.orders.carts import Cart, CartState, outcome_of
from services.orders.store import Store
from services.orders.store_carts import Nudge, NudgeState
from shared.events.cart import CartClosed, CartResumed
from shared.events.identifiers import derived_event_id
from shared.events.nudge import NudgeCancelled
from shared.events.reasons import Reason


async def close(store: Store, cart: Cart, now: datetime, report_id: UUID | None = None) -> None:
    """Store a cart that has ended, end its steps that are not yet due, and tell of both."""
    assert not cart.state.living, "a cart is closed after it has ended"
    await store.carts.put_cart(cart)
    told = CartClosed(
        event_id=derived_event_id(cart.cart_id, "cart.closed"),
        site_id=cart.site_id,
        occurred_at=now,
        received_at=now,
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        outcome=outcome_of(cart.state),
        total=cart.total,
        opened_at=cart.opened_at,
        order_event_id=report_id,
    )
    await store.emit([told])
    await cancel_planned(store, cart, Reason(cart.state.value), now)


async def resume(store: Store, cart: Cart, now: datetime) -> None:
    """Store an abandoned cart whose shopper came back: its steps that are not yet due end."""
    assert cart.state is CartState.OPEN, "a resumed cart is open"
    await store.carts.put_cart(cart)
    told = CartResumed(
        event_id=derived_event_id(cart.cart_id, "cart.resumed", cart.abandonment),
        site_id=cart.site_id,
        occurred_at=cart.last_active_at,
        received_at=now,
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        abandonment=cart.abandonment,
    )
    await store.emit([told])
    await cancel_planned(store, cart, Reason.SHOPPER_RETURNED, now)


async def cancel_planned(store: Store, cart: Cart, reason: Reason, now: datetime) -> None:
    """A step that is due already ends by its ask, or by its time."""
    for nudge in await store.carts.lock_planned(cart.site_id, cart.cart_id):
        await end_unasked(store, nudge, reason, now)


async def end_unasked(store: Store, nudge: Nudge, reason: Reason, now: datetime) -> None:
    """End a nudge for which nobody had asked."""
    await store.carts.put_nudge(replace(nudge, state=NudgeState.CANCELLED, final_reason=reason.value))
    told = NudgeCancelled(
        event_id=derived_event_id(nudge.nudge_id, "nudge.cancelled"),
        site_id=nudge.site_id,
        occurred_at=now,
        received_at=now,
        nudge_id=nudge.nudge_id,
        cart_id=nudge.cart_id,
        step=nudge.step,
        reason=reason,
    )
    await store.emit([told])
