"""The nudges of notify in memory."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services.notify.storage.protocols import QueuedNudge
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.nudge import NudgeDue
from shared.runtime.clock import Clock
from shared.runtime.kafka.producer import partition_of
from tests.support.memory.notify_tables import AttemptTables, NudgeRow, NudgeState


class MemoryNudges:
    """Nudges from due to ended."""

    def __init__(self, tables: AttemptTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    async def queue(self, due: NudgeDue) -> None:
        partition = partition_of(due.site_id, NUDGE_EVENTS.partitions)
        row = NudgeRow(due, NudgeState.QUEUED, due.not_before, partition)
        self._tables.nudges.setdefault((due.site_id, due.nudge_id), row)

    async def lock_queued(self, site_id: UUID, nudge_id: UUID) -> QueuedNudge | None:
        row = self._tables.nudges.get((site_id, nudge_id))
        if row is None or row.state is not NudgeState.QUEUED or row.due is None:
            return None
        return QueuedNudge(row.due, row.tries, row.reported, row.granted_attempt)

    async def due(self, site_id: UUID, nudge_id: UUID) -> NudgeDue | None:
        row = self._living(site_id, nudge_id)
        return None if row is None else row.due

    async def set_asking(self, site_id: UUID, nudge_id: UUID) -> None:
        row = self._living(site_id, nudge_id)
        if row is not None:
            asking = replace(row, state=NudgeState.ASKING, look_at=self._clock.now(), tries=row.tries + 1)
            self._tables.nudges[site_id, nudge_id] = asking

    async def queue_again(self, site_id: UUID, nudge_id: UUID, delay: timedelta, reported: str | None = None) -> None:
        row = self._living(site_id, nudge_id)
        if row is not None:
            look_at = self._clock.now() + delay
            queued = replace(
                row, state=NudgeState.QUEUED, look_at=look_at, reported=row.reported if reported is None else reported
            )
            self._tables.nudges[site_id, nudge_id] = queued

    async def set_aside(self, site_id: UUID, nudge_id: UUID, delay: timedelta, reported: str) -> UUID | None:
        row = self._living(site_id, nudge_id)
        if row is None:
            return None
        await self.queue_again(site_id, nudge_id, delay, reported)
        return row.due.cart_id if row.due is not None and row.reported != reported else None

    async def end(self, site_id: UUID, nudge_id: UUID) -> bool:
        row = self._living(site_id, nudge_id)
        if row is not None:
            self._tables.nudges[site_id, nudge_id] = replace(row, state=NudgeState.ENDED)
        return row is not None

    async def note_grant(self, site_id: UUID, nudge_id: UUID, attempt_id: str) -> None:
        row = self._tables.nudges.get((site_id, nudge_id))
        if row is not None:
            self._tables.nudges[site_id, nudge_id] = replace(row, granted_attempt=attempt_id)

    async def wake(self, site_id: UUID, visitor_id: str) -> None:
        for key, row in self._tables.nudges.items():
            theirs = key[0] == site_id and row.due is not None and row.due.visitor_id == visitor_id
            if theirs and row.state is NudgeState.QUEUED:
                self._tables.nudges[key] = replace(row, look_at=self._clock.now())

    def _living(self, site_id: UUID, nudge_id: UUID) -> NudgeRow | None:
        row = self._tables.nudges.get((site_id, nudge_id))
        return None if row is None or row.state is NudgeState.ENDED else row
