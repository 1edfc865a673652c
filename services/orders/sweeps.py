"""The only statements that go over all sites: loops that look for work. Each row they take names its site."""

from datetime import datetime
from uuid import UUID

from services.orders.store_carts import Timer, TimerKind
from shared.runtime.postgres import Pool, Transaction

CLAIM_SECONDS = 5.0


async def claim_due_timers(tx: Transaction, floor: datetime, now: datetime, limit: int) -> list[Timer]:
    """Take timers that are due, in the transaction that will act on them. ``floor`` spares the dead rows before it."""
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT site_id, kind, subject FROM orders.timers
             WHERE due_at > $1 AND due_at <= $2 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        DELETE FROM orders.timers AS t USING due
         WHERE t.site_id = due.site_id AND t.kind = due.kind AND t.subject = due.subject
        RETURNING t.site_id, t.kind, t.subject, t.due_at
        """,
        floor,
        now,
        limit,
    )
    return [Timer(row["site_id"], TimerKind(row["kind"]), row["subject"], row["due_at"]) for row in rows]


async def partitions_with_asks(pool: Pool) -> list[int]:
    """Where somebody waits for an answer and no marker is on its way."""
    rows = await pool.fetch("SELECT DISTINCT partition FROM orders.asks WHERE answered_at IS NULL AND marker_id IS NULL")
    return [row["partition"] for row in rows]


async def claim_asks(pool: Pool, partition: int, marker_id: str) -> list[tuple[UUID, str]]:
    """Bind the waiting asks of a partition to a marker that is not yet appended. Returns (site, attempt) pairs.

    The first asker's site is the one that the marker will carry.
    """
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, attempt_id FROM orders.asks
             WHERE partition = $1 AND answered_at IS NULL AND marker_id IS NULL
             ORDER BY arrived_at LIMIT 500 FOR UPDATE SKIP LOCKED
        ), first AS (SELECT site_id FROM waiting LIMIT 1)
        UPDATE orders.asks AS a
           SET marker_id = $2, marker_site_id = first.site_id, claimed_at = clock_timestamp()
          FROM waiting, first
         WHERE a.site_id = waiting.site_id AND a.attempt_id = waiting.attempt_id
        RETURNING a.site_id, a.attempt_id, a.marker_site_id
        """,
        partition,
        marker_id,
    )
    return [
        (row["site_id"], row["attempt_id"]) for row in sorted(rows, key=lambda row: row["site_id"] != row["marker_site_id"])
    ]


async def is_marked(pool: Pool, site_id: UUID, marker_id: str) -> bool:
    """The transaction that applied this very marker has committed."""
    found: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT FROM orders.markers WHERE site_id = $1 AND marker_id = $2)", site_id, marker_id
    )
    return found


async def sweep_old_rows(pool: Pool) -> None:
    """Markers and answered asks are of no use after an hour."""
    await pool.execute("DELETE FROM orders.markers WHERE applied_at < clock_timestamp() - interval '1 hour'")
    await pool.execute("DELETE FROM orders.asks WHERE arrived_at < clock_timestamp() - interval '3 days'")


async def silent_asks(pool: Pool) -> int:
    """How many asks of the last 15 minutes were never answered, when not one was: something is wrong, page somebody."""
    counted: int = await pool.fetchval(
        """
        SELECT CASE WHEN count(*) FILTER (WHERE answered_at IS NOT NULL) = 0 THEN count(*) ELSE 0 END
          FROM orders.asks WHERE arrived_at > clock_timestamp() - interval '15 minutes'
        """
    )
    return counted
