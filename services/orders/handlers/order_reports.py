"""Handlers of order reports: each fences, closes carts for the console, and is reconciled for credit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.orders.events import order_reconciled_event
from services.orders.handlers.closing import close_bought
from services.orders.rules.attribution import INFLUENCE_WINDOW, RECOVERY_WINDOW, Credited, CreditedOrder, credit
from services.orders.rules.coverage import coverage_of
from services.orders.rules.evidence import (
    Fence,
    Sighting,
    VisitorSeen,
    identity_key,
    is_trusted,
    visitor_key,
    visitors_named,
)
from services.orders.rules.reconciliation import KEYED_IN, OneOrder, believed_of, order_key_of, reconcile
from services.orders.storage.protocols import Store
from shared.events.cart import Credit, OrderCoverage
from shared.events.envelope import Identity, IdentityKind, Origin
from shared.events.storefront import LinkFollowed, OrderReported

GOES_ON_WITHIN = timedelta(minutes=15)
MOST_REPORTS = 100
"""Kept of one order. Its witnesses are a few; what somebody adds to them without a signature silences, and costs no time."""
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


async def apply_orders(reports: Sequence[OrderReported], links: Sequence[LinkFollowed], store: Store, now: datetime) -> None:
    """Close carts and reconcile, once for a whole batch. The fences stand already: every report silences.

    Anybody may repeat an order, a link or a contact that many share. A cart is looked at once and an order reconciled once,
    however many of a batch name them, so that a flood at one shop does not hold up the others.
    """
    new, further = await _add(reports, store)
    await _doubt_repeats(new, store)
    await _close_carts([*new, *further], store, now)
    causes = await _orders_of_links(links, store)
    causes |= {(report.site_id, order_key_of(report)): report.event_id for report in new}
    for (site_id, order_key), cause in causes.items():
        await _reconcile(store, site_id, order_key, cause, now)


async def _add(reports: Sequence[OrderReported], store: Store) -> tuple[list[OrderReported], list[OrderReported]]:
    """Keep reports. Returns those that are new, and unsigned ones beyond what is kept of an order: these only silence."""
    orders = {(report.site_id, order_key_of(report)) for report in reports}
    kept = await store.reports.counts(sorted(orders), MOST_REPORTS) if orders else {}
    taken: list[OrderReported] = []
    further: list[OrderReported] = []
    for report in reports:
        order = (report.site_id, order_key_of(report))
        kept[order] = kept.get(order, 0) + 1
        (taken if report.verified or kept[order] <= MOST_REPORTS else further).append(report)
    if not taken:
        return [], further
    ids = await store.reports.add([(report, order_key_of(report)) for report in taken])
    first = {report.event_id: report for report in reversed(taken) if report.event_id in ids}
    return list(reversed(first.values())), further


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


async def _close_carts(reports: Sequence[OrderReported], store: Store, now: datetime) -> None:
    """Close carts for the console: what may be sent is decided at the grant, by the same rule over the same sets."""
    around: dict[UUID, set[str]] = {}
    named = {(report.site_id, report.identities): None for report in reports}
    for site_id, identities in named:
        around.setdefault(site_id, set()).update(await _visitors_around(identities, site_id, store))
    for site_id, visitors in around.items():
        await close_bought(await store.carts.lock_living(site_id, sorted(visitors)), store, now)


async def _visitors_around(identities: Sequence[Identity], site_id: UUID, store: Store) -> list[str]:
    named = [identity.index for identity in identities if identity.kind is IdentityKind.VISITOR]
    keys = [identity_key(identity) for identity in identities if identity.kind is not IdentityKind.VISITOR]
    return await store.evidence.visitors_around(site_id, named, keys)


async def _orders_of_links(links: Sequence[LinkFollowed], store: Store) -> dict[tuple[UUID, UUID], UUID]:
    """Record followed links. Returns the orders that may be due to one, reported before it, each with its cause.

    A link that no reminder went out with credits nothing: anybody may name one. It is reconciled with what is accepted later.
    """
    sent: dict[tuple[UUID, str], list[LinkFollowed]] = {}
    for event in links:
        if await store.reports.add_followed(event.site_id, event.link_id, event.visitor_id, event.occurred_at):
            sent.setdefault((event.site_id, event.link_id), []).append(event)
    causes = {}
    for (site_id, _), events in sent.items():
        visitors = sorted({event.visitor_id for event in events})[:BROWSERS_MEASURED]
        moments = [event.occurred_at for event in events]
        for order_key in await _orders_near(store, site_id, visitors, min(moments), max(moments) + RECOVERY_WINDOW):
            causes[site_id, order_key] = events[-1].event_id
    return causes


async def reconcile_near(store: Store, site_id: UUID, visitor_id: str, since: datetime, cause: UUID, now: datetime) -> None:
    """Reconcile this shopper's orders anew: what has just been read came after them, and happened before."""
    for order_key in await _orders_near(store, site_id, [visitor_id], since, since + INFLUENCE_WINDOW):
        await _reconcile(store, site_id, order_key, cause, now)


async def _orders_near(store: Store, site_id: UUID, visitor_ids: Sequence[str], since: datetime, until: datetime) -> list[UUID]:
    visitors = await store.evidence.visitors_around(site_id, visitor_ids, [])
    named = await store.evidence.named_by(site_id, visitors)
    keys = {visitor_key(visitor) for visitor in visitors} | {sighting.key for sighting in named}
    return await store.reports.orders_near(site_id, sorted(keys), since, until)


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
    identities = [identity for report in reports for identity in report.identities]
    named = {identity.index for identity in identities if identity.kind is IdentityKind.VISITOR}
    around_them = await _visitors_around(identities, site_id, store)
    nearest = sorted(around_them, key=lambda each: (each not in named, each))[:BROWSERS_MEASURED]
    trusted, sightings = await _trusted(nearest, site_id, store)
    carts = [cart for visitor in trusted for cart in await store.carts.opened_before(site_id, visitor, moment)]
    return coverage_of(reports, carts, [sighting for sighting in sightings if sighting.visitor_id in trusted])


async def _credit(store: Store, site_id: UUID, reports: Sequence[OrderReported], order: OneOrder) -> tuple[Credited, bool]:
    """The credit of an order, and whether it is as sure as the order itself.

    First come the browsers that signed evidence names. Those that are linked by what browsers reported may be credited too, and
    are never called verified.
    """
    believed = believed_of(reports)
    report_ids = [report.event_id for report in reports]
    if order.verified:
        sure, _ = await _trusted(await _named_by_signed(believed, site_id, store), site_id, store)
        credited = await _credit_to(sure, report_ids, order, site_id, store)
        if credited.credit is not Credit.NONE:
            return credited, True
    identities = [identity for report in believed for identity in report.identities]
    likely, _ = await _trusted(await _visitors_around(identities, site_id, store), site_id, store)
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


async def _trusted(visitors: Sequence[str], site_id: UUID, store: Store) -> tuple[list[str], list[Sighting]]:
    """The visitors that may have placed an order, not staff and nobody's address book, and what all of these have named."""
    named = await store.evidence.named_by(site_id, visitors)
    theirs: dict[str, list[Sighting]] = {visitor: [] for visitor in visitors}
    for sighting in named:
        theirs[sighting.visitor_id].append(sighting)
    staff = await store.evidence.staff_among(site_id, {*visitors, *visitors_named(sighting.key for sighting in named)})
    return [visitor for visitor, sightings in theirs.items() if is_trusted(visitor, sightings, staff)], named
