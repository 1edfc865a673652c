"""The only statements that go over all sites: looks for work. Each row that they find names its site."""

from datetime import datetime, timedelta

from services.orders.stores import ClaimedAsk, Timer, TimerKind
from shared.runtime.postgres import Pool

MARKERS_KEPT = timedelta(hours=1)
ASKS_KEPT = timedelta(days=3)


async def due_timers(pool: Pool, floor: datetime, now: datetime, limit: int) -> list[Timer]:
    """What is due, the longest first; each is locked only by who looks at it. ``floor`` spares the dead rows before it."""
    rows = await pool.fetch(
        """
        SELECT site_id, kind, subject, due_at
          FROM orders.timers
         WHERE due_at > $1
           AND due_at <= $2
         ORDER BY due_at
         LIMIT $3
        """,
        floor,
        now,
        limit,
    )
    return [Timer(row["site_id"], TimerKind(row["kind"]), row["subject"], row["due_at"]) for row in rows]


async def partitions_with_asks(pool: Pool) -> list[int]:
    """Where somebody waits for an answer and no marker is on its way."""
    rows = await pool.fetch(
        """
        SELECT DISTINCT partition
          FROM orders.asks
         WHERE answered_at IS NULL
           AND marker_id IS NULL
        """
    )
    return [row["partition"] for row in rows]


async def claim_asks(pool: Pool, partition: int, marker_id: str, now: datetime, limit: int) -> list[ClaimedAsk]:
    """Bind the waiting asks of a partition to a marker that is not yet appended. It will bear the first asker's site."""
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, attempt_id, arrived_at
              FROM orders.asks
             WHERE partition = $1
               AND answered_at IS NULL
               AND marker_id IS NULL
             ORDER BY arrived_at
             LIMIT $4
               FOR UPDATE SKIP LOCKED
        ), first AS (
            SELECT site_id FROM waiting ORDER BY arrived_at LIMIT 1
        )
        UPDATE orders.asks AS a
           SET marker_id = $2, marker_site_id = first.site_id, claimed_at = $3
          FROM waiting, first
         WHERE a.site_id = waiting.site_id
           AND a.attempt_id = waiting.attempt_id
        RETURNING a.site_id, a.attempt_id, a.marker_site_id
        """,
        partition,
        marker_id,
        now,
        limit,
    )
    return [ClaimedAsk(row["site_id"], row["attempt_id"], row["marker_site_id"]) for row in rows]


async def sweep_old_rows(pool: Pool, now: datetime) -> None:
    """Markers are of no use after seconds, asks after their nudge's end, questions when no ask of theirs can come."""
    await pool.execute("DELETE FROM orders.markers WHERE applied_at < $1", now - MARKERS_KEPT)
    await pool.execute("DELETE FROM orders.asks WHERE arrived_at < $1", now - ASKS_KEPT)
    await pool.execute("DELETE FROM orders.questions WHERE due_at < $1", now - ASKS_KEPT)


async def asks_without_grant(pool: Pool, since: datetime) -> int:
    """Asks that were postponed, dropped or not answered at all, where not one was granted: page somebody."""
    counted: int = await pool.fetchval(
        """
        SELECT CASE WHEN bool_or(answer = 'granted') THEN 0
                    ELSE count(*) FILTER (WHERE answer IS NULL OR answer IN ('postponed', 'dropped')) END
          FROM orders.asks
         WHERE arrived_at > $1
        """,
        since,
    )
    return counted
