"""Erasures in the console: at once what a merchant asked for, and by events of orders and notify what they found besides."""

from collections.abc import Sequence
from datetime import datetime
from typing import get_args
from uuid import UUID

from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.data_requests import DataRequestStore
from services.onboarding.storage.erasure import ErasureStore
from services.onboarding.storage.replies import ReplyStore
from services.onboarding.texting.senders import without_test_phone
from shared.events.cart import CartEvent, ShopperErased
from shared.events.message import MessageTopicEvent, RecipientErased
from shared.events.nudge import NudgeEvent, NudgesErased
from shared.runtime.postgres.pool import Transaction


def _types(union: object) -> tuple[str, ...]:
    return tuple(event.model_fields["type"].default for event in get_args(union))


TYPES = {
    ShopperErased: _types(CartEvent),
    NudgesErased: _types(NudgeEvent),
    RecipientErased: _types(MessageTopicEvent),
}
"""By event: the types that its topic brings back to the timeline when it is read anew."""


async def erase(tx: Transaction, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str], now: datetime) -> None:
    """Remove what is known of these browsers and contacts. A phone that was a test phone is like any other again."""
    store, accounts = ErasureStore(tx), AccountStore(tx)
    await store.erase_timeline(site_id, visitors, indexes)
    await store.erase_carts(site_id, visitors)
    await store.erase_test_phones(site_id, indexes)
    await DataRequestStore(tx).erase(site_id, indexes)
    await ReplyStore(tx).erase(site_id, visitors, indexes)
    site = await accounts.lock_settings_of(site_id)
    for index in indexes:
        if site is not None and index in site.test_recipients:
            site = without_test_phone(site, index, now)
            await accounts.put_settings(site, now)


async def apply_erased(event: ShopperErased | NudgesErased | RecipientErased, tx: Transaction) -> None:
    """Erase what orders and notify found. An event that is read anew erases what its own topic brought back with it."""
    store, visitors = ErasureStore(tx), event.visitor_ids
    indexes = [identity.index for identity in event.identities]
    if await store.first_time(event.site_id, event.event_id, event.received_at):
        await erase(tx, event.site_id, visitors, indexes, event.received_at)
        return
    await store.erase_timeline(event.site_id, visitors, indexes, TYPES[type(event)])
    if isinstance(event, ShopperErased):
        await store.erase_carts(event.site_id, visitors)
    elif isinstance(event, RecipientErased):
        await ReplyStore(tx).erase(event.site_id, visitors, indexes)
