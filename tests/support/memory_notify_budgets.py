"""Budgets of questions in dictionaries."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.attempts import AttemptState
from shared.events.envelope import SealedContact
from shared.events.message import MessageKind
from shared.runtime.clock import Clock
from tests.support.memory_notify_attempts import OUT
from tests.support.memory_notify_people import PeopleTables


class MemoryBudgets:
    """What was spent on questions, and the orders by which their number grows."""

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
        standing = {
            (row.attempt.site_id, row.attempt.cause)
            for row in self._tables.attempts.values()
            if row.attempt.kind is MessageKind.QUESTION and row.attempt.state is not AttemptState.NOT_SENT
        }
        return sum((site, str(cause)) in standing for site, cause in rows)

    async def add_uses(self, account_id: UUID, site_id: UUID, keys: Iterable[str], consent_event_id: UUID) -> None:
        now = self._clock.now()
        self._tables.budget_uses |= {(account_id, key, consent_event_id): (site_id, now) for key in keys}

    async def messages_in_a_day(self, account_id: UUID, most: int) -> int:
        since = self._clock.now() - timedelta(hours=24)
        attempts = [row.attempt for row in self._tables.attempts.values() if row.attempt.channel == "sms"]
        own = [attempt for attempt in attempts if attempt.account_id == account_id and attempt.state in OUT]
        return min(most, sum(attempt.called_at is not None and attempt.called_at > since for attempt in own))

    async def note_order(self, site_id: UUID, order_id: str) -> None:
        self._tables.verified_orders.setdefault((site_id, order_id), self._clock.now())

    async def orders(self, site_id: UUID, within: timedelta) -> int:
        since: datetime = self._clock.now() - within
        return sum(site == site_id and told_at > since for (site, _), told_at in self._tables.verified_orders.items())
