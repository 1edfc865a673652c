"""Every event that orders emits. An id follows from its cause, so an event that is emitted twice is one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from services.orders.rules.attribution import CreditedOrder
from services.orders.rules.carts import Cart, outcome_of
from services.orders.rules.erasure import ErasureCause, Subject, identities_of
from services.orders.rules.granting import RETRY_SECONDS, Answer, Ask, Cancelled, Granted, Postponed, Withheld
from services.orders.rules.nudges import Nudge
from services.orders.rules.opt_in import QuestionAsk
from services.orders.rules.planning import channels_of, nudged
from shared.events.cart import (
    MOST_REPORTS,
    CartAbandoned,
    CartClosed,
    CartResumed,
    OrderReconciled,
    PlannedNudge,
    ShopperDataCollected,
    ShopperErased,
)
from shared.events.envelope import Event, VisitorId, envelope
from shared.events.identifiers import derived_event_id
from shared.events.markers import BarrierMarked, ErasureMarked, PersonDataMarked, PersonResolved
from shared.events.merchant import PersonDataRequested
from shared.events.nudge import (
    NudgeCancelled,
    NudgeDue,
    NudgeGranted,
    NudgeLapsed,
    NudgePostponed,
    NudgesErased,
    NudgeWithheld,
    QuestionCancelled,
    QuestionGranted,
    QuestionPostponed,
    QuestionWithheld,
)
from shared.events.reasons import Reason
from shared.events.storefront import OrderReported


def abandoned_event(cart: Cart, nudges: list[Nudge], now: datetime) -> CartAbandoned:
    """The event that a cart was abandoned: a planned nudge exists from here on."""
    assert cart.abandoned_at is not None, "only an abandoned cart has been silent"
    return CartAbandoned(
        event_id=derived_event_id(cart.cart_id, "cart.abandoned", cart.abandonment),
        site_id=cart.site_id,
        occurred_at=cart.abandoned_at,
        received_at=now,
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        abandonment=cart.abandonment,
        items=cart.items,
        unread_lines=cart.unread_lines,
        total=cart.total,
        return_path=cart.return_path,
        return_suffix=cart.return_suffix,
        opened_at=cart.opened_at,
        abandoned_at=cart.abandoned_at,
        reader=cart.reader,
        planned=tuple(PlannedNudge(nudge_id=n.nudge_id, step=n.step, due_at=n.due_at, channels=channels_of(n)) for n in nudges),
    )


def due_event(nudge: Nudge, cart: Cart, now: datetime) -> NudgeDue:
    """The event that a step's time has come."""
    assert cart.abandoned_at is not None, "only an abandoned cart has a nudge"
    return NudgeDue(
        event_id=derived_event_id(nudge.nudge_id, "nudge.due"),
        site_id=nudge.site_id,
        occurred_at=nudge.due_at,
        received_at=now,
        nudge_id=nudge.nudge_id,
        cart_id=nudge.cart_id,
        visitor_id=nudge.visitor_id,
        campaign_id=nudge.campaign_id,
        step=nudge.step,
        channels=channels_of(nudge),
        abandoned_at=cart.abandoned_at,
        not_before=nudge.due_at,
        not_after=nudge.not_after,
        cart=nudged(cart),
    )


def lapsed_event(nudge: Nudge, now: datetime) -> NudgeLapsed:
    """The event that a nudge's time ran out."""
    return NudgeLapsed(
        **envelope(derived_event_id(nudge.nudge_id, "nudge.lapsed"), nudge.site_id, now),
        nudge_id=nudge.nudge_id,
        cart_id=nudge.cart_id,
        reason=Reason.TOO_LATE if nudge.final_reason is None else Reason(nudge.final_reason),
    )


def closed_event(cart: Cart, now: datetime) -> CartClosed:
    """The event that a cart has ended. A cart that was emptied and filled again may end twice: at different versions."""
    return CartClosed(
        **envelope(derived_event_id(cart.cart_id, "cart.closed", cart.version), cart.site_id, now),
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        outcome=outcome_of(cart.state),
        total=cart.total,
        opened_at=cart.opened_at,
        order_event_id=cart.closed_by,
    )


def resumed_event(cart: Cart, now: datetime) -> CartResumed:
    """The event that a shopper came back."""
    return CartResumed(
        event_id=derived_event_id(cart.cart_id, "cart.resumed", cart.abandonment),
        site_id=cart.site_id,
        occurred_at=cart.last_active_at,
        received_at=now,
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        abandonment=cart.abandonment,
    )


def cancelled_event(nudge: Nudge, reason: Reason, now: datetime) -> NudgeCancelled:
    """The event that a nudge ended before anybody asked."""
    return NudgeCancelled(
        **envelope(derived_event_id(nudge.nudge_id, "nudge.cancelled"), nudge.site_id, now),
        nudge_id=nudge.nudge_id,
        cart_id=nudge.cart_id,
        step=nudge.step,
        reason=reason,
    )


def order_reconciled_event(
    cause: UUID, key: UUID, reports: Sequence[OrderReported], known: CreditedOrder, now: datetime
) -> OrderReconciled:
    """The event of what is known of an order now. ``cause`` had it reconciled."""
    order, credited = known.order, known.credited
    return OrderReconciled(
        event_id=derived_event_id(f"{cause}|{key}", "order.reconciled"),
        site_id=reports[0].site_id,
        occurred_at=order.placed_at,
        received_at=now,
        order_key=key,
        order_id=order.order_id,
        status=order.status,
        origin=order.origin,
        witnesses=order.witnesses,
        report_ids=tuple(report.event_id for report in reports[:MOST_REPORTS]),
        verified=order.verified,
        total=order.total,
        placed_at=order.placed_at,
        credit=credited.credit,
        credit_verified=known.credit_is_sure,
        cart_id=credited.cart_id,
        nudge_id=credited.nudge_id,
        coverage=known.coverage,
    )


def barrier_marked_event(site_id: UUID, marker_id: str, now: datetime) -> BarrierMarked:
    """The marker of a barrier."""
    event_id = derived_event_id(marker_id, "barrier.marked")
    return BarrierMarked(**envelope(event_id, site_id, now), marker_id=marker_id)


def answer_event(ask: Ask, nudge: Nudge, given: Answer, now: datetime) -> Event:
    """The answer as an event. Its id follows from the attempt: an answer that is emitted twice is one."""
    values: dict[str, Any] = {
        **envelope(derived_event_id(ask.attempt_id, f"nudge.{type(given).__name__.lower()}"), ask.site_id, now),
        "nudge_id": ask.nudge_id,
        "cart_id": ask.cart_id,
        "attempt_id": ask.attempt_id,
    }
    match given:
        case Granted():
            return NudgeGranted(**values)
        case Withheld(reason):
            return NudgeWithheld(**values, reason=reason)
        case Cancelled(reason):
            return NudgeCancelled(**values, step=nudge.step, reason=reason)
        case Postponed(reason):
            return NudgePostponed(**values, reason=reason, retry_after_seconds=RETRY_SECONDS)
        case _:
            assert_never(given)


def question_answer_event(ask: QuestionAsk, given: Answer, now: datetime) -> Event:
    """The answer as an event. Its id follows from the attempt: an answer that is emitted twice is one."""
    values: dict[str, Any] = {
        **envelope(derived_event_id(ask.attempt_id, f"question.{type(given).__name__.lower()}"), ask.site_id, now),
        "consent_event_id": ask.consent_event_id,
        "visitor_id": ask.visitor_id,
        "attempt_id": ask.attempt_id,
    }
    match given:
        case Granted():
            return QuestionGranted(**values)
        case Withheld(reason):
            return QuestionWithheld(**values, reason=reason)
        case Cancelled(reason):
            return QuestionCancelled(**values, reason=reason)
        case Postponed(reason):
            return QuestionPostponed(**values, reason=reason, retry_after_seconds=RETRY_SECONDS)
        case _:
            assert_never(given)


def erasure_marked_event(cause: ErasureCause, erasure_id: UUID, subject: Subject, now: datetime) -> ErasureMarked:
    """The marker of an erasure. One that names more than the one before it has an id of its own."""
    return ErasureMarked(
        **envelope(derived_event_id(erasure_id, "erasure.marked", len(subject.keys)), cause.site_id, now),
        erasure_id=erasure_id,
        recipient=cause.recipient,
        visitor_id=cause.visitor_id,
        visitor_ids=tuple(sorted(subject.visitor_ids)),
        identities=identities_of(subject.contacts),
    )


def erased_events(cause: ErasureCause, erasure_id: UUID, subject: Subject, now: datetime) -> list[Event]:
    """The events for those who keep what orders has emitted, one in each of its topics."""
    values: dict[str, Any] = {"site_id": cause.site_id, "occurred_at": now, "received_at": now, "erasure_id": erasure_id}
    values |= {"visitor_ids": tuple(sorted(subject.visitor_ids)), "identities": identities_of(subject.contacts)}
    return [
        ShopperErased(event_id=derived_event_id(cause.event_id, "shopper.erased"), **values),
        NudgesErased(event_id=derived_event_id(cause.event_id, "nudges.erased"), **values),
    ]


def person_data_marked_event(request: PersonDataRequested) -> PersonDataMarked:
    """The marker of a request for a person's data. It keeps the moments of the request."""
    return PersonDataMarked(
        event_id=derived_event_id(request.event_id, "person_data.marked"),
        site_id=request.site_id,
        occurred_at=request.occurred_at,
        received_at=request.received_at,
        request_id=request.event_id,
        recipients=request.recipients,
        reader_key=request.reader_key,
    )


def data_collected_events(marked: PersonDataMarked, boxes: Sequence[str], now: datetime) -> list[ShopperDataCollected]:
    """The answer of orders, in as many sealed parts as there are boxes."""
    cause = f"shopper_data.collected.{now.isoformat()}"
    return [
        ShopperDataCollected(
            **envelope(derived_event_id(marked.event_id, cause, number), marked.site_id, now),
            request_id=marked.request_id,
            collected_at=now,
            part=number,
            parts=len(boxes),
            box=box,
        )
        for number, box in enumerate(boxes, 1)
    ]


def person_resolved_event(
    marked: PersonDataMarked, visitor_ids: Iterable[VisitorId], contacts: Iterable[str], now: datetime
) -> PersonResolved:
    """The event that names whom notify is to answer about. It keeps when its request was received."""
    return PersonResolved(
        event_id=derived_event_id(marked.event_id, "person.resolved"),
        site_id=marked.site_id,
        occurred_at=now,
        received_at=marked.received_at,
        request_id=marked.request_id,
        visitor_ids=tuple(sorted(visitor_ids)),
        identities=identities_of(contacts),
        reader_key=marked.reader_key,
    )
