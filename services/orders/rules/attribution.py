"""Attribution: the credit of an order, by the reminders before it. Silence does not depend on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.orders.rules.reconciliation import OneOrder
from shared.events.cart import Credit, OrderCoverage
from shared.events.envelope import Origin

RECOVERY_WINDOW = timedelta(days=5)
INFLUENCE_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Sent:
    """A reminder that a carrier accepted, for one of the carts that an order closes or whose link its shopper followed."""

    nudge_id: UUID
    cart_id: UUID
    accepted_at: datetime
    followed_at: datetime | None


@dataclass(frozen=True)
class Credited:
    """The credit of an order, and the nudge that it is due to."""

    credit: Credit
    cart_id: UUID | None
    nudge_id: UUID | None


@dataclass(frozen=True)
class CreditedOrder:
    """An order with what a reminder had to do with it, whether that is sure, and what was known of its shopper before."""

    order: OneOrder
    credited: Credited
    credit_is_sure: bool
    coverage: OrderCoverage | None


def credit(order: OneOrder, sent: Sequence[Sent], abandoned_cart: UUID | None) -> Credited:
    """The credit of an order: recovered by a followed link, whoever keyed it in; influenced by a reminder shortly before.

    The moment of an import is no shopper's, so nothing is near it. A batch is never credited.
    """
    if order.status != "placed" or order.origin is Origin.BATCH:
        return Credited(Credit.NONE, abandoned_cart, None)  # a club's batch is placed for its members, by nobody's reminder
    followed = [
        message
        for message in sent
        if message.followed_at is not None and message.followed_at <= order.placed_at <= message.followed_at + RECOVERY_WINDOW
    ]
    if followed:
        last = max(followed, key=lambda message: (message.followed_at or message.accepted_at, message.nudge_id))
        return Credited(Credit.RECOVERED, last.cart_id, last.nudge_id)
    near = [
        message
        for message in sent
        if message.accepted_at <= order.placed_at <= message.accepted_at + INFLUENCE_WINDOW
        and order.origin is not Origin.IMPORT
    ]
    if near:
        last = max(near, key=lambda message: (message.accepted_at, message.nudge_id))
        return Credited(Credit.INFLUENCED, last.cart_id, last.nudge_id)
    return Credited(Credit.NONE if abandoned_cart is None else Credit.RETURNED, abandoned_cart, None)
