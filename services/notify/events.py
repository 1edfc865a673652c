"""Every event that notify emits, with an id that follows from its cause: emitted twice, it is the same event."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.notify.rules.attempts import Attempt
from services.notify.rules.bindings import Binding
from shared.events.budgets import BudgetMet
from shared.events.envelope import Channel, ContactKind, Recipient, SealedContact, envelope
from shared.events.identifiers import derived_event_id, test_code_hash
from shared.events.markers import ErasureMarked, PersonResolved
from shared.events.message import (
    ConsentRecorded,
    ContactConfirmed,
    ContactInvalid,
    MessageAccepted,
    MessageDeclined,
    MessageDeferred,
    MessageDelivered,
    MessageFailed,
    MessagePrepared,
    MessageUnresolved,
    OptInHandled,
    QuestionPrepared,
    RecipientDataCollected,
    RecipientErased,
    ShopperOptedOut,
    TestCodeReceived,
)
from shared.events.nudge import NudgeDue
from shared.events.reasons import Reason
from shared.events.storefront import ConsentGiven
from shared.messages.segments import count


def recipient_of(attempt: Attempt) -> Recipient:
    """Whom an attempt is for."""
    return Recipient(kind=ContactKind(attempt.recipient_kind), index=attempt.recipient_index)


def message_prepared_event(attempt: Attempt, now: datetime) -> MessagePrepared:
    """The ask for a grant of a nudge."""
    assert attempt.nudge_id is not None, "only a reminder asks"
    assert attempt.cart_id is not None, "only a reminder asks"
    assert attempt.visitor_id is not None, "only a reminder asks"
    return MessagePrepared(
        **envelope(derived_event_id(attempt.attempt_id, "message.prepared"), attempt.site_id, now),
        nudge_id=attempt.nudge_id,
        attempt_id=attempt.attempt_id,
        cart_id=attempt.cart_id,
        visitor_id=attempt.visitor_id,
        channel=Channel(attempt.channel),
        recipient=recipient_of(attempt),
        asked_at=now,
        try_number=attempt.try_number,
    )


def question_prepared_event(attempt: Attempt, ticked_at: datetime, now: datetime) -> QuestionPrepared:
    """The ask for a grant of the opt-in question."""
    assert attempt.visitor_id is not None, "a question is about one browser's tick"
    return QuestionPrepared(
        **envelope(derived_event_id(attempt.attempt_id, "question.prepared"), attempt.site_id, now),
        consent_event_id=UUID(attempt.cause),
        attempt_id=attempt.attempt_id,
        visitor_id=attempt.visitor_id,
        channel=Channel(attempt.channel),
        recipient=recipient_of(attempt),
        ticked_at=ticked_at,
        not_after=attempt.send_before,
        asked_at=now,
        try_number=attempt.try_number,
    )


def asked(attempt: Attempt, now: datetime) -> OptInHandled:
    """The handset has, or may have, the question."""
    return _question_handled(attempt, "asked", None, now)


def opt_in_refused_event(attempt: Attempt, reason: Reason, now: datetime) -> OptInHandled:
    """The question that was to be asked will not be."""
    return _question_handled(attempt, "refused", reason, now)


def _question_handled(attempt: Attempt, outcome: str, reason: Reason | None, now: datetime) -> OptInHandled:
    return OptInHandled.model_validate(
        {
            **envelope(derived_event_id(attempt.cause, f"opt_in.handled.{outcome}.{reason}"), attempt.site_id, now),
            "visitor_id": attempt.visitor_id,
            "recipient": recipient_of(attempt),
            "outcome": outcome,
            "reason": reason,
        }
    )


def accepted_event(attempt: Attempt, now: datetime) -> MessageAccepted:
    """A carrier has it."""
    parts = 1 if attempt.body is None else count(attempt.body).parts
    return MessageAccepted.model_validate(
        {**_common(attempt, "message.accepted", now), "link_id": attempt.link_id, "segments": parts}
    )


def delivered_event(attempt: Attempt, now: datetime) -> MessageDelivered:
    """The handset has it."""
    return MessageDelivered.model_validate(_common(attempt, "message.delivered", now))


def failed_event(attempt: Attempt, reason: Reason, now: datetime, *, final: bool) -> MessageFailed:
    """A message reached nobody."""
    common = _common(attempt, "message.failed", now, int(final))
    return MessageFailed.model_validate({**common, "reason": reason, "final": final})


def unresolved_event(attempt: Attempt, now: datetime, *, given_up: bool) -> MessageUnresolved:
    """The result of a call is not known, or given up."""
    number = int(given_up)
    return MessageUnresolved.model_validate({**_common(attempt, "message.unresolved", now, number), "given_up": given_up})


def _common(attempt: Attempt, event_type: str, now: datetime, number: int = 0) -> dict[str, object]:
    return {
        **envelope(derived_event_id(attempt.attempt_id, event_type, number), attempt.site_id, now),
        "attempt_id": attempt.attempt_id,
        "kind": attempt.kind,
        "channel": attempt.channel,
        "nudge_id": attempt.nudge_id,
        "cart_id": attempt.cart_id,
        "visitor_id": attempt.visitor_id,
    }


def declined_event(
    site_id: UUID, nudge_id: UUID, cart_id: UUID, reason: Reason, now: datetime, budget: BudgetMet | None = None
) -> MessageDeclined:
    """A rule refuses now. The same refusal after another one is emitted again, so the moment is part of its id."""
    return MessageDeclined(
        **envelope(derived_event_id(nudge_id, f"message.declined.{reason}.{now.isoformat()}"), site_id, now),
        nudge_id=nudge_id,
        cart_id=cart_id,
        reason=reason,
        budget=budget,
    )


def declined_as_erased_event(site_id: UUID, nudge_id: UUID, cart_id: UUID, now: datetime) -> MessageDeclined:
    """A nudge ends because its recipient was erased."""
    return MessageDeclined(
        **envelope(derived_event_id(nudge_id, f"message.declined.{Reason.ERASED}"), site_id, now),
        nudge_id=nudge_id,
        cart_id=cart_id,
        reason=Reason.ERASED,
    )


def recipient_erased_event(cause: ErasureMarked, now: datetime) -> RecipientErased:
    """A recipient was erased here: every service that keeps their events erases them too."""
    return RecipientErased(
        **envelope(derived_event_id(cause.event_id, "recipient.erased"), cause.site_id, now),
        erasure_id=cause.erasure_id,
        visitor_ids=cause.visitor_ids,
        identities=cause.identities,
    )


def deferred_event(due: NudgeDue, reason: Reason, until: datetime, now: datetime) -> MessageDeferred:
    """A rule postpones until a moment."""
    return MessageDeferred(
        **envelope(derived_event_id(due.nudge_id, f"message.deferred.{until.isoformat()}"), due.site_id, now),
        nudge_id=due.nudge_id,
        cart_id=due.cart_id,
        reason=reason,
        until=until,
    )


def opted_out_event(site_id: UUID, index: str, cause: str, by: str, now: datetime) -> ShopperOptedOut:
    """A recipient opted out."""
    return ShopperOptedOut.model_validate(
        {
            **envelope(derived_event_id(cause, f"shopper.opted_out.{site_id}"), site_id, now),
            "recipient": Recipient(kind=ContactKind.PHONE, index=index),
            "channel": Channel.SMS,
            "by": by,
        }
    )


def contact_confirmed_event(binding: Binding, cause: str, now: datetime) -> ContactConfirmed:
    """A handset confirmed its binding."""
    return ContactConfirmed(
        **envelope(derived_event_id(cause, "contact.confirmed"), binding.site_id, now),
        visitor_id=binding.visitor_id,
        recipient=Recipient(kind=ContactKind(binding.recipient_kind), index=binding.recipient_index),
        consent_event_id=binding.consent_event_id,
    )


def contact_invalid_event(attempt: Attempt, now: datetime) -> ContactInvalid:
    """A carrier reports that nobody can be reached there."""
    return ContactInvalid(
        **envelope(derived_event_id(attempt.attempt_id, "contact.invalid"), attempt.site_id, now),
        recipient=recipient_of(attempt),
        channel=Channel(attempt.channel),
    )


def opt_in_event(
    binding: Binding,
    outcome: str,
    reason: Reason | None,
    until: datetime | None,
    now: datetime,
    budget: BudgetMet | None = None,
) -> OptInHandled:
    """The result of an opt-in. A budget that keeps it back is reported once for each limit that it has."""
    identity = f"opt_in.handled.{outcome}.{reason}" + ("" if budget is None else f".{budget.budget}.{budget.limit}")
    return OptInHandled.model_validate(
        {
            **envelope(derived_event_id(binding.consent_event_id, identity), binding.site_id, now),
            "visitor_id": binding.visitor_id,
            "recipient": Recipient(kind=ContactKind(binding.recipient_kind), index=binding.recipient_index),
            "outcome": outcome,
            "reason": reason,
            "asked_until": until,
            "budget": budget,
        }
    )


def test_code_event(site_id: UUID, message_id: str, contact: SealedContact, digits: str, now: datetime) -> TestCodeReceived:
    """A handset sent a test code."""
    return TestCodeReceived(
        **envelope(derived_event_id(site_id, f"test_code.received.{message_id}"), site_id, now),
        contact=contact,
        code_hash=test_code_hash(site_id, digits),
    )


def consent_recorded_event(event: ConsentGiven, now: datetime) -> ConsentRecorded:
    """The receipt of a consent."""
    return ConsentRecorded(
        event_id=derived_event_id(event.event_id, "consent.recorded"),
        site_id=event.site_id,
        occurred_at=event.occurred_at,
        received_at=now,
        consent_event_id=event.event_id,
        visitor_id=event.visitor_id,
        recipient=Recipient(kind=event.contact.kind, index=event.contact.index),
        channel=event.channel,
        given_at=event.occurred_at,
        text_hash=event.text_hash,
        wording=event.wording,
        page_path=event.page_path,
        box_state=event.box_state,
    )


def data_collected_events(request: PersonResolved, boxes: Sequence[str], now: datetime) -> list[RecipientDataCollected]:
    """The answer of notify to a request for a person's data, in as many sealed parts as there are boxes."""
    cause = f"recipient_data.collected.{now.isoformat()}"
    return [
        RecipientDataCollected(
            **envelope(derived_event_id(request.event_id, cause, number), request.site_id, now),
            request_id=request.request_id,
            collected_at=now,
            part=number,
            parts=len(boxes),
            box=box,
        )
        for number, box in enumerate(boxes, 1)
    ]
