"""All SQL about the operator's stop of all sending. It is of no site: the console shows it to every merchant."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.postgres.pool import Transaction


@dataclass(frozen=True)
class GlobalStop:
    """A stop that stands: who stopped all sending, when and why."""

    stop_id: UUID
    stopped_at: datetime
    stopped_by: str
    reason: str


class GlobalStopStore:
    """Stops, the one that stands and those that ended."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def standing(self) -> GlobalStop | None:
        """The stop that stands, None without one."""
        row = await self._tx.fetchrow(
            "SELECT stop_id, stopped_at, stopped_by, reason FROM onboarding.global_stops WHERE resumed_at IS NULL"
        )
        return None if row is None else GlobalStop(**row)

    async def add(self, stop: GlobalStop) -> None:
        """Add a stop, unless one stands."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.global_stops (stop_id, stopped_at, stopped_by, reason) VALUES ($1, $2, $3, $4)
                ON CONFLICT DO NOTHING
            """,
            stop.stop_id,
            stop.stopped_at,
            stop.stopped_by,
            stop.reason,
        )
        await self._put_pause(paused=True, now=stop.stopped_at)

    async def end(self, stop_id: UUID, by: str, reason: str, now: datetime) -> None:
        """End a stop that stands."""
        await self._tx.execute(
            """
            UPDATE onboarding.global_stops SET resumed_at = $2, resumed_by = $3, resume_reason = $4
             WHERE stop_id = $1 AND resumed_at IS NULL
            """,
            stop_id,
            now,
            by,
            reason,
        )
        await self._put_pause(paused=False, now=now)

    async def _put_pause(self, *, paused: bool, now: datetime) -> None:
        """The pause of every site, as orders and notify have it in the same table."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.pauses (site_id, paused, changed_at) VALUES ($1, $2, $3)
                ON CONFLICT (site_id) DO UPDATE SET paused = excluded.paused, changed_at = excluded.changed_at
            """,
            EVERY_SITE,
            paused,
            now,
        )
