"""Consumers: facts of orders, notify and ingest become what the console shows. A repeated event changes nothing."""

from collections.abc import Sequence
from typing import assert_never

from services.onboarding.people.erasure import apply_erased
from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.data_requests import DataRequestStore
from services.onboarding.storage.erasure import ErasureStore
from services.onboarding.storage.limits import LimitStore
from services.onboarding.storage.live import notify_changed
from services.onboarding.storage.projections import ProjectionStore
from services.onboarding.storage.replies import ReplyStore
from services.onboarding.storage.setup import SetupStore
from services.onboarding.storage.texting import TextingStore
from services.onboarding.storage.watches import WatchStore
from services.onboarding.texting.senders import milestone_of, with_test_phone
from shared.events.cart import (
    CartAbandoned,
    CartClosed,
    CartEvent,
    CartOutcome,
    CartResumed,
    OrderReconciled,
    ShopperDataCollected,
    ShopperErased,
)
from shared.events.message import (
    MessageAccepted,
    MessageDeclined,
    MessageKind,
    MessageTopicEvent,
    OptInHandled,
    RecipientDataCollected,
    RecipientErased,
    ReplyReceived,
    TestCodeReceived,
)
from shared.events.nudge import NudgeCancelled, NudgeEvent, NudgeLapsed, NudgesErased, NudgeWithheld, QuestionAnswer
from shared.events.signals import SiteSignalled
from shared.runtime.postgres.pool import Transaction


async def apply_cart_events(events: Sequence[CartEvent], tx: Transaction) -> None:
    """Apply events of carts and orders to the lists and timelines."""
    store = ProjectionStore(tx)
    for event in events:
        if isinstance(event, ShopperErased):
            await apply_erased(event, tx)
            continue
        if isinstance(event, ShopperDataCollected):
            await DataRequestStore(tx).put_answer(event, "orders")
            continue
        visitor = None if isinstance(event, OrderReconciled) else event.visitor_id
        cart_id = event.cart_id
        if isinstance(event, OrderReconciled) and cart_id is None:
            cart_id = await store.cart_closed_by(event.site_id, event.report_ids)
        if not await store.note(event, cart_id, visitor):
            continue
        match event:
            case CartAbandoned():
                await store.put_abandoned(event)
                await WatchStore(tx).wake(event.site_id, [item.name for item in event.items], event.received_at)
            case CartResumed() | CartClosed():
                await store.put_state(event)
                if isinstance(event, CartClosed) and event.outcome is CartOutcome.ERASED:
                    await ErasureStore(tx).sever(event.site_id, event.cart_id)
            case OrderReconciled():
                await store.put_order(event)
            case _:
                assert_never(event)
    await notify_changed(tx, (event.site_id for event in events))


async def apply_nudge_events(events: Sequence[NudgeEvent], tx: Transaction) -> None:
    """Apply what was decided about reminders."""
    store = ProjectionStore(tx)
    for event in events:
        if isinstance(event, NudgesErased):
            await apply_erased(event, tx)
            continue
        if isinstance(event, QuestionAnswer):  # of a tick and its browser, of no cart
            await store.note(event, None, event.visitor_id)
            continue
        if not await store.note(event, event.cart_id, None):
            continue
        if isinstance(event, NudgeCancelled):
            await store.mark_cart(event.site_id, event.cart_id, silenced=event.reason.value)
        elif isinstance(event, NudgeWithheld):
            await store.mark_cart(event.site_id, event.cart_id, withheld=event.reason.value)
        elif isinstance(event, NudgeLapsed):
            await store.mark_cart(event.site_id, event.cart_id, declined=event.reason.value)
    await notify_changed(tx, (event.site_id for event in events))


async def apply_message_events(events: Sequence[MessageTopicEvent], tx: Transaction) -> None:
    """Apply what was asked and sent, and what handsets answered."""
    store = ProjectionStore(tx)
    for event in events:
        if isinstance(event, TestCodeReceived):
            await prove_phone(event, tx)
            continue
        if isinstance(event, RecipientErased):
            await apply_erased(event, tx)
            continue
        if isinstance(event, RecipientDataCollected):
            await DataRequestStore(tx).put_answer(event, "notify")
            continue
        if isinstance(event, ReplyReceived):
            await ReplyStore(tx).add(event)
        if (milestone := milestone_of(event)) is not None:
            await TextingStore(tx).pass_milestone(event.site_id, milestone, event.received_at)
        cart_id = getattr(event, "cart_id", None)
        if not await store.note(event, cart_id, getattr(event, "visitor_id", None)):
            continue
        if isinstance(event, OptInHandled | MessageDeclined) and event.budget is not None:
            is_question = isinstance(event, OptInHandled)
            await LimitStore(tx).count(event.site_id, event.budget, is_question=is_question, at=event.received_at)
        if isinstance(event, MessageAccepted) and event.kind is MessageKind.REMINDER and event.cart_id is not None:
            await store.mark_cart(event.site_id, event.cart_id, sent_by=event.channel)
        elif isinstance(event, MessageDeclined):
            await store.mark_cart(event.site_id, event.cart_id, declined=event.reason.value)
    await notify_changed(tx, (event.site_id for event in events))


async def prove_phone(event: TestCodeReceived, tx: Transaction) -> None:
    """Store the phone that sent the code which counts as the merchant's own. Any other code changes nothing."""
    texting, accounts = TextingStore(tx), AccountStore(tx)
    if not await texting.take_code(event.site_id, event.code_hash, event.received_at):
        return
    site = await accounts.lock_settings_of(event.site_id)
    if site is None:
        return
    changed = with_test_phone(site, event.contact.index, event.received_at)
    if changed is not None:
        await accounts.put_settings(changed, event.received_at)
        await texting.add_phone(event.site_id, event.contact, event.received_at)


async def apply_site_signals(events: Sequence[SiteSignalled], tx: Transaction) -> None:
    """Apply what ingest noticed of a site's set-up."""
    for event in events:
        await SetupStore(tx).put_signal(event)
    await notify_changed(tx, (event.site_id for event in events))
