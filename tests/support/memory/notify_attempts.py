"""Attempts, links and nudges in dictionaries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.storage.protocols import AT_ONCE
from shared.events.envelope import Channel
from shared.events.message import MessageKind
from shared.runtime.clock import Clock
from tests.support.memory.notify_tables import AttemptRow, AttemptTables, Link

OUT = (AttemptState.CALLING, AttemptState.ACCEPTED, AttemptState.UNRESOLVED)


class MemoryAttempts:
    """Attempts and links."""

    def __init__(self, tables: AttemptTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    async def open_attempt(self, attempt: Attempt, wait: timedelta = AT_ONCE) -> bool:
        cause = (attempt.site_id, attempt.kind, attempt.cause)
        taken = [row.attempt for row in self._tables.attempts.values() if _stands(row.attempt)]
        same = any((other.site_id, other.kind, other.cause) == cause for other in taken)
        key = (attempt.site_id, attempt.attempt_id)
        if key in self._tables.attempts or (same and self._tables.unique):
            return False
        now = self._clock.now()
        fresh = replace(attempt, state=AttemptState.PREPARED)
        self._tables.attempts[key] = AttemptRow(fresh, now, now + wait)
        return True

    async def add_lost(self, attempt: Attempt) -> bool:
        if not await self.open_attempt(attempt):
            return False
        key = (attempt.site_id, attempt.attempt_id)
        self._tables.attempts[key] = replace(self._tables.attempts[key], attempt=attempt)
        return True

    async def lock_attempt(self, site_id: UUID, attempt_id: str) -> Attempt | None:
        row = self._tables.attempts.get((site_id, attempt_id))
        return None if row is None else row.attempt

    async def call_later(self, site_id: UUID, attempt_id: str, wait: timedelta) -> None:
        row = self._in(site_id, attempt_id, AttemptState.PREPARED)
        if row is not None:
            self._put(replace(row, call_after=self._clock.now() + wait))

    async def start_call(self, site_id: UUID, attempt_id: str, caller: str) -> bool:
        row = self._in(site_id, attempt_id, AttemptState.PREPARED)
        if row is None:
            return False
        calling = replace(row.attempt, state=AttemptState.CALLING, called_at=self._clock.now())
        self._put(replace(row, attempt=calling, caller=caller))
        return True

    async def write_not_sent(self, site_id: UUID, attempt_id: str, caller: str | None) -> bool:
        row = self._in(site_id, attempt_id, AttemptState.PREPARED, AttemptState.CALLING)
        if row is None or (row.attempt.state is AttemptState.CALLING and (caller is None or row.caller != caller)):
            return False
        self._put(replace(row, attempt=replace(row.attempt, state=AttemptState.NOT_SENT)))
        return True

    async def record_result(self, site_id: UUID, attempt_id: str, state: AttemptState, carrier_id: str | None) -> bool:
        row = self._in(site_id, attempt_id, AttemptState.CALLING, AttemptState.UNRESOLVED)
        if row is None or row.attempt.state is state or row.attempt.given_up:
            return False
        known = carrier_id if carrier_id is not None else row.attempt.carrier_id
        blocked = self._tables.unique and self._others(row.attempt, _stands) and state is not AttemptState.UNRESOLVED
        recorded = row.attempt.state if blocked else state
        self._put(replace(row, attempt=replace(row.attempt, state=recorded, carrier_id=known)))
        return not blocked

    async def withdraw_others(self, attempt: Attempt) -> None:
        for row in self._others(attempt, lambda other: other.state is AttemptState.PREPARED):
            self._put(replace(row, attempt=replace(row.attempt, state=AttemptState.NOT_SENT)))

    async def taken_push(self, site_id: UUID, cause: str) -> Attempt | None:
        taken = [
            row.attempt
            for row in self._tables.attempts.values()
            if (row.attempt.site_id, row.attempt.kind, row.attempt.cause) == (site_id, MessageKind.REMINDER, cause)
            and _repeatable(row.attempt)
            and row.attempt.carrier_id is not None
            and not row.attempt.given_up
        ]
        return taken[0] if taken else None

    def _others(self, attempt: Attempt, wanted: Callable[[Attempt], bool]) -> list[AttemptRow]:
        return [
            row
            for row in self._tables.attempts.values()
            if (row.attempt.site_id, row.attempt.kind, row.attempt.cause) == (attempt.site_id, attempt.kind, attempt.cause)
            and row.attempt.attempt_id != attempt.attempt_id
            and wanted(row.attempt)
        ]

    async def give_up(self, site_id: UUID, attempt_id: str) -> bool:
        row = self._in(site_id, attempt_id, AttemptState.UNRESOLVED)
        if row is None or row.attempt.given_up:
            return False
        self._put(replace(row, attempt=replace(row.attempt, given_up=True)))
        return True

    async def raise_rank(self, site_id: UUID, attempt_id: str, rank: int) -> bool:
        row = self._tables.attempts.get((site_id, attempt_id))
        if row is None or row.attempt.delivery_rank >= rank:
            return False
        self._put(replace(row, attempt=replace(row.attempt, delivery_rank=rank)))
        return True

    async def lock_cart(self, site_id: UUID, cart_id: UUID) -> None:
        """One transaction at a time is lock enough."""

    async def sent_in_a_day(self, account_id: UUID, index: str) -> int:
        return sum(
            (attempt.account_id, attempt.recipient_index) == (account_id, index)
            for attempt in self._out_since(timedelta(hours=24))
        )

    async def sent_for_cart(self, site_id: UUID, cart_id: UUID, channel: str) -> int:
        return sum(
            (attempt.site_id, attempt.cart_id, attempt.channel) == (site_id, cart_id, channel)
            for attempt in self._out_since(timedelta(hours=48))
        )

    async def unresolved_pushes(self, site_id: UUID, cause: str) -> int:
        return sum(
            (row.attempt.site_id, row.attempt.kind, row.attempt.cause) == (site_id, MessageKind.REMINDER, cause)
            and _repeatable(row.attempt)
            for row in self._tables.attempts.values()
        )

    async def add_link(self, site_id: UUID, token: str, attempt_id: str, cart: str, created_at: datetime) -> None:
        self._tables.links[token] = Link(site_id, attempt_id, cart, created_at)

    async def lapse_orphans(self, older_than: timedelta) -> list[Attempt]:
        before = self._clock.now() - older_than
        orphans = [
            row
            for row in self._tables.attempts.values()
            if row.attempt.state is AttemptState.PREPARED
            and row.attempt.kind in (MessageKind.REMINDER, MessageKind.QUESTION)
            and row.opened_at < before
        ]
        return [self._put(replace(row, attempt=replace(row.attempt, state=AttemptState.NOT_SENT))) for row in orphans]

    async def expose_crashed_calls(self, older_than: timedelta) -> list[Attempt]:
        before = self._clock.now() - older_than
        crashed = [
            row
            for row in self._tables.attempts.values()
            if row.attempt.state is AttemptState.CALLING
            and row.attempt.called_at is not None
            and row.attempt.called_at < before
        ]
        return [self._put(replace(row, attempt=replace(row.attempt, state=AttemptState.UNRESOLVED))) for row in crashed]

    def _in(self, site_id: UUID, attempt_id: str, *states: AttemptState) -> AttemptRow | None:
        row = self._tables.attempts.get((site_id, attempt_id))
        return row if row is not None and row.attempt.state in states else None

    def _put(self, row: AttemptRow) -> Attempt:
        self._tables.attempts[row.attempt.site_id, row.attempt.attempt_id] = row
        return row.attempt

    def _out_since(self, span: timedelta) -> list[Attempt]:
        since = self._clock.now() - span
        return [
            row.attempt
            for row in self._tables.attempts.values()
            if row.attempt.kind is MessageKind.REMINDER
            and row.attempt.state in OUT
            and row.attempt.called_at is not None
            and row.attempt.called_at > since
        ]


def _repeatable(attempt: Attempt) -> bool:
    return attempt.channel == Channel.PUSH and attempt.state is AttemptState.UNRESOLVED


def _stands(attempt: Attempt) -> bool:
    return attempt.state is not AttemptState.NOT_SENT and not _repeatable(attempt)
