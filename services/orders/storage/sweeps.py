"""The only statements that go over all sites: looks for work. Each row that they find names its site."""

from datetime import datetime, timedelta

from services.orders.rules.timers import Timer, TimerKind
from services.orders.storage.protocols import ClaimedAsk
from shared.runtime.postgres.pool import Pool
from shared.runtime.postgres.retention import Sweep


async def due_timers(pool: Pool, floor: datetime, now: datetime, limit: int) -> list[Timer]:
    """What is due, the longest first; each is locked only by who fires it. ``floor`` spares the dead rows before it."""
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


RETENTION = (
    Sweep(
        "orders.markers",
        timedelta(hours=1),
        """
        DELETE FROM orders.markers
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.markers AS t
                                WHERE t.applied_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.asks",
        timedelta(days=3),
        """
        DELETE FROM orders.asks
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.asks AS t
                                WHERE t.arrived_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.questions",
        timedelta(days=3),
        """
        DELETE FROM orders.questions
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.questions AS t
                                WHERE t.due_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.carts",
        timedelta(days=60),
        """
        DELETE FROM orders.carts
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.carts AS t
                                WHERE t.last_active_at < $1
                                  AND t.state NOT IN ('open', 'abandoned')
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.nudges",
        timedelta(days=60),
        """
        DELETE FROM orders.nudges
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.nudges AS t
                                WHERE t.not_after < $1
                                  AND t.state NOT IN ('planned', 'due', 'granted')
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.fences",
        timedelta(days=100),
        """
        DELETE FROM orders.fences
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.fences AS t
                                WHERE t.stands_until < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.reports",
        timedelta(days=100),
        """
        DELETE FROM orders.reports
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.reports AS t
                                WHERE t.effective_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.followed_links",
        timedelta(days=100),
        """
        DELETE FROM orders.followed_links
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.followed_links AS t
                                WHERE t.followed_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.accepted_messages",
        timedelta(days=100),
        """
        DELETE FROM orders.accepted_messages
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.accepted_messages AS t
                                WHERE t.accepted_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.control_arms",
        timedelta(days=31),
        """
        DELETE FROM orders.control_arms
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.control_arms AS t
                                WHERE t.drawn_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.tombstones",
        timedelta(days=100),
        """
        DELETE FROM orders.tombstones
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.tombstones AS t
                                WHERE t.silences_until < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.erasures",
        timedelta(days=100),
        """
        DELETE FROM orders.erasures
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.erasures AS t
                                WHERE t.applied_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.confirmations",
        timedelta(days=400),
        """
        DELETE FROM orders.confirmations
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.confirmations AS t
                                WHERE t.confirmed_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.opt_ins",
        timedelta(days=400),
        """
        DELETE FROM orders.opt_ins
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.opt_ins AS t
                                WHERE t.heard_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.withdrawals",
        timedelta(days=400),
        """
        DELETE FROM orders.withdrawals
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.withdrawals AS t
                                WHERE t.withdrawn_at < $1
                                  AND t.channel = 'push'
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.sightings",
        timedelta(days=400),
        """
        DELETE FROM orders.sightings
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.sightings AS t
                                WHERE t.seen_at < $1
                                  AND NOT EXISTS (
                                   SELECT FROM orders.visitors AS v
                                    WHERE v.site_id = t.site_id AND v.visitor_id = t.visitor_id AND v.last_active_at >= $1)
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.visitors",
        timedelta(days=60),
        """
        DELETE FROM orders.visitors
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.visitors AS t
                                WHERE t.last_active_at < $1
                                  AND NOT t.back_office
                                  AND NOT EXISTS (
                                   SELECT FROM orders.sightings AS s
                                    WHERE s.site_id = t.site_id AND s.visitor_id = t.visitor_id)
                                LIMIT $2))
        """,
    ),
    Sweep(
        "orders.holds",
        timedelta(days=100),
        """
        DELETE FROM orders.holds
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM orders.holds AS t
                                WHERE t.released_at < $1
                                LIMIT $2))
        """,
    ),
)
"""What goes, after how long; docs/retention.md says why. What can still silence is not among it."""
