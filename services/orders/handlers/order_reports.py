"""Handlers of order reports: each fences, closes carts for the console, and is reconciled for credit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.orders.events import order_reconciled_event
from services.orders.handlers.closing import close, silence_of
from services.orders.rules.attribution import INFLUENCE_WINDOW, RECOVERY_WINDOW, Credited, CreditedOrder, credit
from services.orders.rules.carts import Cart, bought
from services.orders.rules.coverage import coverage_of
from services.orders.rules.evidence import (
    Bought,
    Fence,
    Sighting,
    VisitorSeen,
    identity_key,
    is_trusted,
    visitor_key,
)
from services.orders.rules.reconciliation import KEYED_IN, OneOrder, believed_of, order_key_of, reconcile
from services.orders.storage.protocols import Store
from shared.events.cart import Credit, OrderCoverage
from shared.events.envelope import Identity, IdentityKind, Origin
from shared.events.storefront import LinkFollowed, OrderReported

GOES_ON_WITHIN = timedelta(minutes=15)
BROWSERS_MEASURED = 10
"""A measure need not read all that share an address with an order: its own browsers come first."""


def fences_of(report: OrderReported) -> list[Fence]:
    """The fences of a report, one on each key that it names. What was opened between its moment and its end may be bought."""
    until, certain_until = report.silences_until, report.effective_at - timedelta(seconds=report.uncertainty_seconds)
    return [Fence(identity_key(i), report.event_id, report.effective_at, until, certain_until) for i in report.identities]


def sightings_of(report: OrderReported) -> list[Sighting]:
    """The sightings of a report: a shopper's browser names contacts with its order. A clerk's browser does not."""
    if report.origin in KEYED_IN:
        return []
    visitors = [identity.index for identity in report.identities if identity.kind is IdentityKind.VISITOR]
    others = [identity for identity in report.identities if identity.kind is not IdentityKind.VISITOR]
    return [Sighting(visitor, identity_key(i), report.effective_at, i.is_other_reading) for visitor in visitors for i in others]


async def apply_orders(reports: Sequence[OrderReported], store: Store, now: datetime) -> None:
    """Close carts and reconcile. The fences stand already: every report silences, however often it is read."""
    if not reports:
        return
    new = await store.reports.add([(report, order_key_of(report)) for report in reports])
    await _doubt_repeats([report for report in reports if report.event_id in new], store)
    for report in reports:
        if report.event_id in new:
            new.discard(report.event_id)  # twice in one batch
            await _close_carts(report, store, now)
            await _reconcile(store, report.site_id, order_key_of(report), report.event_id, now)


async def _doubt_repeats(new: Sequence[OrderReported], store: Store) -> None:
    """Mark carts as uncertain that were opened after an order was received: they are not surely bought by it.

    An old confirmation page, opened beside a new cart, silences that cart and is marked as uncertain. Reports may come in any
    order, so the first one narrows the fences of those that are known already.
    """
    ids = {report.event_id for report in new}
    for site_id, order_key in {(report.site_id, order_key_of(report)): None for report in new if report.order_id is not None}:
        reports = await store.reports.of_order(site_id, order_key)
        if len(reports) < 2:
            continue
        first = min(reports, key=lambda report: report.received_at)
        changed = reports if first.event_id in ids else [report for report in reports if report.event_id in ids]
        await store.evidence.add_fences(
            [
                (site_id, replace(fence, certain_until=first.received_at))
                for report in changed
                for fence in fences_of(report)
                if fence.certain_until > first.received_at
            ]
        )


def clerks_among(reports: Sequence[OrderReported]) -> list[VisitorSeen]:
    """The shop's browsers that reported an order shortly after the back office had: staff go on from one to the other.

    An order that the shop reported first was placed there; one reported long after was viewed by its customer.
    """
    keyed_in = [report.received_at for report in reports if report.origin is Origin.BACK_OFFICE]
    return [
        VisitorSeen(report.site_id, identity.index, report.effective_at, back_office=True)
        for report in reports
        if report.origin is Origin.STOREFRONT
        and keyed_in
        and timedelta(0) < report.received_at - min(keyed_in) <= GOES_ON_WITHIN
        for identity in report.identities
        if identity.kind is IdentityKind.VISITOR
    ]


async def _close_carts(report: OrderReported, store: Store, now: datetime) -> None:
    """Close carts for the console: what may be sent is decided at the grant, by the same rule over the same sets."""
    visitors = await _visitors_around(report.identities, report.site_id, store)
    for cart in await store.carts.lock_living(report.site_id, visitors):
        finding = await silence_of(cart, store)
        if isinstance(finding, Bought):
            await close(store, cart, bought(cart, finding.report_id, certain=finding.certain), now)


async def _visitors_around(identities: Sequence[Identity], site_id: UUID, store: Store) -> list[str]:
    named = [identity.index for identity in identities if identity.kind is IdentityKind.VISITOR]
    keys = [identity_key(identity) for identity in identities if identity.kind is not IdentityKind.VISITOR]
    return await store.evidence.visitors_around(site_id, named, keys)


async def apply_followed_links(events: Sequence[LinkFollowed], store: Store, now: datetime) -> None:
    """Record that a link was followed, and reconcile: an order that was reported before may be due to it."""
    for event in events:
        await store.reports.add_followed(event.site_id, event.link_id, event.visitor_id, event.occurred_at)
        since = event.occurred_at
        await reconcile_near(store, event.site_id, event.visitor_id, since, event.event_id, now, RECOVERY_WINDOW)


async def reconcile_near(
    store: Store,
    site_id: UUID,
    visitor_id: str,
    since: datetime,
    cause: UUID,
    now: datetime,
    within: timedelta = INFLUENCE_WINDOW,
) -> None:
    """Reconcile this shopper's orders anew: what has just been read came after them, and happened before."""
    keys = set()
    for visitor in await store.evidence.visitors_around(site_id, [visitor_id], []):
        keys |= {visitor_key(visitor), *await store.evidence.keys_of(site_id, visitor)}
    for order_key in await store.reports.orders_near(site_id, sorted(keys), since, since + within):
        await _reconcile(store, site_id, order_key, cause, now)


async def _reconcile(store: Store, site_id: UUID, order_key: UUID, cause: UUID, now: datetime) -> None:
    reports = await store.reports.of_order(site_id, order_key)
    await store.evidence.see_visitors(clerks_among(reports))
    order = reconcile(reports)
    credited, is_sure = await _credit(store, site_id, reports, order)
    known = CreditedOrder(order, credited, is_sure, await _coverage(store, site_id, reports))
    await store.emit([order_reconciled_event(cause, order_key, reports, known, now)])


async def _coverage(store: Store, site_id: UUID, reports: Sequence[OrderReported]) -> OrderCoverage | None:
    """What was known of the shopper's browsers, by all reports: it measures what Beckon reads, and credits nothing."""
    moment = max(report.effective_at for report in reports)
    carts: list[Cart] = []
    sightings: list[Sighting] = []
    identities = [identity for report in reports for identity in report.identities]
    named = {identity.index for identity in identities if identity.kind is IdentityKind.VISITOR}
    around_them = await _visitors_around(identities, site_id, store)
    for visitor in sorted(around_them, key=lambda each: (each not in named, each))[:BROWSERS_MEASURED]:
        around = await store.evidence.neighbourhood(site_id, visitor)
        if is_trusted(visitor, around.sightings, around.back_office_visitors):
            carts += await store.carts.opened_before(site_id, visitor, moment)
            sightings += [sighting for sighting in around.sightings if sighting.visitor_id == visitor]
    return coverage_of(reports, carts, sightings)


async def _credit(store: Store, site_id: UUID, reports: Sequence[OrderReported], order: OneOrder) -> tuple[Credited, bool]:
    """The credit of an order, and whether it is as sure as the order itself.

    First come the browsers that signed evidence names. Those that are linked by what browsers reported may be credited too, and
    are never called verified.
    """
    believed = believed_of(reports)
    report_ids = [report.event_id for report in reports]
    if order.verified:
        sure = await _trusted(await _named_by_signed(believed, site_id, store), site_id, store)
        credited = await _credit_to(sure, report_ids, order, site_id, store)
        if credited.credit is not Credit.NONE:
            return credited, True
    identities = [identity for report in believed for identity in report.identities]
    likely = await _trusted(await _visitors_around(identities, site_id, store), site_id, store)
    credited = await _credit_to(likely, report_ids, order, site_id, store)
    return credited, order.verified and credited.credit is Credit.NONE


async def _credit_to(
    visitors: Sequence[str], report_ids: Sequence[UUID], order: OneOrder, site_id: UUID, store: Store
) -> Credited:
    abandoned = await store.carts.abandoned_before(site_id, visitors, order.placed_at, report_ids)
    sent = await store.reports.sent_to(site_id, visitors, abandoned)
    return credit(order, sent, abandoned[0] if abandoned else None)


async def _named_by_signed(signed: Sequence[OrderReported], site_id: UUID, store: Store) -> list[str]:
    """The browsers that signed reports name, and those whose number they name and a handset has confirmed."""
    identities = [identity for report in signed for identity in report.identities]
    named = {identity.index for identity in identities if identity.kind is IdentityKind.VISITOR}
    numbers = [identity.index for identity in identities if identity.kind is IdentityKind.PHONE]
    return sorted(named.union(await store.evidence.visitors_confirming(site_id, numbers)))


async def _trusted(visitors: Sequence[str], site_id: UUID, store: Store) -> list[str]:
    """The visitors that may have placed an order: not staff, and nobody's address book."""
    found = []
    for visitor in visitors:
        around = await store.evidence.neighbourhood(site_id, visitor)
        if is_trusted(visitor, around.sightings, around.back_office_visitors):
            found.append(visitor)
    return found
