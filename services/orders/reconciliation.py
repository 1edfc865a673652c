"""One order out of what its witnesses said, whoever told it and in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.envelope import IdentityKind, Money, Origin
from shared.events.identifiers import SERVER_EVENT, name_uuid
from shared.events.storefront import OrderReported, Witness

KEYED_IN = (Origin.BACK_OFFICE, Origin.BATCH, Origin.IMPORT)


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
    named = sorted((i.kind is not IdentityKind.VISITOR, i.kind.value, i.index) for i in report.identities)[0]
    total = "" if report.total is None else f"{report.total.minor}{report.total.currency}"
    who = f"{named[1]}:{named[2]}"
    return name_uuid(SERVER_EVENT, f"{report.site_id}|{report.witness}|{who}|{total}|{report.effective_at:%Y-%m-%dT%H:%M}")


def reconcile(reports: Sequence[OrderReported]) -> OneOrder:
    """A verified report is believed before an unverified one, a sure moment before an unsure one, an earlier before a later.

    Any cancellation or refund counts, but a stranger's does not undo what the shop itself has signed.
    """
    ranked = sorted(reports, key=lambda r: (not r.verified, r.uncertainty_seconds, r.effective_at, r.event_id))
    believed = [report for report in ranked if report.verified] or ranked
    totals = [report.total for report in ranked if report.total is not None]
    over = [report.status for report in believed if report.status != "placed"]
    surest = min(ranked, key=lambda r: (r.uncertainty_seconds, r.effective_at))
    return OneOrder(
        order_id=ranked[0].order_id,
        status=over[0] if over else "placed",
        origin=_origin_of(ranked),
        witnesses=tuple(sorted({report.witness for report in ranked})),
        verified=ranked[0].verified,
        total=totals[0] if totals else None,
        placed_at=surest.effective_at,
    )


def _origin_of(ranked: Sequence[OrderReported]) -> Origin:
    """Who keyed an order in says so; who only heard of it does not know."""
    told = [report.origin for report in ranked]
    known = [origin for origin in told if origin in KEYED_IN] or [origin for origin in told if origin is Origin.STOREFRONT]
    return known[0] if known else told[0]
