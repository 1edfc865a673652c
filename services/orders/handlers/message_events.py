"""Handlers of message events: asks, results of attempts, and who may be written to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.orders.handlers.erasure import apply_recipient_erased
from services.orders.handlers.order_reports import reconcile_near
from services.orders.rules.attribution import Sent
from services.orders.rules.evidence import Sighting, key_of
from services.orders.rules.granting import Ask
from services.orders.rules.nudges import Nudge, ended, not_sent
from services.orders.rules.opt_in import QuestionAsk
from services.orders.rules.withdrawals import confirmations_in, withdrawals_in
from services.orders.storage.protocols import Store
from shared.events.catalogue import STOREFRONT_EVENTS
from shared.events.message import (
    ConsentRecorded,
    ContactConfirmed,
    ContactInvalid,
    MessageAccepted,
    MessageDeclined,
    MessageDeferred,
    MessageDelivered,
    MessageFailed,
    MessageKind,
    MessagePrepared,
    MessageTopicEvent,
    MessageUnresolved,
    OptInHandled,
    QuestionPrepared,
    RecipientErased,
    ShopperOptedOut,
    TestCodeReceived,
)
from shared.events.reasons import Reason
from shared.runtime import tracing
from shared.runtime.kafka.producer import partition_of

LINK = "link"


async def apply_message_events(events: Sequence[MessageTopicEvent], store: Store, now: datetime) -> None:
    """Record what notify emitted, in its order. Asks last: what was emitted before them is known when they are answered."""
    results: list[MessageTopicEvent] = []
    for event in events:
        if isinstance(event, RecipientErased):
            await _apply_results(results, store, now)
            await apply_recipient_erased(event, store)
            results = []
        else:
            results.append(event)
    await _apply_results(results, store, now)


async def _apply_results(events: Sequence[MessageTopicEvent], store: Store, now: datetime) -> None:
    for event in events:
        with tracing.caused_by(event.event_id):
            await store.evidence.add_withdrawals(withdrawals_in(event))
            await store.evidence.add_confirmations(confirmations_in(event))
            await _apply(event, store, now)
    for event in events:
        if isinstance(event, MessagePrepared | QuestionPrepared):
            with tracing.caused_by(event.event_id):
                await store.asks.add([ask_in(event)], now)


async def _apply(event: MessageTopicEvent, store: Store, now: datetime) -> None:
    match event:
        case MessageAccepted(kind=MessageKind.REMINDER):
            await _apply_accepted(event, store, now)
        case MessageDeclined() | MessageDeferred():
            if (nudge := await store.nudges.lock(event.site_id, event.nudge_id)) is not None:
                await store.nudges.put([not_sent(nudge, "", event.reason.value)])
        case MessageFailed() if event.nudge_id is not None:
            if (nudge := await store.nudges.lock(event.site_id, event.nudge_id)) is not None:
                await store.nudges.put([after_failure(nudge, event)])
        case MessageUnresolved(given_up=True) if event.nudge_id is not None:
            await _end(event.site_id, event.nudge_id, Reason.GIVEN_UP.value, store)
        case (
            MessageAccepted()
            | MessagePrepared()
            | QuestionPrepared()
            | MessageFailed()
            | MessageUnresolved()
            | MessageDelivered()
            | ShopperOptedOut()
            | ContactConfirmed()
            | ContactInvalid()
            | OptInHandled()
            | ConsentRecorded()
            | TestCodeReceived()
            | RecipientErased()
        ):
            pass  # taken with its whole batch, or for timelines alone


def after_failure(nudge: Nudge, event: MessageFailed) -> Nudge:
    """The nudge after a failure: ended by a final one. Otherwise the attempt called nobody, and another may ask."""
    return ended(nudge, event.reason.value) if event.final else not_sent(nudge, event.attempt_id, event.reason.value)


async def _apply_accepted(event: MessageAccepted, store: Store, now: datetime) -> None:
    if event.nudge_id is None or event.cart_id is None:
        return
    sent = Sent(event.nudge_id, event.cart_id, event.occurred_at, None)
    await store.reports.add_accepted(event.site_id, event.attempt_id, event.link_id, sent)
    await _end(event.site_id, event.nudge_id, None, store)
    nudge = await store.nudges.get(event.site_id, event.nudge_id)
    visitor = event.visitor_id or (None if nudge is None else nudge.visitor_id)
    if not visitor:
        return  # the shopper was erased meanwhile
    if event.link_id is not None:
        # Who follows the link knows the shopper, or is the shopper in another browser: that silences.
        sighting = Sighting(visitor, key_of(LINK, event.link_id), event.occurred_at)
        await store.evidence.add_sightings([(event.site_id, sighting)])
    await reconcile_near(store, event.site_id, visitor, event.occurred_at, event.event_id, now)


async def _end(site_id: UUID, nudge_id: UUID, reason: str | None, store: Store) -> None:
    if (nudge := await store.nudges.lock(site_id, nudge_id)) is not None:
        await store.nudges.put([ended(nudge, reason)])


def ask_in(event: MessagePrepared | QuestionPrepared) -> tuple[Ask | QuestionAsk, int]:
    """The ask, and the partition where the unread orders of its site are."""
    ask = question_ask_in(event) if isinstance(event, QuestionPrepared) else nudge_ask_in(event)
    return ask, partition_of(event.site_id, STOREFRONT_EVENTS.partitions)


def nudge_ask_in(event: MessagePrepared) -> Ask:
    """The ask of an attempt at a reminder."""
    return Ask(
        site_id=event.site_id,
        attempt_id=event.attempt_id,
        nudge_id=event.nudge_id,
        cart_id=event.cart_id,
        visitor_id=event.visitor_id,
        channel=event.channel.value,
        recipient_index=event.recipient.index,
        try_number=event.try_number,
    )


def question_ask_in(event: QuestionPrepared) -> QuestionAsk:
    """The ask of an attempt at the opt-in question."""
    return QuestionAsk(
        site_id=event.site_id,
        attempt_id=event.attempt_id,
        consent_event_id=event.consent_event_id,
        visitor_id=event.visitor_id,
        channel=event.channel.value,
        recipient_index=event.recipient.index,
        try_number=event.try_number,
        ticked_at=event.ticked_at,
        not_after=event.not_after,
    )
