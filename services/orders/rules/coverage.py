"""Coverage: whether a shopper's cart, and an e-mail address or a phone of theirs, were known before they ordered."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.orders.rules.carts import Cart
from services.orders.rules.evidence import Sighting, key_of
from services.orders.rules.reconciliation import KEYED_IN
from shared.events.cart import OrderCoverage
from shared.events.envelope import IdentityKind, Origin
from shared.events.storefront import OrderReported

EMPTIED_WITHIN = timedelta(days=1)
"""Many shops empty the cart at the checkout, before the order is reported: an emptied cart counts for so long."""
CONTACTS = tuple(key_of(kind.value, "") for kind in (IdentityKind.EMAIL, IdentityKind.PHONE))


def is_from_the_shop(reports: Sequence[OrderReported]) -> bool:
    """Whether an order has a cart that could have been seen: not one that staff keyed in, nor one of a foreign page."""
    if any(report.origin in KEYED_IN for report in reports):
        return False
    return any(report.verified or report.origin is Origin.STOREFRONT for report in reports)


def coverage_of(reports: Sequence[OrderReported], carts: Iterable[Cart], sightings: Iterable[Sighting]) -> OrderCoverage | None:
    """What was known of the shopper before the order, of the carts and sightings of their browsers; None for a keyed-in one."""
    if not is_from_the_shop(reports):
        return None
    moment, report_ids = min(report.effective_at for report in reports), {report.event_id for report in reports}
    seen = [
        cart
        for cart in carts
        if cart.history.full_at is not None
        and (cart.closed_by in report_ids or moment - EMPTIED_WITHIN <= cart.last_active_at)
        and cart.opened_at <= moment
    ]
    last = max(seen, key=lambda cart: (cart.last_active_at, cart.cart_id), default=None)
    known = any(sighting.seen_at < moment and sighting.key.startswith(CONTACTS) for sighting in sightings)
    return OrderCoverage(cart_seen=last is not None, contact_known=known, cart_reader=None if last is None else last.reader)
