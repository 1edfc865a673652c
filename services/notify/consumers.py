"""The way in: opt-ins, orders, due nudges and their answers, settings, what merchants order."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from services.notify.store import Store
from shared.events.envelope import ContactKind, IdentityKind, Origin
from shared.events.merchant import (
    ContactErased,
    ContactSuppressed,
    MerchantAction,
    SendingPaused,
    SendingResumed,
    TestMessageRequested,
)
from shared.events.nudge import (
    NudgeCancelled,
    NudgeDue,
    NudgeEvent,
    NudgeGranted,
    NudgeLapsed,
    NudgePostponed,
    NudgeWithheld,
)
from shared.events.settings import SiteConfigured
from shared.events.storefront import ConsentGiven, ConsentWithdrawn, OrderReported
from shared.runtime.postgres import Transaction

STOREFRONT_WANTED = frozenset({"consent.given", "consent.withdrawn", "order.reported"})
StorefrontWanted = ConsentGiven | ConsentWithdrawn | OrderReported


async def apply_storefront_events(events: Sequence[StorefrontWanted], tx: Transaction) -> None:
    """Bind numbers to browsers, take consents back, and remember who ordered: for the question alone."""
    store = Store(tx)
    for event in events:
        match event:
            case ConsentGiven():
                if event.origin is not Origin.BACK_OFFICE and event.contact.kind is ContactKind.PHONE:
                    await store.consents.add_consent(event)
            case ConsentWithdrawn():
                await store.consents.withdraw(
                    event.site_id, event.visitor_id, event.channel.value, event.recipient.index, event.occurred_at
                )
            case OrderReported():
                known = (IdentityKind.VISITOR, IdentityKind.PHONE)
                keys = [f"{identity.kind}:{identity.index}" for identity in event.identities if identity.kind in known]
                await store.consents.note_order(event.site_id, keys, event.effective_at)
            case _:
                assert_never(event)


async def apply_nudge_events(events: Sequence[NudgeEvent], tx: Transaction) -> None:
    """Queue what is due; end what has a final answer. A grant is acted upon after this transaction, by its opener alone."""
    store = Store(tx)
    for event in events:
        match event:
            case NudgeDue():
                await store.attempts.queue_nudge(event)
            case NudgeGranted():
                pass
            case NudgePostponed():
                await _drop_attempt(store, event)
                wait = timedelta(seconds=event.retry_after_seconds)
                await store.attempts.set_nudge(event.site_id, event.nudge_id, "queued", look_in=wait)
            case NudgeWithheld() | NudgeCancelled():
                await _drop_attempt(store, event)
                await store.attempts.set_nudge(event.site_id, event.nudge_id, "ended")
            case NudgeLapsed():
                await store.attempts.set_nudge(event.site_id, event.nudge_id, "ended")
            case _:
                assert_never(event)


async def _drop_attempt(store: Store, event: NudgePostponed | NudgeWithheld | NudgeCancelled) -> None:
    if event.attempt_id is not None:
        await store.attempts.write_not_sent(event.site_id, event.attempt_id, None)


async def apply_site_settings(events: Sequence[SiteConfigured], tx: Transaction) -> None:
    """Keep a copy."""
    for event in events:
        await Store(tx).put_site(event)


async def apply_merchant_actions(events: Sequence[MerchantAction], tx: Transaction) -> None:
    """Pause, resume, suppress, erase."""
    store = Store(tx)
    for event in events:
        match event:
            case SendingPaused() | SendingResumed():
                paused = isinstance(event, SendingPaused)
                await store.put_pause(event.site_id, paused=paused, changed_at=event.occurred_at)
            case ContactSuppressed():
                await store.consents.suppress(event.account_id, event.recipient.index, event.occurred_at)
            case ContactErased():
                index = None if event.recipient is None else event.recipient.index
                await store.consents.erase(event.site_id, event.visitor_id, index)
            case TestMessageRequested():
                pass  # a test goes to a phone that the merchant confirmed; there is no form for it yet
            case _:
                assert_never(event)
