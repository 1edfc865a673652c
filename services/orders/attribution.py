"""Orders silence always; they credit by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.events.cart import Credit
from shared.events.envelope import Money, Origin
from shared.events.identifiers import SERVER_EVENT, name_uuid
from shared.events.storefront import OrderReported, Witness

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
    """What a reminder had to do with an order, and which."""

    credit: Credit
    cart_id: UUID | None
    nudge_id: UUID | None


@dataclass(frozen=True)
class OneOrder:
    """An order as all its witnesses together tell it."""

    order_id: str | None
    status: Literal["placed", "cancelled", "refunded"]
    origin: Origin
    witnesses: tuple[Witness, ...]
    verified: bool
    total: Money | None
    placed_at: datetime


def order_key_of(report: OrderReported) -> UUID:
    """For credit the same order id is one order, whoever tells; without one, witness, visitor, total and minute stand in."""
    if report.order_id is not None:
        return name_uuid(SERVER_EVENT, f"{report.site_id}|order|{report.order_id}")
    first = sorted(f"{identity.kind}:{identity.index}" for identity in report.identities)[0]
    total = "" if report.total is None else f"{report.total.minor}{report.total.currency}"
    return name_uuid(SERVER_EVENT, f"{report.site_id}|{report.witness}|{first}|{total}|{report.effective_at:%Y-%m-%dT%H:%M}")


def reconcile(reports: Sequence[OrderReported]) -> OneOrder:
    """One order out of what its witnesses said, in whatever order they said it.

    A verified report is believed before an unverified one, an earlier before a later; any cancellation or refund counts.
    """
    ranked = sorted(reports, key=lambda r: (not r.verified, r.effective_at, r.event_id))
    totals = [report.total for report in ranked if report.total is not None]
    ended = [report for report in ranked if report.status != "placed"]
    return OneOrder(
        order_id=ranked[0].order_id,
        status=ended[0].status if ended else "placed",
        origin=ranked[0].origin,
        witnesses=tuple(sorted({report.witness for report in ranked})),
        verified=any(report.verified for report in ranked),
        total=totals[0] if totals else None,
        placed_at=min(report.effective_at for report in ranked),
    )


def credit(order: OneOrder, sent: Sequence[Sent], abandoned_cart: UUID | None) -> Credited:
    """Recovered needs a followed link, whoever keyed the order in; influenced an accepted reminder of a storefront order."""
    if order.status != "placed":
        return Credited(Credit.NONE, abandoned_cart, None)
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
        and order.origin is Origin.STOREFRONT
    ]
    if near:
        last = max(near, key=lambda message: (message.accepted_at, message.nudge_id))
        return Credited(Credit.INFLUENCED, last.cart_id, last.nudge_id)
    return Credited(Credit.NONE if abandoned_cart is None else Credit.RETURNED, abandoned_cart, None)
