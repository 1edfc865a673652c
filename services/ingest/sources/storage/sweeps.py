"""The only statements that go over all sites: the claim of sources that are due, their count, and retention."""

from datetime import datetime, timedelta
from uuid import UUID

from services.ingest.sources.storage.connections import Connection, to_connection
from shared.runtime.postgres.pool import Pool
from shared.runtime.postgres.retention import Sweep

CLAIMED_FOR = timedelta(seconds=60)
"""Renewed while a poll goes on: a source whose process was killed is polled again after that, from where it was."""


async def claim_due(pool: Pool, now: datetime, limit: int, claim: UUID) -> list[Connection]:
    """Take sources that are due, the longest waiting first, for this process alone."""
    rows = await pool.fetch(
        """
        WITH due AS (
            SELECT site_id, source
              FROM sources.connections
             WHERE poll_after <= $1
             ORDER BY poll_after
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        )
        UPDATE sources.connections AS c
           SET poll_after = $3, claim = $4
          FROM due, sources.sites AS s
         WHERE c.site_id = due.site_id
           AND c.source = due.source
           AND s.site_id = c.site_id
        RETURNING c.site_id, c.source, s.settings, c.state, c.failures, c.claim, c.polled_through,
                  c.utc_offset_seconds, c.highest_order_number, c.signalled_at
        """,
        now,
        limit,
        now + CLAIMED_FOR,
        claim,
    )
    return [to_connection(row) for row in rows]


async def count_by_state(pool: Pool) -> dict[str, int]:
    """How many sources are in each state."""
    rows = await pool.fetch("SELECT state, count(*) AS number FROM sources.connections GROUP BY state")
    return {row["state"]: row["number"] for row in rows}


RETENTION = (
    Sweep("sources.reported_orders", "t.reported_at", timedelta(days=100)),
    Sweep("sources.holds", "t.released_at", timedelta(days=100)),
)
"""Rows that are deleted, and after how long; docs/retention.md has the reasons."""
