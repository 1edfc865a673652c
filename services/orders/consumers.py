"""Consumers of storefront events, settings, merchant actions. Applying a batch twice, or in another order, changes nothing.

Nothing here opens or commits a transaction: the store that a handler is given belongs to one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from services.orders.handlers.erasure import apply_contact_erased, apply_erasure_marked
from services.orders.handlers.order_reports import apply_orders, fences_of, sightings_of
from services.orders.handlers.person_data import apply_person_data_marked, apply_person_data_requested
from services.orders.handlers.shopping import apply_shopping
from services.orders.rules.evidence import Sighting, VisitorSeen, key_of, visitor_key
from services.orders.rules.withdrawals import confirmations_in, withdrawals_in
from services.orders.storage.protocols import Store
from shared.events.envelope import Origin
from shared.events.markers import BarrierMarked, ErasureMarked, PersonDataMarked
from shared.events.merchant import (
    BudgetRaised,
    ContactErased,
    ContactSuppressed,
    MerchantAction,
    PersonDataRequested,
    SendingPaused,
    SendingResumed,
    TestMessageRequested,
)
from shared.events.settings import SiteConfigured
from shared.events.storefront import (
    CartUpdated,
    ConsentGiven,
    LinkFollowed,
    OrderReported,
    PageSeen,
    PushSubscribed,
    ShopperIdentified,
    SourceSynced,
    StorefrontEvent,
)

LINK = "link"
InShop = PageSeen | CartUpdated | ShopperIdentified | ConsentGiven | PushSubscribed


async def apply_storefront_events(events: Sequence[StorefrontEvent], store: Store, now: datetime) -> None:
    """Record what shops reported. Where the log is marked, what comes before the marker is applied first, the rest after it."""
    reported: list[StorefrontEvent] = []
    for event in events:
        if isinstance(event, ErasureMarked | PersonDataMarked):
            await _apply_reported(reported, store, now)
            if isinstance(event, ErasureMarked):
                await apply_erasure_marked(event, store, now)
            else:
                await apply_person_data_marked(event, store, now)
            reported = []
        else:
            reported.append(event)
    await _apply_reported(reported, store, now)


async def _apply_reported(events: Sequence[StorefrontEvent], store: Store, now: datetime) -> None:
    """Apply a batch: first the evidence, for what follows from it may stand anywhere in the batch."""
    await store.evidence.see_visitors(visitors_in(events))
    await store.evidence.add_sightings([sighting for event in events for sighting in sightings_in(event)])
    orders = [event for event in events if isinstance(event, OrderReported)]
    await store.evidence.add_fences([(order.site_id, fence) for order in orders for fence in fences_of(order)])
    await _record_consents(events, store)
    await apply_shopping([event for event in events if isinstance(event, PageSeen | CartUpdated)], store, now)
    await apply_orders(orders, [event for event in events if isinstance(event, LinkFollowed)], store, now)
    for event in events:
        if isinstance(event, SourceSynced):
            # A source whose clock is fast vouches for no moment that has not come yet.
            await store.sites.put_source_sync(event.site_id, event.source, min(event.synced_through, now))
    markers = [(event.site_id, event.marker_id) for event in events if isinstance(event, BarrierMarked)]
    await store.asks.pass_markers(markers, now)


async def _record_consents(events: Sequence[StorefrontEvent], store: Store) -> None:
    """Record opt-ins, withdrawals and confirmations one by one: their order in the log decides between them."""
    for event in events:
        if isinstance(event, ConsentGiven) and event.origin is not Origin.BACK_OFFICE:
            await store.evidence.add_opt_ins([(event.site_id, event.event_id)])
        await store.evidence.add_withdrawals(withdrawals_in(event))
        await store.evidence.add_confirmations(confirmations_in(event))


def visitors_in(events: Sequence[StorefrontEvent]) -> list[VisitorSeen]:
    """The browsers that did something, and where. Whatever a browser does in a back office makes it a clerk's."""
    return [
        VisitorSeen(event.site_id, event.visitor_id, event.occurred_at, event.origin is Origin.BACK_OFFICE)
        for event in events
        if isinstance(event, InShop) and _counts(event)
    ]


def _counts(event: InShop) -> bool:
    """Whether an event is a visit: pages and carts are; of the rest only that it happened in a back office matters."""
    return isinstance(event, PageSeen | CartUpdated) or event.origin is Origin.BACK_OFFICE


def sightings_in(event: StorefrontEvent) -> list[tuple[UUID, Sighting]]:
    """The keys that a browser named. In the back office that binds nothing."""
    match event:
        case ShopperIdentified() | ConsentGiven() if event.origin is not Origin.BACK_OFFICE:
            keys = [key_of(event.contact.kind.value, index) for index in (event.contact.index, *event.also)]
            first = Sighting(event.visitor_id, keys[0], event.occurred_at)
            others = [replace(first, key=key, is_other_reading=True) for key in keys[1:]]
            return [(event.site_id, sighting) for sighting in (first, *others)]
        case CartUpdated() if event.origin is not Origin.BACK_OFFICE and event.shop_cart is not None:
            key = key_of(event.shop_cart.kind.value, event.shop_cart.index)
        case LinkFollowed():
            key = key_of(LINK, event.link_id)
        case PageSeen(office_visitor=str() as office_visitor) if event.origin is not Origin.BACK_OFFICE:
            key = visitor_key(office_visitor)  # a clerk's, if that browser was seen in the back office
        case OrderReported():
            return [(event.site_id, sighting) for sighting in sightings_of(event)]
        case _:
            return []
    return [(event.site_id, Sighting(event.visitor_id, key, event.occurred_at))]


async def apply_site_settings(events: Sequence[SiteConfigured], store: Store) -> None:
    """Keep a copy of each site's settings: nothing is decided for a site without them."""
    for event in events:
        await store.sites.put(event)


async def apply_merchant_actions(events: Sequence[MerchantAction], store: Store, now: datetime) -> None:
    """Record what merchants ordered."""
    for event in events:
        match event:
            case SendingPaused() | SendingResumed():
                paused = isinstance(event, SendingPaused)
                await store.sites.put_pause(event.site_id, paused=paused, cause=event.event_id, now=now)
            case ContactSuppressed():
                await store.sites.suppress(event.account_id, event.recipient.index)
            case ContactErased():
                await apply_contact_erased(event, store, now)
            case PersonDataRequested():
                await apply_person_data_requested(event, store, now)
            case TestMessageRequested() | BudgetRaised():
                pass
            case _:
                assert_never(event)
