"""Erasures: rows are deleted, tombstones are left, and markers in the log divide what is older from what is newer.

A merchant's ``contact.erased`` and the shop's events are of two topics, and no clock orders them. So orders erases at once, and
writes ``erasure.marked`` into the site's partition of storefront-events: what is read before it is older, and goes with it.
Whoever reads the log anew meets the marker anew, and erases again what the records before it brought back.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.orders.events import erased_events, erasure_marked_event
from services.orders.handlers.closing import Change, store_changes
from services.orders.rules.carts import erased
from services.orders.rules.erasure import Subject, identities_of, is_one_persons, named_by, subject_of, tombstones_of
from services.orders.rules.evidence import SHARED_BY_TOO_MANY, Neighbourhood, visitor_key
from services.orders.storage.protocols import Store
from shared.events.markers import ErasureMarked
from shared.events.merchant import ContactErased
from shared.events.message import RecipientErased


async def apply_contact_erased(event: ContactErased, store: Store, now: datetime) -> None:
    """Erase what is known, silence what was linked to it, and mark the position in the log."""
    if not await store.erasures.first_time(event.site_id, event.event_id, now):
        return
    subject, namers = await resolve(event.site_id, named_by(event), store)
    await erase(event.site_id, event.event_id, subject, namers, store, now)
    await store.emit(
        [erasure_marked_event(event, event.event_id, subject, now), *erased_events(event, event.event_id, subject, now)]
    )


async def apply_erasure_marked(event: ErasureMarked, store: Store, now: datetime) -> None:
    """Erase anew at the marker: what had not been read when the erasure was ordered is found now, and deleted too.

    A marker that was read before is met again where the log is read anew. Then the records before it have brought back what
    they hold, and what is newer follows it.
    """
    listed = named_by(event)
    if not await store.erasures.first_time(event.site_id, event.event_id, now):
        await store.erasures.forget_reported(event.site_id, listed)
        return
    found, namers = await resolve(event.site_id, listed, store)
    subject = listed.joined(found)
    await erase(event.site_id, event.erasure_id, subject, namers, store, now)
    if listed.covers(subject):
        await store.erasures.mark(event.site_id, event.erasure_id)
    else:
        await store.emit([erasure_marked_event(event, event.erasure_id, subject, now)])
    await store.emit(erased_events(event, event.erasure_id, subject, now))


async def apply_recipient_erased(event: RecipientErased, store: Store) -> None:
    """Delete again what came back with notify's topic: it holds what notify had emitted before it erased them."""
    indexes = [identity.index for identity in event.identities]
    await store.erasures.forget_messages(event.site_id, list(event.visitor_ids), indexes)


async def resolve(site_id: UUID, named: Subject, store: Store) -> tuple[Subject, list[str]]:
    """The subject that the named keys stand for, and the browsers that share a key with it."""
    around: dict[str, Neighbourhood] = {}
    for contact in sorted(named.contacts):
        namers = await store.evidence.visitors_naming(site_id, [contact])
        for visitor in namers if len(namers) <= SHARED_BY_TOO_MANY else []:
            around.setdefault(visitor, await store.evidence.neighbourhood(site_id, visitor))
    for visitor in sorted(named.visitor_ids - around.keys()):
        around[visitor] = await store.evidence.neighbourhood(site_id, visitor)
    theirs = {visitor_key(visitor) for visitor, seen in around.items() if is_one_persons(visitor, seen)}
    ordered_with = await store.reports.named_with(site_id, sorted(named.contacts | theirs))
    subject = subject_of(named.contacts, named.visitor_ids, around, ordered_with)
    return subject, await store.evidence.visitors_naming(site_id, sorted(subject.contacts))


async def erase(site_id: UUID, erasure_id: UUID, subject: Subject, sharers: Iterable[str], store: Store, now: datetime) -> None:
    """Delete the rows of a subject and end its carts. Locks are taken in their order: ask, cart, nudge."""
    visitors, indexes = sorted(subject.visitor_ids), [identity.index for identity in identities_of(subject.contacts)]
    staff = await store.erasures.staff_among(site_id, visitors)
    stones = tombstones_of(subject, sharers, staff, now)
    await store.erasures.put_tombstones(site_id, erasure_id, stones, now)
    await store.erasures.forget_messages(site_id, visitors, indexes)
    living = await store.carts.lock_living(site_id, visitors)
    await store_changes(store, [Change(cart, erased(cart)) for cart in living], now)
    await store.erasures.forget_nudged(site_id, visitors, indexes)
    await store.carts.erase(site_id, visitors)
    await store.erasures.forget_reported(site_id, subject)
