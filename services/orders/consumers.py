"""The way in: what shops, notify and merchants say. Applying a batch twice, or in another order, changes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from services.orders.evidence import Sighting, key_of
from services.orders.granting import Ask
from services.orders.reporting import apply_order
from services.orders.shopping import apply_cart, apply_visit, see_contact
from services.orders.store import Store
from services.orders.store_evidence import Confirmation, Withdrawal
from shared.events.catalogue import STOREFRONT_EVENTS
from shared.events.envelope import ContactKind
from shared.events.merchant import (
    ContactErased,
    ContactSuppressed,
    MerchantAction,
    SendingPaused,
    SendingResumed,
    TestMessageRequested,
)
from shared.events.message import (
    ContactConfirmed,
    ContactInvalid,
    MessageAccepted,
    MessageDeclined,
    MessageDeferred,
    MessageFailed,
    MessagePrepared,
    MessageTopicEvent,
    MessageUnresolved,
    ShopperOptedOut,
)
from shared.events.settings import SiteConfigured
from shared.events.storefront import (
    BarrierMarked,
    CartUpdated,
    ConsentGiven,
    ConsentWithdrawn,
    LinkFollowed,
    OrderReported,
    PageSeen,
    PushSubscribed,
    PushUnsubscribed,
    ShopperIdentified,
    SourceSynced,
    StorefrontEvent,
)
from shared.runtime.clock import Clock
from shared.runtime.postgres import Transaction
from shared.runtime.producing import partition_of

LINK = "link"
OPEN_ASK = timedelta(seconds=10)


class Consumers:
    """Handlers for each topic. They neither open nor commit the transaction that they are given."""

    def __init__(self, clock: Clock, store: Callable[[Transaction], Store] = Store) -> None:
        self._clock = clock
        self._store = store

    async def apply_storefront_events(self, events: Sequence[StorefrontEvent], tx: Transaction) -> None:
        """Record what shops told us."""
        store = self._store(tx)
        for event in events:
            await self._apply_storefront_event(event, store)

    async def _apply_storefront_event(self, event: StorefrontEvent, store: Store) -> None:
        now = self._clock.now()
        match event:
            case PageSeen():
                await apply_visit(event, store, now)
            case CartUpdated():
                await apply_cart(event, store, now)
            case ShopperIdentified() | ConsentGiven():
                await see_contact(event, store)
            case ConsentWithdrawn():
                withdrawal = Withdrawal(
                    event.site_id, event.channel.value, event.recipient.index, event.event_id, event.occurred_at
                )
                await store.evidence.add_withdrawal(withdrawal)
            case OrderReported():
                await apply_order(event, store, now)
            case LinkFollowed():
                await self._apply_followed(event, store)
            case SourceSynced():
                await store.asks.put_source_sync(event.site_id, event.source, event.synced_through)
            case BarrierMarked():
                await store.asks.pass_marker(event.site_id, event.marker_id)
            case PushSubscribed() | PushUnsubscribed():
                await self._apply_push(event, store)
            case _:
                pass  # shown, clicked and dismissed notifications change nothing here

    async def _apply_followed(self, event: LinkFollowed, store: Store) -> None:
        await store.reports.add_followed_link(event.site_id, event.link_id, event.visitor_id, event.occurred_at)
        sighting = Sighting(event.visitor_id, key_of(LINK, event.link_id), event.occurred_at)
        await store.evidence.add_sightings(event.site_id, [sighting])

    async def _apply_push(self, event: PushSubscribed | PushUnsubscribed, store: Store) -> None:
        if isinstance(event, PushSubscribed):
            index = event.subscription.index
            confirmed = Confirmation(event.site_id, "push", index, event.visitor_id, event.event_id, event.occurred_at)
            await store.evidence.add_confirmation(confirmed)
        elif event.recipient is not None:
            gone = Withdrawal(event.site_id, "push", event.recipient.index, event.event_id, event.occurred_at)
            await store.evidence.add_withdrawal(gone)

    async def apply_message_events(self, events: Sequence[MessageTopicEvent], tx: Transaction) -> None:
        """Record what notify asked and what became of it."""
        store = self._store(tx)
        for event in events:
            await self._apply_message_event(event, store)

    async def _apply_message_event(self, event: MessageTopicEvent, store: Store) -> None:
        match event:
            case MessagePrepared():
                await self._apply_ask(event, store)
            case MessageAccepted():
                await self._apply_accepted(event, store)
            case MessageDeclined() | MessageDeferred():
                await self._note_reason(event, store)
            case MessageFailed(final=True) | MessageUnresolved(given_up=True):
                await self._note_end(event, store)
            case ShopperOptedOut():
                no = Withdrawal(event.site_id, event.channel.value, event.recipient.index, event.event_id, event.occurred_at)
                await store.evidence.add_withdrawal(no)
            case ContactConfirmed():
                channel = "sms" if event.recipient.kind is ContactKind.PHONE else "push"
                yes = Confirmation(
                    event.site_id, channel, event.recipient.index, event.visitor_id, event.event_id, event.occurred_at
                )
                await store.evidence.add_confirmation(yes)
            case ContactInvalid():
                bad = Withdrawal(event.site_id, event.channel.value, event.recipient.index, event.event_id, event.occurred_at)
                await store.evidence.add_withdrawal(bad)
            case _:
                pass  # delivered, unresolved and asked opt-ins are for timelines

    async def _apply_ask(self, event: MessagePrepared, store: Store) -> None:
        ask = Ask(
            site_id=event.site_id,
            attempt_id=event.attempt_id,
            nudge_id=event.nudge_id,
            cart_id=event.cart_id,
            visitor_id=event.visitor_id,
            channel=event.channel.value,
            recipient_index=event.recipient.index,
            try_number=event.try_number,
        )
        partition = partition_of(event.site_id, STOREFRONT_EVENTS.partitions)
        await store.asks.add_ask(ask, event.asked_at, partition)
        nudge = await store.carts.lock_nudge(event.site_id, event.nudge_id)
        if nudge is not None and nudge.newest_try < event.try_number:
            await store.carts.put_nudge(replace(nudge, newest_try=event.try_number))

    async def _apply_accepted(self, event: MessageAccepted, store: Store) -> None:
        if event.nudge_id is None or event.cart_id is None:
            return
        await store.reports.add_accepted(
            event.site_id, event.attempt_id, event.nudge_id, event.cart_id, event.link_id, event.occurred_at
        )
        if event.link_id is not None and event.visitor_id is not None:
            sighting = Sighting(event.visitor_id, key_of(LINK, event.link_id), event.occurred_at)
            await store.evidence.add_sightings(event.site_id, [sighting])

    async def _note_reason(self, event: MessageDeclined | MessageDeferred, store: Store) -> None:
        nudge = await store.carts.lock_nudge(event.site_id, event.nudge_id)
        if nudge is not None:
            await store.carts.put_nudge(replace(nudge, last_reason=event.reason.value))

    async def _note_end(self, event: MessageFailed | MessageUnresolved, store: Store) -> None:
        if event.nudge_id is not None and (nudge := await store.carts.lock_nudge(event.site_id, event.nudge_id)) is not None:
            reason = event.reason.value if isinstance(event, MessageFailed) else "given_up"
            await store.carts.put_nudge(replace(nudge, last_reason=reason))

    async def apply_site_settings(self, events: Sequence[SiteConfigured], tx: Transaction) -> None:
        """Keep a copy: nothing is decided for a site without settings."""
        for event in events:
            await self._store(tx).asks.put_site(event)

    async def apply_merchant_actions(self, events: Sequence[MerchantAction], tx: Transaction) -> None:
        """Record what merchants ordered."""
        store = self._store(tx)
        for event in events:
            match event:
                case SendingPaused() | SendingResumed():
                    paused = isinstance(event, SendingPaused)
                    await store.asks.put_pause(event.site_id, paused=paused, changed_at=event.occurred_at)
                case ContactSuppressed():
                    await store.asks.suppress(event.account_id, event.recipient.index)
                case ContactErased():
                    await store.evidence.erase(event.site_id, event.visitor_id, event.recipient)
                case TestMessageRequested():
                    pass
                case _:
                    assert_never(event)
