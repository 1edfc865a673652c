"""Echoes: a cart that repeats what was bought is no new cart. Which purchase, if any, a cart opened after it repeats.

Shops show a bought cart once more: from a page cache, the Back button, a mini-cart that was not emptied, a cart restored in
another browser. Nothing is concluded from the order in which reports arrive: the same carts and reports decide the same.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.orders.rules.cart_history import Lines, is_within, largest
from services.orders.rules.carts import Cart
from services.orders.rules.evidence import Bought, Neighbourhood, active_fences

ECHOES_FOR = timedelta(days=7)
"""How long a cart may echo a purchase: as long as the snippet's outbox keeps a report. Later it is a new cart."""
VISIT = timedelta(minutes=30)
"""A pause after which a shopper counts as having come back, as web analytics has it."""
MOST_PURCHASES = 50
"""Of one shopper in those days. Somebody who forges more than these silences a cart, and costs no time."""


@dataclass(frozen=True)
class Purchase:
    """An order report that was passed when a cart was opened."""

    report_id: UUID
    until: datetime


def recent_purchases(cart: Cart, around: Neighbourhood) -> list[Purchase]:
    """The orders of the cart's shopper before the cart was opened, but not long before; the latest last."""
    found = {
        Purchase(fence.report_id, fence.stands_until)
        for fence in active_fences(around)
        if fence.stands_until < cart.opened_at <= fence.stands_until + ECHOES_FOR
    }
    return sorted(found, key=lambda purchase: (purchase.until, purchase.report_id))


def find_echo(cart: Cart, around: Neighbourhood, others: Sequence[Cart], ordered: Mapping[UUID, Lines]) -> Bought | None:
    """The purchase that the cart only repeats, in doubt, or None.

    ``others`` are the carts of everybody around; ``ordered`` holds the lines that reports named, by the report's id.
    """
    recent = recent_purchases(cart, around)
    if not recent:
        return None
    if not cart.history.most:
        # Whether lines that nobody could read were bought is unknown; only a new act of the shopper's proves them new.
        acted = cart.history.acted_at is not None and cart.history.acted_at > recent[-1].until
        return None if acted or not cart.unread_lines else Bought(recent[-1].report_id, certain=False)
    if len(recent) > MOST_PURCHASES:
        return Bought(recent[-1].report_id, certain=False)
    others = [other for other in others if other.cart_id != cart.cart_id]
    untils = sorted({fence.stands_until for fence in active_fences(around)})
    products = {product for product, _ in cart.history.most}
    lines = {purchase: _bought(purchase, others, untils, ordered) for purchase in recent}
    repeated = [purchase for purchase in recent if any(product in products for product, _ in lines[purchase])]
    bought = dict(largest(*(lines[purchase] for purchase in repeated)))
    if not is_within(cart.history.most, bought) or _acted_after(repeated[-1], cart, others, bought):
        return None
    return Bought(repeated[-1].report_id, certain=False)


def _bought(purchase: Purchase, others: Sequence[Cart], untils: Sequence[datetime], ordered: Mapping[UUID, Lines]) -> Lines:
    """What the report names, and what was in the carts that it closed: a shop's server may know products by other ids."""
    closed = [other.history.full for other in others if _closes(purchase, other, untils)]
    return largest(ordered.get(purchase.report_id, ()), *closed)


def _closes(purchase: Purchase, other: Cart, untils: Sequence[datetime]) -> bool:
    """Whether the order came after the cart was opened, with no other between the cart's last full snapshot and it."""
    last = max(other.opened_at, other.history.full_at or other.opened_at)
    first = bisect_left(untils, last)
    return other.opened_at <= purchase.until and (first == len(untils) or purchase.until <= untils[first])


def _acted_after(purchase: Purchase, cart: Cart, others: Sequence[Cart], bought: Mapping[str, int]) -> bool:
    """Whether the shopper filled the cart after that order: they were seen to, or it had been emptied in between.

    A cached page may show the old cart beside pages that show it emptied: the very same lines again in the same visit prove
    nothing.
    """
    if cart.history.acted_at is not None and cart.history.acted_at > purchase.until:
        return True
    emptied = [
        other.history.emptied_at
        for other in others
        if other.visitor_id == cart.visitor_id
        and other.history.emptied_at is not None
        and purchase.until < other.history.emptied_at < cart.opened_at
    ]
    if not emptied:
        return False
    other_quantity = any(quantity != bought[product] for product, quantity in cart.history.most)
    return other_quantity or min(emptied) + VISIT <= cart.opened_at
