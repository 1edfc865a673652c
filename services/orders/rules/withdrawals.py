"""Whether a recipient has withdrawn, by the order in which orders read each event: no two wall clocks are compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.reasons import Reason


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
    """A recipient said yes to the binding of one visitor.

    ``consent_event_id`` is the tick whose question a handset answered, None for a push subscription, which is its own cause;
    ``consent_position`` is where orders read that tick, None where it has not.
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


def why_silent(withdrawals: Iterable[Withdrawal], confirmations: Iterable[Confirmation]) -> Reason | None:
    """Why this binding may not be written to. Only a yes of the same binding whose cause is later takes a no back."""
    yeses = list(confirmations)
    standing = [no for no in withdrawals if not any(lifts(yes, no) for yes in yeses)]
    last = max(standing, key=lambda no: no.position, default=None)
    return None if last is None else last.reason


def lifts(yes: Confirmation, no: Withdrawal) -> bool:
    """Whether this yes takes that no back.

    A YES may be delivered long after it was typed, so against a withdrawal in the shop it counts from its cause: the tick that
    led to the question, in the same log. notify itself decides which of two replies of one handset came later, and its events
    keep that order.
    """
    cause = yes.consent_position if no.from_shop and yes.consent_event_id is not None else yes.position
    return cause is not None and cause > no.position
