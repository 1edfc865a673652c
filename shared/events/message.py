"""message-events: what was asked, sent, answered. Written by notify; a public contract."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.events.budgets import BudgetMet
from shared.events.envelope import (
    Channel,
    Event,
    Identity,
    LinkId,
    PagePath,
    RandomId,
    Recipient,
    SealedAnswer,
    SealedContact,
    SealedPart,
    UtcDatetime,
    VisitorId,
)
from shared.events.reasons import Reason


class MessageKind(StrEnum):
    """What a message is for. A reminder and the opt-in question need a grant: they are speech, the others are answers."""

    REMINDER = "reminder"
    QUESTION = "question"
    ACKNOWLEDGEMENT = "acknowledgement"
    TEST = "test"


class MessagePrepared(Event, frozen=True):
    """An attempt at a reminder asks to be granted. ``try`` counts the attempts of its nudge, from 1."""

    type: Literal["message.prepared"] = "message.prepared"
    version: Literal[1] = 1
    nudge_id: UUID
    attempt_id: RandomId
    cart_id: UUID
    visitor_id: VisitorId
    channel: Channel
    recipient: Recipient
    asked_at: UtcDatetime
    try_number: Annotated[int, Field(alias="try", ge=1)]


class QuestionPrepared(Event, frozen=True):
    """An attempt at the opt-in question asks to be granted. ``consent_event_id`` names the tick that it is about.

    An order since ``ticked_at`` ends the question; ``try`` counts the attempts for this tick, from 1.
    """

    type: Literal["question.prepared"] = "question.prepared"
    version: Literal[1] = 1
    consent_event_id: UUID
    attempt_id: RandomId
    visitor_id: VisitorId
    channel: Channel
    recipient: Recipient
    ticked_at: UtcDatetime
    not_after: UtcDatetime
    asked_at: UtcDatetime
    try_number: Annotated[int, Field(alias="try", ge=1)]


class MessageEvent(Event, frozen=True):
    """What the later life of one attempt has in common. Only a reminder has a nudge and a cart."""

    attempt_id: RandomId
    kind: MessageKind
    channel: Channel
    nudge_id: UUID | None = None
    cart_id: UUID | None = None
    visitor_id: VisitorId | None = None


class MessageAccepted(MessageEvent, frozen=True):
    """A carrier or push service took the message: from here on it cannot be recalled."""

    type: Literal["message.accepted"] = "message.accepted"
    version: Literal[1] = 1
    link_id: LinkId | None = None
    segments: Annotated[int, Field(ge=1)] = 1


class MessageDelivered(MessageEvent, frozen=True):
    """The carrier reports that the handset has it."""

    type: Literal["message.delivered"] = "message.delivered"
    version: Literal[1] = 1


class MessageFailed(MessageEvent, frozen=True):
    """The message did not reach anybody. ``final`` ends the nudge; otherwise a new attempt asks again."""

    type: Literal["message.failed"] = "message.failed"
    version: Literal[1] = 1
    reason: Reason
    final: bool


class MessageUnresolved(MessageEvent, frozen=True):
    """Nobody knows whether the carrier took it. ``given_up`` ends the nudge: it is never sent again."""

    type: Literal["message.unresolved"] = "message.unresolved"
    version: Literal[1] = 1
    given_up: bool


class MessageDeferred(Event, frozen=True):
    """A due nudge waits for a moment that is allowed."""

    type: Literal["message.deferred"] = "message.deferred"
    version: Literal[1] = 1
    nudge_id: UUID
    cart_id: UUID
    reason: Reason
    until: UtcDatetime


class MessageDeclined(Event, frozen=True):
    """A rule forbids a due nudge for now; it is evaluated again when a channel appears, until it lapses.

    ``budget`` where the reason is that one is used up.
    """

    type: Literal["message.declined"] = "message.declined"
    version: Literal[1] = 1
    nudge_id: UUID
    cart_id: UUID
    reason: Reason
    budget: BudgetMet | None = None


class ShopperOptedOut(Event, frozen=True):
    """A recipient opted out, by any means; from here on nothing goes there."""

    silences: ClassVar[bool] = True
    type: Literal["shopper.opted_out"] = "shopper.opted_out"
    version: Literal[1] = 1
    recipient: Recipient
    channel: Channel
    by: Literal["reply", "link", "carrier", "merchant", "shop"]


class ContactConfirmed(Event, frozen=True):
    """The handset answered YES to the one question that was asked for this binding of visitor and number."""

    type: Literal["contact.confirmed"] = "contact.confirmed"
    version: Literal[1] = 1
    visitor_id: VisitorId
    recipient: Recipient
    consent_event_id: UUID


class ContactInvalid(Event, frozen=True):
    """The carrier reports that this contact can never be reached."""

    type: Literal["contact.invalid"] = "contact.invalid"
    version: Literal[1] = 1
    recipient: Recipient
    channel: Channel


class ConsentRecorded(Event, frozen=True):
    """A consent and its evidence are kept: the receipt that a shopper, a merchant or an authority may ask for.

    ``wording`` is what stood beside the box, ``text_hash`` its SHA-256.
    """

    type: Literal["consent.recorded"] = "consent.recorded"
    version: Literal[1] = 1
    consent_event_id: UUID
    visitor_id: VisitorId
    recipient: Recipient
    channel: Channel
    given_at: UtcDatetime
    text_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    wording: Annotated[str, Field(max_length=2000)] | None = None
    page_path: PagePath | None = None
    box_state: Literal["ticked_by_shopper", "pre_ticked", "unknown"]


class OptInHandled(Event, frozen=True):
    """What became of an opt-in: asked on the handset, or why it was not asked. For timelines.

    ``budget`` where the reason is that one is used up.
    """

    type: Literal["opt_in.handled"] = "opt_in.handled"
    version: Literal[1] = 1
    visitor_id: VisitorId
    recipient: Recipient
    outcome: Literal["asked", "already_confirmed", "refused"]
    reason: Reason | None = None
    asked_until: UtcDatetime | None = None
    budget: BudgetMet | None = None


class TestCodeReceived(Event, frozen=True):
    """A handset sent the shop's number a test code. Whose code it is, and whether it still counts, its reader decides.

    ``code_hash`` is of the site and the eight digits (``test_code_hash``).
    """

    type: Literal["test_code.received"] = "test_code.received"
    version: Literal[1] = 1
    contact: SealedContact
    code_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RecipientErased(Event, frozen=True):
    """A shopper's data was erased in notify: who keeps what this topic held before erases it too."""

    type: Literal["recipient.erased"] = "recipient.erased"
    version: Literal[1] = 1
    erasure_id: UUID
    visitor_ids: tuple[VisitorId, ...]
    identities: tuple[Identity, ...]


class RecipientDataCollected(SealedAnswer, frozen=True):
    """What notify knows of a person: opt-ins with their wording, messages, refusals. Sealed for who asked."""

    type: Literal["recipient_data.collected"] = "recipient_data.collected"
    version: Literal[1] = 1


class ReplyReceived(Event, frozen=True):
    """A shopper wrote something that is no keyword. ``box`` is their text, sealed for the console and bound to this event's id.

    ``visitor_id`` and ``cart_id`` are of the last message that went to this number, where one did.
    """

    type: Literal["reply.received"] = "reply.received"
    version: Literal[1] = 1
    recipient: Recipient
    channel: Channel
    visitor_id: VisitorId | None = None
    cart_id: UUID | None = None
    box: SealedPart


MessageTopicEvent = (
    MessagePrepared
    | QuestionPrepared
    | MessageAccepted
    | MessageDelivered
    | MessageFailed
    | MessageUnresolved
    | MessageDeferred
    | MessageDeclined
    | ShopperOptedOut
    | ContactConfirmed
    | ContactInvalid
    | OptInHandled
    | ConsentRecorded
    | TestCodeReceived
    | RecipientErased
    | RecipientDataCollected
    | ReplyReceived
)
