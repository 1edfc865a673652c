"""Reconciliation: one order out of the reports of its witnesses, whoever they are and in whatever order they came."""

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
    """An order as all its witnesses together report it."""

    order_id: str | None
    status: Literal["placed", "cancelled", "refunded"]
    origin: Origin
    witnesses: tuple[Witness, ...]
    verified: bool
    total: Money | None
    placed_at: datetime


def order_key_of(report: OrderReported) -> UUID:
    """The key by which reports are of one order: its id, whoever reports; else witness, visitor, total and minute."""
    if report.order_id is not None:
        return name_uuid(SERVER_EVENT, f"{report.site_id}|order|{report.order_id}")
    named = sorted((i.kind is not IdentityKind.VISITOR, i.kind.value, i.index) for i in report.identities)[0]
    total = "" if report.total is None else f"{report.total.minor}{report.total.currency}"
    who = f"{named[1]}:{named[2]}"
    return name_uuid(SERVER_EVENT, f"{report.site_id}|{report.witness}|{who}|{total}|{report.effective_at:%Y-%m-%dT%H:%M}")


def believed_of(reports: Sequence[OrderReported]) -> list[OrderReported]:
    """The signed reports of an order, of which nothing that anybody may have sent fills any part; without a signed one, all."""
    return [report for report in reports if report.verified] or list(reports)


def reconcile(reports: Sequence[OrderReported]) -> OneOrder:
    """The order as the believed reports have it: a sure moment before an unsure one, an earlier before a later.

    Any cancellation or refund among them counts, and the latest change has the total. Of the others it is only shown that they
    reported it.
    """
    ranked = sorted(believed_of(reports), key=lambda r: (r.uncertainty_seconds, r.effective_at, r.event_id))
    over = [report.status for report in ranked if report.status != "placed"]
    return OneOrder(
        order_id=ranked[0].order_id,
        status=over[0] if over else "placed",
        origin=_origin_of(ranked),
        witnesses=tuple(sorted({report.witness for report in reports})),
        verified=ranked[0].verified,
        total=_total_of(ranked),
        placed_at=ranked[0].effective_at,
    )


def _total_of(ranked: Sequence[OrderReported]) -> Money | None:
    """The total after the latest change of the order, such as a refund of a part of it; else as it was placed."""
    totals = [report.total for report in ranked if report.total is not None]
    changes = [(r.changed_at, r.event_id, r.total) for r in ranked if r.changed_at is not None and r.total is not None]
    return max(changes)[2] if changes else totals[0] if totals else None


def _origin_of(ranked: Sequence[OrderReported]) -> Origin:
    """The origin of an order: who keyed it in knows; who only received it does not."""
    origins = [report.origin for report in ranked]
    known = [origin for origin in origins if origin in KEYED_IN] or [
        origin for origin in origins if origin is Origin.STOREFRONT
    ]
    return known[0] if known else origins[0]
