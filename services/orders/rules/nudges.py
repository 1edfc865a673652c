"""A nudge: one step for one abandonment of a cart, from its plan to its one end."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from services.orders.rules.granting import Answer, Cancelled, Granted, Postponed, Withheld
from shared.events.reasons import Reason


class NudgeState(StrEnum):
    """Where a nudge is; every state after ``granted`` is an end. ``ended`` is notify's: sent, failed or given up."""

    PLANNED = "planned"
    DUE = "due"
    GRANTED = "granted"
    WITHHELD = "withheld"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    ENDED = "ended"


@dataclass(frozen=True)
class Nudge:
    """``final_reason`` is set with ``withheld``, ``cancelled`` and ``lapsed``."""

    site_id: UUID
    nudge_id: UUID
    cart_id: UUID
    visitor_id: str
    abandonment: int
    campaign_id: str
    step: int
    channels: tuple[str, ...]
    due_at: datetime
    not_after: datetime
    state: NudgeState = NudgeState.PLANNED
    granted_attempt: str | None = None
    final_reason: str | None = None
    last_reason: str | None = None


def final_answer_of(nudge: Nudge) -> Withheld | Cancelled | None:
    """The answer that every later ask of a finished nudge gets again; None where it has none."""
    reason = Reason(nudge.final_reason) if nudge.final_reason is not None else Reason.OTHER
    match nudge.state:
        case NudgeState.WITHHELD:
            return Withheld(reason)
        case NudgeState.CANCELLED:
            return Cancelled(reason)
        case NudgeState.PLANNED | NudgeState.DUE | NudgeState.GRANTED | NudgeState.LAPSED | NudgeState.ENDED:
            return None
        case _:
            assert_never(nudge.state)


def answered(nudge: Nudge, given: Answer, attempt_id: str) -> Nudge:
    """The nudge once the answer is stored. Who asks anew has lost an earlier grant, so a postponement revokes it."""
    match given:
        case Granted():
            return replace(nudge, state=NudgeState.GRANTED, granted_attempt=attempt_id)
        case Withheld(reason):
            return replace(nudge, state=NudgeState.WITHHELD, granted_attempt=None, final_reason=reason.value)
        case Cancelled(reason):
            return replace(nudge, state=NudgeState.CANCELLED, granted_attempt=None, final_reason=reason.value)
        case Postponed(reason):
            return replace(nudge, state=NudgeState.DUE, granted_attempt=None, last_reason=reason.value)
        case _:
            assert_never(given)


def cancelled(nudge: Nudge, reason: Reason) -> Nudge:
    """The nudge of a cart that needs it no more."""
    return replace(nudge, state=NudgeState.CANCELLED, final_reason=reason.value)


def lapsed(nudge: Nudge, reason: Reason) -> Nudge:
    """The nudge whose time ran out."""
    return replace(nudge, state=NudgeState.LAPSED, final_reason=reason.value)


def ended(nudge: Nudge, reason: str | None) -> Nudge:
    """The nudge after notify's last event of it. An end that it had before stays."""
    if nudge.state not in (NudgeState.DUE, NudgeState.GRANTED):
        return nudge
    return replace(nudge, state=NudgeState.ENDED, last_reason=reason or nudge.last_reason)


def not_sent(nudge: Nudge, attempt_id: str, reason: str) -> Nudge:
    """The nudge after an attempt that provably called nobody: its grant is void, so it may ask again, or lapse."""
    if nudge.state is NudgeState.GRANTED and nudge.granted_attempt == attempt_id:
        nudge = replace(nudge, state=NudgeState.DUE, granted_attempt=None)
    return replace(nudge, last_reason=reason)
