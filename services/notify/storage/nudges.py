"""SQL of nudges: queued, asking, ended."""

from datetime import timedelta
from uuid import UUID

from services.notify.storage.protocols import QueuedNudge
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.nudge import NudgeDue
from shared.runtime.kafka.producer import partition_of
from shared.runtime.postgres.pool import Transaction
from shared.runtime.tracing import traceparent


class SqlNudges:
    """Nudges from due to ended."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def queue(self, due: NudgeDue) -> None:
        """Queue a step whose time has come; repeated, it changes nothing."""
        await self._tx.execute(
            """
            INSERT INTO notify.nudges (site_id, nudge_id, cart_id, visitor_id, due, state, look_at, not_after, partition,
                                       traceparent)
            VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8, $9) ON CONFLICT DO NOTHING
            """,
            due.site_id,
            due.nudge_id,
            due.cart_id,
            due.visitor_id,
            due.model_dump_json(by_alias=True),
            due.not_before,
            due.not_after,
            partition_of(due.site_id, NUDGE_EVENTS.partitions),
            traceparent(),
        )

    async def lock_queued(self, site_id: UUID, nudge_id: UUID) -> QueuedNudge | None:
        """Read a queued nudge and hold its row; None where it asks or has ended."""
        row = await self._tx.fetchrow(
            """
            SELECT due, tries, told_reason, granted_attempt, traceparent FROM notify.nudges
             WHERE site_id = $1 AND nudge_id = $2 AND state = 'queued' FOR UPDATE
            """,
            site_id,
            nudge_id,
        )
        if row is None:
            return None
        due = NudgeDue.model_validate_json(row["due"])
        return QueuedNudge(due, row["tries"], row["told_reason"], row["granted_attempt"], row["traceparent"])

    async def due(self, site_id: UUID, nudge_id: UUID) -> NudgeDue | None:
        """What a nudge that has not ended is about."""
        text = await self._tx.fetchval(
            "SELECT due FROM notify.nudges WHERE site_id = $1 AND nudge_id = $2 AND state <> 'ended'", site_id, nudge_id
        )
        return None if text is None else NudgeDue.model_validate_json(text)

    async def set_asking(self, site_id: UUID, nudge_id: UUID) -> None:
        """An attempt of it has asked."""
        await self._tx.execute(
            """
            UPDATE notify.nudges SET state = 'asking', look_at = clock_timestamp(), tries = tries + 1
             WHERE site_id = $1 AND nudge_id = $2 AND state <> 'ended'
            """,
            site_id,
            nudge_id,
        )

    async def queue_again(self, site_id: UUID, nudge_id: UUID, delay: timedelta, reported: str | None = None) -> None:
        """Evaluate a nudge again after ``delay``. One that has ended stays so."""
        await self._tx.execute(
            """
            UPDATE notify.nudges
               SET state = 'queued', look_at = clock_timestamp() + $3::interval, told_reason = coalesce($4, told_reason)
             WHERE site_id = $1 AND nudge_id = $2 AND state <> 'ended'
            """,
            site_id,
            nudge_id,
            delay,
            reported,
        )

    async def set_aside(self, site_id: UUID, nudge_id: UUID, delay: timedelta, reported: str) -> UUID | None:
        """Evaluate a nudge again after ``delay``, unread. Returns its cart where ``reported`` was not emitted last."""
        row = await self._tx.fetchrow(
            """
            UPDATE notify.nudges AS n
               SET state = 'queued', look_at = clock_timestamp() + $3::interval, told_reason = $4
              FROM (SELECT told_reason FROM notify.nudges WHERE site_id = $1 AND nudge_id = $2 FOR UPDATE) AS before
             WHERE n.site_id = $1 AND n.nudge_id = $2 AND n.state <> 'ended'
            RETURNING n.cart_id, before.told_reason IS DISTINCT FROM $4 AS unreported
            """,
            site_id,
            nudge_id,
            delay,
            reported,
        )
        cart_id: UUID | None = None if row is None or not row["unreported"] else row["cart_id"]
        return cart_id

    async def end(self, site_id: UUID, nudge_id: UUID) -> bool:
        """End a nudge; True where this very call did."""
        ended: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.nudges SET state = 'ended'
             WHERE site_id = $1 AND nudge_id = $2 AND state <> 'ended' RETURNING true
            """,
            site_id,
            nudge_id,
        )
        return ended is not None

    async def note_grant(self, site_id: UUID, nudge_id: UUID, attempt_id: str) -> None:
        """Record that orders granted an attempt: from here on notify ends the nudge."""
        await self._tx.execute(
            "UPDATE notify.nudges SET granted_attempt = $3 WHERE site_id = $1 AND nudge_id = $2",
            site_id,
            nudge_id,
            attempt_id,
        )

    async def wake(self, site_id: UUID, visitor_id: str) -> None:
        """Evaluate the nudges of a visitor now: a channel has changed."""
        await self._tx.execute(
            """
            UPDATE notify.nudges SET look_at = clock_timestamp()
             WHERE site_id = $1 AND visitor_id = $2 AND state = 'queued'
            """,
            site_id,
            visitor_id,
        )
