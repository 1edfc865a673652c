"""Erasures in notify: at once what the merchant named, and by orders' marker whoever else that is.

notify knows which browser named which number; that an e-mail address is of the same shopper, orders alone knows.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.notify import events
from services.notify.storage.protocols import Store
from shared.events.markers import ErasureMarked
from shared.events.merchant import ContactErased


async def apply_contact_erased(event: ContactErased, store: Store, now: datetime) -> None:
    """Erase what is named. Until the marker is read, what is reported of it may be older, and binds nothing."""
    site_id = event.site_id
    if not await store.erasures.first_time(site_id, event.event_id, now):
        return
    indexes = [] if event.recipient is None else [event.recipient.index]
    visitors = [] if event.visitor_id is None else [event.visitor_id]
    for index in indexes:
        visitors += await store.erasures.browsers_of(site_id, index)
    await store.erasures.put_tombstones(site_id, event.event_id, sorted({*indexes, *visitors}), now)
    await _erase(site_id, visitors, indexes, store, now)


async def apply_erasure_marked(event: ErasureMarked, store: Store, now: datetime) -> None:
    """Everything older is applied: erase it too. Where the log is read anew, what it brought back goes again."""
    visitors, indexes = list(event.visitor_ids), [identity.index for identity in event.identities]
    if not await store.erasures.first_time(event.site_id, event.event_id, now):
        await store.erasures.forget_reported(event.site_id, visitors)
        return
    await _erase(event.site_id, visitors, indexes, store, now)
    await store.erasures.mark(event.site_id, event.erasure_id)
    await store.emit([events.recipient_erased_event(event, now)])


async def _erase(site_id: UUID, visitors: Sequence[str], indexes: Sequence[str], store: Store, now: datetime) -> None:
    ended = await store.erasures.erase(site_id, visitors, indexes, now)
    await store.emit([events.declined_as_erased_event(site_id, nudge_id, cart_id, now) for nudge_id, cart_id in ended])
