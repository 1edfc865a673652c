"""Carts: how a snapshot, a visit or an order changes one, and when it counts as abandoned or forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.orders.rules.cart_history import NOTHING_YET, CartHistory, is_new, with_snapshot
from shared.events.cart import CartOutcome
from shared.events.envelope import CartItem, Money
from shared.events.storefront import CartUpdated

EXPIRES_AFTER = timedelta(days=30)
LONGEST_LIFE = timedelta(days=90)
"""The longest life of a cart, however busy its shopper is with it. What could silence an older one need not be kept."""


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
        """Whether the cart may still be bought, or reminded of."""
        return self in (CartState.OPEN, CartState.ABANDONED)


@dataclass(frozen=True)
class Cart:
    """A cart as its newest snapshot has it. ``abandonment`` counts from 1 at the first abandonment.

    ``last_active_at`` is when the cart was last reported, or its shopper's last sign of life known at its abandonment.
    """

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
    closed_by: UUID | None = None
    unread_lines: int = 0
    reader: str | None = None
    return_suffix: str | None = None
    history: CartHistory = NOTHING_YET


def first_seen(event: CartUpdated) -> Cart:
    """A cart that was not known before this snapshot."""
    return Cart(
        site_id=event.site_id,
        cart_id=event.cart_id,
        visitor_id=event.visitor_id,
        version=event.cart_version,
        items=event.items,
        total=event.total,
        return_path=event.return_path,
        return_suffix=event.return_suffix,
        state=CartState.OPEN if is_full(event) else CartState.EMPTIED,
        unread_lines=event.unread_lines,
        reader=event.reader,
        opened_at=opened_no_earlier(event),
        last_active_at=event.occurred_at,
        history=with_snapshot(NOTHING_YET, event),
    )


def opened_no_earlier(event: CartUpdated) -> datetime:
    """The moment from which an order may have bought this cart. In doubt it is older: too young a cart would be reminded of."""
    return min(event.occurred_at, event.received_at, event.earliest_at or event.occurred_at)


def after_reports(cart: Cart | None, events: Iterable[CartUpdated]) -> Cart | None:
    """The cart once these snapshots of it are known as well, in whatever order they came."""
    for event in events:
        cart = first_seen(event) if cart is None else updated(cart, event)
    return cart


def updated(cart: Cart, event: CartUpdated) -> Cart:
    """The cart after another snapshot of it. The highest version wins, whenever it arrives.

    An end that its shopper did not make stays an end, but one in doubt lasts until the cart holds something new. Two tabs
    may both write a version: the contents break the tie.
    """
    if cart.state is CartState.ERASED:
        return replace(cart, opened_at=min(cart.opened_at, opened_no_earlier(event)))
    before = cart.history
    cart = replace(cart, opened_at=min(cart.opened_at, opened_no_earlier(event)), history=with_snapshot(before, event))
    if cart.state is CartState.BOUGHT_UNCERTAIN:
        return _reopened(cart, event) if is_new(before, cart.history) else _with_contents(cart, event)
    if not (cart.state.living or cart.state is CartState.EMPTIED):
        return cart
    later = event.occurred_at > cart.last_active_at
    active_at = max(cart.last_active_at, event.occurred_at)
    if not _is_newer(cart, event):
        return replace(cart, last_active_at=active_at) if cart.state is CartState.OPEN else cart
    state = _state_after(cart.state, full=is_full(event), later=later)
    return replace(_with_contents(cart, event), last_active_at=active_at, state=state)


def _reopened(cart: Cart, event: CartUpdated) -> Cart:
    """The cart after something new in it. Whether it is silent all the same is found when it is next abandoned."""
    cart = _with_contents(cart, event)
    active_at = max(cart.last_active_at, event.occurred_at)
    return replace(
        cart, state=CartState.OPEN if is_full(event) else CartState.EMPTIED, last_active_at=active_at, closed_by=None
    )


def _is_newer(cart: Cart, event: CartUpdated) -> bool:
    return (event.cart_version, contents(event)) > (cart.version, contents(cart))


def _with_contents(cart: Cart, event: CartUpdated) -> Cart:
    """The cart with what the snapshot holds, where that is newer."""
    if not _is_newer(cart, event):
        return cart
    return replace(
        cart,
        version=event.cart_version,
        items=event.items,
        total=event.total,
        return_path=event.return_path,
        return_suffix=event.return_suffix,
        unread_lines=event.unread_lines,
        reader=event.reader,
    )


def _state_after(state: CartState, *, full: bool, later: bool) -> CartState:
    if not full:
        return CartState.EMPTIED
    return state if state is CartState.ABANDONED and not later else CartState.OPEN


def contents(of: Cart | CartUpdated) -> str:
    """The contents of a cart as a text to compare."""
    return repr((of.items, of.total, of.return_path, of.unread_lines, of.reader, of.return_suffix))


def is_full(event: CartUpdated) -> bool:
    """Whether a cart has contents: lines that could not be read count."""
    return bool(event.items) or event.unread_lines > 0


def visited(cart: Cart, seen_at: datetime) -> Cart:
    """The cart after its visitor was seen in the shop: an abandoned one is open again if that was later."""
    if cart.state is not CartState.ABANDONED or seen_at <= cart.last_active_at:
        return cart
    return replace(cart, state=CartState.OPEN, last_active_at=seen_at)


def bought(cart: Cart, report_id: UUID, *, certain: bool) -> Cart:
    """The cart after an order that silences it."""
    return replace(cart, state=CartState.BOUGHT if certain else CartState.BOUGHT_UNCERTAIN, closed_by=report_id)


def erased(cart: Cart) -> Cart:
    """The cart once its shopper's data is deleted."""
    return replace(
        cart,
        state=CartState.ERASED,
        items=(),
        total=None,
        return_path=None,
        return_suffix=None,
        unread_lines=0,
        reader=None,
        history=NOTHING_YET,
    )


def outcome_of(state: CartState) -> CartOutcome:
    """The outcome of an end, as events spell it."""
    assert not state.living, "a living cart has no outcome"
    return CartOutcome(state.value)


def silent_since(cart: Cart, visitor_last_active_at: datetime | None) -> datetime:
    """The moment at which its shopper was last seen doing anything."""
    return max(cart.last_active_at, visitor_last_active_at or cart.last_active_at)


def abandoned(cart: Cart, silent: datetime, delay_seconds: int) -> Cart:
    """The cart once it was silent for long enough.

    Its moment follows from what the shopper did, not from its evaluation: after an outage the legal time has passed as well.
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
