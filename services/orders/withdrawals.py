"""Whether a recipient has said no: the latest word of each binding counts, not the one that came last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.reasons import Reason


@dataclass(frozen=True)
class Withdrawal:
    """A recipient, or all that a browser is bound to on a channel, is not to be written to. ``key`` names which."""

    site_id: UUID
    channel: str
    key: str
    event_id: UUID
    withdrawn_at: datetime
    reason: Reason = Reason.WITHDRAWN


@dataclass(frozen=True)
class Confirmation:
    """A recipient said yes to the binding of one visitor."""

    site_id: UUID
    channel: str
    recipient_index: str
    visitor_id: str
    event_id: UUID
    confirmed_at: datetime


def why_silent(withdrawals: Iterable[Withdrawal], confirmations: Iterable[Confirmation]) -> Reason | None:
    """Why this binding may not be written to. Only a yes of the same binding that is later takes a no back."""
    last_no = max(withdrawals, key=lambda no: (no.withdrawn_at, no.event_id), default=None)
    last_yes = max((yes.confirmed_at for yes in confirmations), default=None)
    if last_no is None or (last_yes is not None and last_yes > last_no.withdrawn_at):
        return None
    return last_no.reason
