"""Timers: when a cart or a nudge is to be checked again, and for what."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class TimerKind(StrEnum):
    """What a timer is about. Its subject is a cart's or a nudge's id."""

    ABANDON = "abandon"
    NUDGE_DUE = "nudge_due"
    NUDGE_END = "nudge_end"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Timer:
    """A check that is due then. ``cause`` names the span that set it, where that is traced."""

    site_id: UUID
    kind: TimerKind
    subject: UUID
    due_at: datetime
    cause: str | None = field(default=None, compare=False)
