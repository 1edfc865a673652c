"""Withdrawals and confirmations: which events report one, and which stands, by the order in which orders read them.

No two wall clocks are compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.orders.rules.evidence import visitor_key
from shared.events.envelope import Channel, ContactKind, Origin
from shared.events.message import ContactConfirmed, ContactInvalid, MessageTopicEvent, ShopperOptedOut
from shared.events.reasons import Reason
from shared.events.storefront import ConsentWithdrawn, PushSubscribed, PushUnsubscribed, StorefrontEvent


@dataclass(frozen=True)
class Withdrawal:
    """A recipient, or all that a browser is bound to on a channel, is not to be written to. ``key`` names which.

    ``from_shop`` is true for what the shop's page reported, false for what notify received from a handset or a carrier.
    ``position`` is given by the store when the event is first read.
    """

    site_id: UUID
    channel: str
    key: str
    event_id: UUID
    withdrawn_at: datetime
    reason: Reason = Reason.WITHDRAWN
    from_shop: bool = True
    position: int = 0


@dataclass(frozen=True)
class Confirmation:
    """A recipient confirmed the binding of one visitor.

    ``consent_event_id`` is the shopper's tick of the consent box, which led to the text that was answered with YES; None for
    push, where subscribing is itself the consent. ``consent_position`` is where orders read that tick, None where it has not.
    """

    site_id: UUID
    channel: str
    recipient_index: str
    visitor_id: str
    event_id: UUID
    confirmed_at: datetime
    consent_event_id: UUID | None = None
    position: int = 0
    consent_position: int | None = None


def withdrawals_in(event: StorefrontEvent | MessageTopicEvent) -> list[Withdrawal]:
    """The withdrawals that an event reports: in the shop, from a handset or carrier, or of a contact that reaches nobody."""
    reason, from_shop = Reason.WITHDRAWN, True
    match event:
        case ShopperOptedOut():
            channel, keys, from_shop = event.channel, [event.recipient.index], False
        case ContactInvalid():
            channel, keys, from_shop, reason = event.channel, [event.recipient.index], False, Reason.CONTACT_INVALID
        case ConsentWithdrawn():
            channel, keys = event.channel, [event.recipient.index, *event.also]
        case PushUnsubscribed(recipient=None):
            channel, keys = Channel.PUSH, [visitor_key(event.visitor_id)]  # whatever this browser was subscribed to
        case PushUnsubscribed():
            assert event.recipient is not None, "the case above took it"
            channel, keys = Channel.PUSH, [event.recipient.index]
        case _:
            return []
    return [Withdrawal(event.site_id, channel.value, key, event.event_id, event.occurred_at, reason, from_shop) for key in keys]


def confirmations_in(event: StorefrontEvent | MessageTopicEvent) -> list[Confirmation]:
    """The confirmations that an event reports: a YES from a handset, or a push subscription, which its browser asked for.

    A back office binds nothing. Each is for the one browser that had asked.
    """
    match event:
        case PushSubscribed() if event.origin is not Origin.BACK_OFFICE:
            channel, index, cause = Channel.PUSH, event.subscription.index, None
        case ContactConfirmed() if event.recipient.kind is ContactKind.PHONE:
            channel, index, cause = Channel.SMS, event.recipient.index, event.consent_event_id
        case ContactConfirmed():
            channel, index, cause = Channel.PUSH, event.recipient.index, None
        case _:
            return []
    return [Confirmation(event.site_id, channel.value, index, event.visitor_id, event.event_id, event.occurred_at, cause)]


def why_silent(withdrawals: Iterable[Withdrawal], confirmations: Iterable[Confirmation]) -> Reason | None:
    """The reason why this binding may not be written to, None without one. Only a later yes of the same binding lifts a no."""
    yeses = list(confirmations)
    active = [no for no in withdrawals if not any(lifts(yes, no) for yes in yeses)]
    last = max(active, key=lambda no: no.position, default=None)
    return None if last is None else last.reason


def lifts(yes: Confirmation, no: Withdrawal) -> bool:
    """Whether this yes lifts that no.

    A YES may be delivered long after it was typed, so against a withdrawal in the shop it counts from its cause: the tick that
    led to the question, in the same log. notify itself decides which of two replies of one handset came later, and its events
    keep that order.
    """
    cause = yes.consent_position if no.from_shop and yes.consent_event_id is not None else yes.position
    return cause is not None and cause > no.position
