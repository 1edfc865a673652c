"""Consents, bindings, questions and suppressions in dictionaries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.bindings import Binding
from services.notify.rules.suppression import Suppression
from services.notify.storage.recipient_protocols import Question, Row
from shared.events.message import MessageKind
from shared.runtime.clock import Clock
from tests.support.memory.notify_attempts import OUT
from tests.support.memory.notify_people import TICK, PeopleTables, QuestionRow, key_of


class MemoryRecipients:
    """Everything by account and recipient."""

    def __init__(self, tables: PeopleTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    async def lock(self, account_id: UUID, recipient_index: str) -> None:
        """One transaction at a time is lock enough."""

    async def add_question(self, account_id: UUID, binding: Binding, attempt_id: str, asked_at: datetime) -> None:
        key = (account_id, binding.recipient_index)
        before = [row.asked_at + TICK for row in self._tables.questions.get(key, ())]
        row = QuestionRow(max([asked_at, *before]), binding.site_id, binding.visitor_id, attempt_id)
        self._tables.questions[key] = (*self._tables.questions.get(key, ()), row)
        known = self._tables.bindings.get(key_of(binding))
        if known is not None:
            later = asked_at if known.withdrawn_at is None else max(asked_at, known.withdrawn_at + TICK)
            asked = replace(known, state="asked", asked_at=later, refused_reason=None)
            self._tables.bindings[key_of(binding)] = asked

    async def last_question(self, account_id: UUID, index: str) -> Question | None:
        for row in sorted(self._tables.questions.get((account_id, index), ()), key=lambda row: row.asked_at, reverse=True):
            attempt = self._tables.attempts[row.site_id, row.attempt_id].attempt
            if attempt.state not in (AttemptState.REJECTED, AttemptState.NOT_SENT):
                return Question(row.asked_at, row.site_id, row.visitor_id, attempt.state in OUT)
        return None

    async def is_contested(self, account_id: UUID, site_id: UUID, visitor_id: str, index: str, since: datetime) -> bool:
        return any(
            b.recipient_index == index
            and b.channel == "sms"
            and (b.site_id, b.visitor_id) != (site_id, visitor_id)
            and b.box_state != "pre_ticked"
            and b.given_at > since
            for b in self._tables.bindings.values()
        )

    async def tries_of_question(self, site_id: UUID, consent_event_id: UUID) -> int:
        cause = (site_id, MessageKind.QUESTION, str(consent_event_id))
        attempts = [row.attempt for row in self._tables.attempts.values()]
        return sum((attempt.site_id, attempt.kind, attempt.cause) == cause for attempt in attempts)

    async def ask_again(self, attempt: Attempt, wait: timedelta) -> None:
        key = (attempt.site_id, attempt.visitor_id or "", attempt.channel, attempt.recipient_index)
        known = self._tables.bindings.get(key)
        if known is not None and known.state == "asked":
            self._tables.bindings[key] = replace(known, state="new", asked_at=None)
            self._tables.look_at[key] = self._clock.now() + wait

    async def confirm(self, site_id: UUID, visitor_id: str, index: str, at: datetime) -> Binding | None:
        key = (site_id, visitor_id, "sms", index)
        known = self._tables.bindings.get(key)
        if known is None:
            return None
        latest = max(moment for moment in (known.confirmed_at, known.asked_at, at) if moment is not None)
        confirmed = replace(known, state="confirmed", confirmed_at=latest, refused_reason=None)
        self._tables.bindings[key] = confirmed
        return confirmed

    async def suppress(self, account_id: UUID, index: str, at: datetime) -> bool:
        known = self._of(account_id, index)
        stopped, lifted = known.suppressed_at, known.lifted_at
        if stopped is not None and not (lifted is not None and lifted > stopped):
            return False
        later = at if lifted is None else max(at, lifted + TICK)
        self._tables.suppressions[account_id, index] = replace(known, suppressed_at=later)
        return True

    async def suppress_by_merchant(self, account_id: UUID, index: str, at: datetime) -> None:
        self._tables.suppressions[account_id, index] = replace(self._of(account_id, index), by_merchant=True)

    async def lift_suppression(self, account_id: UUID, index: str, at: datetime) -> bool:
        known = self._of(account_id, index)
        if known.suppressed_at is None or not replace(known, by_merchant=False).stands:
            return False
        self._tables.suppressions[account_id, index] = replace(known, lifted_at=max(at, known.suppressed_at + TICK))
        return True

    async def suppression(self, account_id: UUID, index: str) -> Suppression:
        return self._of(account_id, index)

    def _of(self, account_id: UUID, index: str) -> Suppression:
        return self._tables.suppressions.get((account_id, index), Suppression())

    async def last_written(self, site_id: UUID, index: str) -> tuple[str | None, UUID | None]:
        kinds = (MessageKind.REMINDER, MessageKind.QUESTION)
        sent = [
            row
            for (site, _), row in self._tables.attempts.items()
            if site == site_id
            and row.attempt.recipient_index == index
            and row.attempt.kind in kinds
            and row.attempt.state in OUT
        ]
        if not sent:
            return None, None
        last = max(sent, key=lambda row: row.opened_at).attempt
        return last.visitor_id, last.cart_id

    async def first_inbound(self, site_id: UUID, message_id: str, received_at: datetime) -> bool:
        first = (site_id, message_id) not in self._tables.inbound
        self._tables.inbound.setdefault((site_id, message_id), received_at)
        return first


class MemoryPersonData:
    """Nobody asks the memory for a person: what PostgreSQL answers is tested over PostgreSQL."""

    async def opt_ins(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def consents(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def receipts(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def messages(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def links(self, site_id: UUID, visitors: Sequence[str]) -> Sequence[Row]:
        return []

    async def due(self, site_id: UUID, visitors: Sequence[str]) -> Sequence[Row]:
        return []

    async def questions(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def refusals(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def suppressions(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        return []
