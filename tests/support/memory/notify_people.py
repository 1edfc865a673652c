"""The rows of notify's recipients in memory."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.rules.bindings import Binding
from services.notify.rules.suppression import Suppression
from shared.events.storefront import ConsentGiven
from tests.support.memory.notify_tables import AttemptTables

TICK = timedelta(milliseconds=1)
BindingKey = tuple[UUID, str, str, str]
"""Site, visitor, channel, recipient."""


@dataclass(frozen=True)
class QuestionRow:
    """Which attempt asked for which binding."""

    asked_at: datetime
    site_id: UUID
    visitor_id: str
    attempt_id: str


@dataclass
class PeopleTables(AttemptTables):
    """By site, or by account and recipient."""

    evidence: dict[tuple[UUID, UUID], ConsentGiven] = field(default_factory=dict)
    receipts: set[tuple[UUID, UUID]] = field(default_factory=set)
    tombstones: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    bindings: dict[BindingKey, Binding] = field(default_factory=dict)
    look_at: dict[BindingKey, datetime] = field(default_factory=dict)
    withdrawals: dict[BindingKey, datetime] = field(default_factory=dict)
    withdrawn_by: dict[BindingKey, UUID] = field(default_factory=dict)
    questions: dict[tuple[UUID, str], tuple[QuestionRow, ...]] = field(default_factory=dict)
    suppressions: dict[tuple[UUID, str], Suppression] = field(default_factory=dict)
    inbound: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    budget_uses: dict[tuple[UUID, str, UUID], tuple[UUID, datetime]] = field(default_factory=dict)
    verified_orders: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    raised_budgets: dict[tuple[UUID, UUID, str], tuple[int, datetime]] = field(default_factory=dict)
    held_by: dict[BindingKey, str] = field(default_factory=dict)


def key_of(binding: Binding) -> BindingKey:
    """Where a binding is."""
    return binding.site_id, binding.visitor_id, binding.channel, binding.recipient_index
