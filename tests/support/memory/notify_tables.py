"""The rows of notify's attempts and nudges in memory."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.notify.rules.attempts import Attempt
from shared.events.nudge import NudgeDue


class NudgeState(StrEnum):
    """As the column has it."""

    QUEUED = "queued"
    ASKING = "asking"
    ENDED = "ended"


@dataclass(frozen=True)
class AttemptRow:
    """An attempt and what only its table knows."""

    attempt: Attempt
    opened_at: datetime
    call_after: datetime
    caller: str | None = None


@dataclass(frozen=True)
class NudgeRow:
    """A nudge. One that was erased has lost what it was about."""

    due: NudgeDue | None
    state: NudgeState
    look_at: datetime
    partition: int
    tries: int = 0
    reported: str | None = None
    granted_attempt: str | None = None


@dataclass(frozen=True)
class Link:
    """Where a token leads."""

    site_id: UUID
    attempt_id: str
    cart: str
    created_at: datetime


@dataclass
class AttemptTables:
    """By site and id. ``unique`` is the index that keeps the promise of never twice: a simulator may take it out."""

    attempts: dict[tuple[UUID, str], AttemptRow] = field(default_factory=dict)
    nudges: dict[tuple[UUID, UUID], NudgeRow] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    unique: bool = True
