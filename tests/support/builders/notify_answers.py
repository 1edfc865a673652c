"""What orders answers to an ask, as notify reads it."""

from datetime import UTC, datetime
from typing import Any

from shared.events.message import MessagePrepared, QuestionPrepared
from shared.events.nudge import (
    NudgeCancelled,
    NudgeGranted,
    NudgePostponed,
    NudgeWithheld,
    QuestionCancelled,
    QuestionGranted,
    QuestionPostponed,
    QuestionWithheld,
)
from shared.events.reasons import Reason
from shared.runtime.ids import new_uuid7


def now() -> datetime:
    """The wall clock: the database's own is part of these tests."""
    return datetime.now(UTC)


def granted(ask: MessagePrepared) -> NudgeGranted:
    """The grant of orders."""
    return NudgeGranted(**_answer(ask))


def withheld(ask: MessagePrepared, reason: Reason = Reason.CONTROL_GROUP) -> NudgeWithheld:
    """orders holds it back."""
    return NudgeWithheld(**_answer(ask), reason=reason)


def cancelled(ask: MessagePrepared, reason: Reason = Reason.BOUGHT) -> NudgeCancelled:
    """The cancellation of orders."""
    return NudgeCancelled(**_answer(ask), step=1, reason=reason)


def postponed(ask: MessagePrepared, seconds: int = 1) -> NudgePostponed:
    """The postponement of orders."""
    return NudgePostponed(**_answer(ask), reason=Reason.PAUSED, retry_after_seconds=seconds)


def question_granted(ask: QuestionPrepared) -> QuestionGranted:
    """The grant of a question."""
    return QuestionGranted(**_question_answer(ask))


def question_cancelled(ask: QuestionPrepared, reason: Reason = Reason.BOUGHT) -> QuestionCancelled:
    """The cancellation of a question."""
    return QuestionCancelled(**_question_answer(ask), reason=reason)


def question_withheld(ask: QuestionPrepared, reason: Reason = Reason.TEST_MODE) -> QuestionWithheld:
    """orders holds the question back."""
    return QuestionWithheld(**_question_answer(ask), reason=reason)


def question_postponed(ask: QuestionPrepared, seconds: int = 1) -> QuestionPostponed:
    """The postponement of orders."""
    return QuestionPostponed(**_question_answer(ask), reason=Reason.SOURCE_STALE, retry_after_seconds=seconds)


def _question_answer(ask: QuestionPrepared) -> dict[str, Any]:
    return {
        "event_id": new_uuid7(),
        "site_id": ask.site_id,
        "occurred_at": now(),
        "received_at": now(),
        "consent_event_id": ask.consent_event_id,
        "visitor_id": ask.visitor_id,
        "attempt_id": ask.attempt_id,
    }


def _answer(ask: MessagePrepared) -> dict[str, Any]:
    return {
        "event_id": new_uuid7(),
        "site_id": ask.site_id,
        "occurred_at": now(),
        "received_at": now(),
        "nudge_id": ask.nudge_id,
        "cart_id": ask.cart_id,
        "attempt_id": ask.attempt_id,
    }
