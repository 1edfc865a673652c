"""Budgets of questions in dictionaries."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.rules.attempts import AttemptState
from services.notify.rules.bindings import Binding
from services.notify.storage.recipient_protocols import AnswersSent
from shared.events.budgets import Budget
from shared.events.envelope import SealedContact
from shared.events.message import MessageKind
from shared.runtime.clock import Clock
from shared.runtime.kafka.holds import EVERY_SITE
from tests.support.memory.notify_attempts import OUT
from tests.support.memory.notify_people import PeopleTables, key_of
from tests.support.memory.notify_tables import NudgeState

ASKING = (MessageKind.REMINDER, MessageKind.QUESTION)


class MemoryBudgets:
    """The questions that were counted, and the orders by which their number grows."""

    def __init__(self, tables: PeopleTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    async def lock(self, account_id: UUID) -> None:
        """One transaction at a time is lock enough."""

    async def client_of(self, site_id: UUID, consent_event_id: UUID) -> SealedContact | None:
        event = self._tables.evidence.get((site_id, consent_event_id))
        return None if event is None else event.ip

    async def uses(self, account_id: UUID, key: str, within: timedelta) -> int:
        since = self._clock.now() - within
        rows = [
            (site, cause)
            for (account, kept, cause), (site, used_at) in self._tables.budget_uses.items()
            if (account, kept) == (account_id, key) and used_at > since
        ]
        in_force = {
            (row.attempt.site_id, row.attempt.cause)
            for row in self._tables.attempts.values()
            if row.attempt.kind is MessageKind.QUESTION and row.attempt.state is not AttemptState.NOT_SENT
        }
        return sum((site, str(cause)) in in_force for site, cause in rows)

    async def add_uses(self, account_id: UUID, site_id: UUID, keys: Iterable[str], consent_event_id: UUID) -> None:
        now = self._clock.now()
        self._tables.budget_uses |= {(account_id, key, consent_event_id): (site_id, now) for key in keys}

    async def messages_in_a_day(self, account_id: UUID, site_id: UUID | None, most: int) -> int:
        since = self._clock.now() - timedelta(hours=24)
        texts = [row.attempt for row in self._tables.attempts.values() if row.attempt.channel == "sms"]
        own = [each for each in texts if each.account_id == account_id and site_id in (None, each.site_id)]
        called = [each for each in own if each.state in OUT and each.called_at is not None and each.called_at > since]
        asking = [each for each in own if each.state is AttemptState.PREPARED and each.kind in ASKING]
        return min(most, len(called) + len(asking))

    async def answers(self, account_id: UUID, site_id: UUID, index: str, meaning: str) -> AnswersSent:
        since = self._clock.now() - timedelta(hours=24)
        rows = [row for row in self._tables.attempts.values() if row.attempt.state is not AttemptState.NOT_SENT]
        to = (account_id, index, MessageKind.ACKNOWLEDGEMENT)
        own = [row for row in rows if (row.attempt.account_id, row.attempt.recipient_index, row.attempt.kind) == to]
        ever = [row for row in own if row.attempt.cause.startswith(f"{meaning}:")]
        today = [row for row in ever if row.opened_at > since]
        return AnswersSent(len(today), sum(row.attempt.site_id == site_id for row in today), len(ever))

    async def raised(self, account_id: UUID, site_id: UUID) -> dict[Budget, int]:
        now, rows = self._clock.now(), self._tables.raised_budgets.items()
        places = ((account_id, site_id), (account_id, EVERY_SITE))
        return {Budget(budget): most for (*place, budget), (most, until) in rows if tuple(place) in places and until > now}

    async def raise_budget(self, account_id: UUID, site_id: UUID | None, budget: Budget, most: int, until: datetime) -> None:
        key = (account_id, site_id or EVERY_SITE, budget.value)
        known, known_until = self._tables.raised_budgets.get(key, (0, until))
        lasts = known_until > self._clock.now()
        self._tables.raised_budgets[key] = (max(known, most) if lasts else most, max(known_until, until))

    async def hold_back(self, binding: Binding, budget: Budget) -> None:
        self._tables.held_by[key_of(binding)] = budget.value

    async def release(self, site_ids: Sequence[UUID], budget: Budget, within: timedelta) -> None:
        tables, now = self._tables, self._clock.now()
        for key, binding in tables.bindings.items():
            held = key[0] in site_ids and tables.held_by.get(key) == budget.value
            if held and binding.refused_reason == "over_budget" and binding.given_at > now - within:
                tables.bindings[key] = replace(binding, state="new", refused_reason=None)
                tables.look_at[key] = now
        for place, row in tables.nudges.items():
            if place[0] in site_ids and row.state is NudgeState.QUEUED and row.reported == "over_budget":
                tables.nudges[place] = replace(row, look_at=now, reported=None)

    async def note_order(self, site_id: UUID, order_id: str) -> None:
        self._tables.verified_orders.setdefault((site_id, order_id), self._clock.now())

    async def orders(self, site_id: UUID, within: timedelta) -> int:
        since: datetime = self._clock.now() - within
        return sum(site == site_id and told_at > since for (site, _), told_at in self._tables.verified_orders.items())
