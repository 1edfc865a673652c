"""Attempts: one chance of one message, from its opening to its final result."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.events.message import MessageKind


class AttemptState(StrEnum):
    """``prepared -> calling -> accepted | not_sent | rejected | unresolved``; nothing goes back."""

    PREPARED = "prepared"
    CALLING = "calling"
    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    UNRESOLVED = "unresolved"


class Refusal(StrEnum):
    """Why an attempt that was about to call did not."""

    NOT_PREPARED = "not_prepared"
    FORBIDDEN = "forbidden"
    TOO_SLOW = "too_slow"
    UNCONFIRMED = "unconfirmed"


CALLED = (AttemptState.CALLING, AttemptState.UNRESOLVED, AttemptState.ACCEPTED)
"""States in which a recipient may have the message."""


@dataclass(frozen=True)
class Attempt:
    """``cause`` is what a kind may be sent for once: a nudge, a consent, an inbound message, an action."""

    site_id: UUID
    attempt_id: str
    account_id: UUID
    kind: MessageKind
    channel: str
    cause: str
    nudge_id: UUID | None
    cart_id: UUID | None
    visitor_id: str | None
    recipient_kind: str
    recipient_index: str
    box: str = field(repr=False)
    body: str | None = field(repr=False)
    link_id: str | None
    state: AttemptState
    try_number: int
    send_before: datetime
    called_at: datetime | None = None
    carrier_id: str | None = None
    delivery_rank: int = 0
    given_up: bool = False
    vapid_public: str | None = None
    cause_span: str | None = field(default=None, compare=False)
    """The span that opened it, where that is traced."""

    @property
    def cause_id(self) -> UUID:
        """The nudge of a reminder."""
        assert self.nudge_id is not None, "only a reminder has a nudge"
        return self.nudge_id
