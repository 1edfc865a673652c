"""nudge-events: whether and when. Written by orders; a public contract."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events.envelope import (
    CartItem,
    Channel,
    Event,
    Identity,
    Money,
    PagePath,
    PathSuffix,
    RandomId,
    UtcDatetime,
    Value,
    VisitorId,
)
from shared.events.reasons import Reason


class NudgedCart(Value, frozen=True):
    """What a message may contain of a cart; notify has no other copy."""

    items: Annotated[tuple[CartItem, ...], Field(max_length=10)]
    total: Money | None
    return_path: PagePath | None
    return_suffix: PathSuffix | None = None
    more_items: Annotated[int, Field(ge=0)] = 0
    """Items that lie in the cart and are not listed: beyond the tenth line, or of lines that could not be read."""

    @property
    def item_count(self) -> int:
        """How many things lie in the cart, those that are not listed too."""
        return sum(item.quantity for item in self.items) + self.more_items


class NudgeDue(Event, frozen=True):
    """A step's time has come. It promises nothing: the grant is the last purchase check."""

    type: Literal["nudge.due"] = "nudge.due"
    version: Literal[1] = 1
    nudge_id: UUID
    cart_id: UUID
    visitor_id: VisitorId
    campaign_id: str
    step: Annotated[int, Field(ge=1)]
    channels: tuple[Channel, ...]
    abandoned_at: UtcDatetime
    not_before: UtcDatetime
    not_after: UtcDatetime
    cart: NudgedCart


class NudgeGranted(Event, frozen=True):
    """This attempt may call, within 4 s of the stopwatch that its opener started before asking."""

    type: Literal["nudge.granted"] = "nudge.granted"
    version: Literal[1] = 1
    nudge_id: UUID
    cart_id: UUID
    attempt_id: RandomId


class NudgeWithheld(Event, frozen=True):
    """It would have gone out and is held back on purpose; final."""

    type: Literal["nudge.withheld"] = "nudge.withheld"
    version: Literal[1] = 1
    nudge_id: UUID
    cart_id: UUID
    attempt_id: RandomId
    reason: Reason


class NudgePostponed(Event, frozen=True):
    """Not now; the opener asks again with a new attempt after ``retry_after_seconds``."""

    type: Literal["nudge.postponed"] = "nudge.postponed"
    version: Literal[1] = 1
    nudge_id: UUID
    cart_id: UUID
    attempt_id: RandomId
    reason: Reason
    retry_after_seconds: Annotated[int, Field(ge=1)]


class NudgeCancelled(Event, frozen=True):
    """It will never go out; final. Without an ``attempt_id`` it ended before anybody asked."""

    type: Literal["nudge.cancelled"] = "nudge.cancelled"
    version: Literal[1] = 1
    nudge_id: UUID
    cart_id: UUID
    step: Annotated[int, Field(ge=1)]
    attempt_id: RandomId | None = None
    reason: Reason


class NudgeLapsed(Event, frozen=True):
    """Its legal time ran out unanswered, unasked and ungranted; final. ``reason`` is the last one known."""

    type: Literal["nudge.lapsed"] = "nudge.lapsed"
    version: Literal[1] = 1
    nudge_id: UUID
    cart_id: UUID
    reason: Reason


class QuestionGranted(Event, frozen=True):
    """This attempt at the opt-in question may call, within 4 s of its opener's stopwatch, as a nudge's may."""

    type: Literal["question.granted"] = "question.granted"
    version: Literal[1] = 1
    consent_event_id: UUID
    visitor_id: VisitorId
    attempt_id: RandomId


class QuestionWithheld(Event, frozen=True):
    """The question would have gone out and is held back on purpose; final for this tick."""

    type: Literal["question.withheld"] = "question.withheld"
    version: Literal[1] = 1
    consent_event_id: UUID
    visitor_id: VisitorId
    attempt_id: RandomId
    reason: Reason


class QuestionPostponed(Event, frozen=True):
    """Not now; the question is asked for again by a new attempt after ``retry_after_seconds``."""

    type: Literal["question.postponed"] = "question.postponed"
    version: Literal[1] = 1
    consent_event_id: UUID
    visitor_id: VisitorId
    attempt_id: RandomId
    reason: Reason
    retry_after_seconds: Annotated[int, Field(ge=1)]


class QuestionCancelled(Event, frozen=True):
    """The question will never go out for this tick; final."""

    type: Literal["question.cancelled"] = "question.cancelled"
    version: Literal[1] = 1
    consent_event_id: UUID
    visitor_id: VisitorId
    attempt_id: RandomId
    reason: Reason


class NudgesErased(Event, frozen=True):
    """A shopper's data was erased in orders: who keeps what this topic held before erases it too."""

    type: Literal["nudges.erased"] = "nudges.erased"
    version: Literal[1] = 1
    erasure_id: UUID
    visitor_ids: tuple[VisitorId, ...]
    identities: tuple[Identity, ...]


QuestionAnswer = QuestionGranted | QuestionWithheld | QuestionPostponed | QuestionCancelled
NudgeEvent = (
    NudgeDue
    | NudgeGranted
    | NudgeWithheld
    | NudgePostponed
    | NudgeCancelled
    | NudgeLapsed
    | QuestionGranted
    | QuestionWithheld
    | QuestionPostponed
    | QuestionCancelled
    | NudgesErased
)
