"""What an order report does: it fences, closes carts for the console, and is reconciled for credit."""

from datetime import datetime, timedelta

from services.orders.attribution import credit, order_key_of, reconcile
from services.orders.carts import bought
from services.orders.closing import close
from services.orders.evidence import Bought, Fence, Sighting, find_silence, identity_key
from services.orders.store import Store
from shared.events.cart import OrderReconciled
from shared.events.envelope import IdentityKind, Origin
from shared.events.identifiers import derived_event_id
from shared.events.storefront import OrderReported


async def apply_order(report: OrderReported, store: Store, now: datetime) -> None:
    """Every report silences, whatever its status and however often it is told."""
    await store.evidence.add_fences(report.site_id, fences_of(report))
    await store.evidence.add_sightings(report.site_id, sightings_of(report))
    if not await store.reports.add_report(report, order_key_of(report)):
        return
    await _close_carts(report, store, now)
    await _reconcile(report, store, now)


def fences_of(report: OrderReported) -> list[Fence]:
    """One on each key that the report names, standing until its moment and its uncertainty have passed."""
    until = report.effective_at + timedelta(seconds=report.uncertainty_seconds)
    return [Fence(identity_key(i), report.event_id, report.effective_at, until) for i in report.identities]


def sightings_of(report: OrderReported) -> list[Sighting]:
    """A shopper's browser that names contacts with its order has seen them. A clerk's browser has not."""
    visitors = [identity.index for identity in report.identities if identity.kind is IdentityKind.VISITOR]
    if report.origin is Origin.BACK_OFFICE or not visitors:
        return []
    others = [identity for identity in report.identities if identity.kind is not IdentityKind.VISITOR]
    return [Sighting(visitor, identity_key(i), report.effective_at) for visitor in visitors for i in others]


async def _visitors_of(report: OrderReported, store: Store) -> list[str]:
    named = {i.index for i in report.identities if i.kind is IdentityKind.VISITOR}
    keys = [identity_key(i) for i in report.identities if i.kind is not IdentityKind.VISITOR]
    found = named | set(await store.evidence.visitors_naming(report.site_id, keys))
    # One step further, as the evidence goes: who shares a key with them.
    for visitor in sorted(found)[:20]:
        around = await store.evidence.neighbourhood(report.site_id, visitor)
        found |= {sighting.visitor_id for sighting in around.sightings}
    return sorted(found)


async def _close_carts(report: OrderReported, store: Store, now: datetime) -> None:
    """For the console alone: what may be sent is decided at the grant, by the same rule over the same sets."""
    for cart in await store.carts.lock_living_carts(report.site_id, await _visitors_of(report, store)):
        finding = find_silence(cart.opened_at, await store.evidence.neighbourhood(cart.site_id, cart.visitor_id))
        if isinstance(finding, Bought):
            await close(store, bought(cart, certain=finding.certain), now, finding.report_id)


async def _reconcile(report: OrderReported, store: Store, now: datetime) -> None:
    key = order_key_of(report)
    order = reconcile(await store.reports.reports_of(report.site_id, key))
    visitors = await _visitors_of(report, store)
    abandoned = await store.reports.abandoned_carts_of(report.site_id, visitors, order.placed_at)
    sent = await store.reports.sent_to(report.site_id, visitors, abandoned)
    credited = credit(order, sent, abandoned[0] if abandoned else None)
    told = OrderReconciled(
        event_id=derived_event_id(report.event_id, "order.reconciled"),
        site_id=report.site_id,
        occurred_at=order.placed_at,
        received_at=now,
        order_key=key,
        order_id=order.order_id,
        status=order.status,
        origin=order.origin,
        witnesses=order.witnesses,
        verified=order.verified,
        total=order.total,
        placed_at=order.placed_at,
        credit=credited.credit,
        cart_id=credited.cart_id,
        nudge_id=credited.nudge_id,
    )
    await store.emit([told])
