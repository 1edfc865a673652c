"""The history of a cart: what all its snapshots hold together, in whatever order they came, as values that only grow.

The cart itself keeps its newest snapshot alone. Whether it repeats what was bought depends on everything that was ever in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.envelope import CartItem
from shared.events.storefront import CartUpdated

Lines = tuple[tuple[str, int], ...]
"""Product ids with their quantities, sorted. Prices and names are left out: shops spell the same line in several ways."""


@dataclass(frozen=True)
class CartHistory:
    """``most`` holds the largest quantity of each product ever reported, ``full`` the newest snapshot that was not empty.

    ``full_at``, ``emptied_at`` and ``acted_at`` are the latest moments of a full snapshot, of an empty one, and of a shopper
    who was seen to put something into the cart.
    """

    most: Lines = ()
    full: Lines = ()
    full_version: int = -1
    full_at: datetime | None = None
    emptied_at: datetime | None = None
    acted_at: datetime | None = None


NOTHING_YET = CartHistory()


def lines_of(items: Iterable[CartItem]) -> Lines:
    """The lines of a snapshot or an order; lines of the same product are added up."""
    counted: dict[str, int] = {}
    for item in items:
        product = item.product_id.strip().casefold()
        counted[product] = counted.get(product, 0) + item.quantity
    return tuple(sorted(counted.items()))


def largest(*each: Lines) -> Lines:
    """The largest quantity of each product in any of these."""
    found: dict[str, int] = {}
    for lines in each:
        for product, quantity in lines:
            found[product] = max(found.get(product, 0), quantity)
    return tuple(sorted(found.items()))


def is_within(lines: Lines, most: Mapping[str, int]) -> bool:
    """Whether no product is missing in ``most``, and none has a larger quantity than there."""
    return all(quantity <= most.get(product, 0) for product, quantity in lines)


def with_snapshot(history: CartHistory, event: CartUpdated) -> CartHistory:
    """The history once this snapshot is known as well."""
    acted_at = _later(history.acted_at, event.acted_at)
    if not event.items and event.unread_lines:  # full of what nobody could read: neither lines nor an emptied cart
        return replace(history, full_at=_later(history.full_at, event.occurred_at), acted_at=acted_at)
    if not event.items:
        return replace(history, emptied_at=_later(history.emptied_at, event.occurred_at), acted_at=acted_at)
    lines = lines_of(event.items)
    newest = max((history.full_version, history.full), (event.cart_version, lines))
    return CartHistory(
        most=largest(history.most, lines),
        full=newest[1],
        full_version=newest[0],
        full_at=_later(history.full_at, event.occurred_at),
        emptied_at=history.emptied_at,
        acted_at=acted_at,
    )


def is_new(before: CartHistory, after: CartHistory) -> bool:
    """Whether the later history holds a line, a quantity or an act that the earlier one did not."""
    return (before.most, before.acted_at) != (after.most, after.acted_at)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [moment for moment in (one, other) if moment is not None]
    return max(known, default=None)
