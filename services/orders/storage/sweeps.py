"""The only statements that go over all sites: searches for work, and retention. Each row that they find names its site."""

from datetime import datetime, timedelta

import asyncpg

from services.orders.rules.timers import Timer, TimerKind
from services.orders.storage.protocols import ClaimedAsk
from shared.runtime.postgres.pool import Pool
from shared.runtime.postgres.retention import Sweep


def to_timer(row: asyncpg.Record) -> Timer:
    """A row of orders.timers."""
    return Timer(row["site_id"], TimerKind(row["kind"]), row["subject"], row["due_at"], row["traceparent"])


async def due_timers(pool: Pool, floor: datetime, now: datetime, limit: int) -> list[Timer]:
    """The timers that are due, the longest first; each is locked when it fires. ``floor`` spares the dead rows before it."""
    rows = await pool.fetch(
        """
        SELECT site_id, kind, subject, due_at, traceparent
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
    return [to_timer(row) for row in rows]


async def due_timers_in_turn(pool: Pool, now: datetime, limit: int) -> list[Timer]:
    """The first due timer of each site, then the second of each. It asks for every site, so it is for a backlog alone."""
    rows = await pool.fetch(
        """
        WITH RECURSIVE sites AS (
            (SELECT site_id FROM orders.timers ORDER BY site_id LIMIT 1)
             UNION ALL
            SELECT (SELECT t.site_id FROM orders.timers AS t WHERE t.site_id > sites.site_id ORDER BY t.site_id LIMIT 1)
              FROM sites
             WHERE sites.site_id IS NOT NULL
        )
        SELECT due.site_id, due.kind, due.subject, due.due_at, due.traceparent
          FROM sites
         CROSS JOIN LATERAL (SELECT of_site.*, row_number() OVER (ORDER BY of_site.due_at) AS place
                               FROM (SELECT t.site_id, t.kind, t.subject, t.due_at, t.traceparent
                                       FROM orders.timers AS t
                                      WHERE t.site_id = sites.site_id
                                        AND t.due_at <= $1
                                      ORDER BY t.due_at
                                      LIMIT $2) AS of_site) AS due
         ORDER BY due.place, due.due_at
         LIMIT $2
        """,
        now,
        limit,
    )
    return [to_timer(row) for row in rows]


async def partitions_with_asks(pool: Pool) -> list[int]:
    """The partitions in which an ask waits for an answer and no marker is on its way."""
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
        RETURNING a.site_id, a.attempt_id, a.marker_site_id, a.traceparent
        """,
        partition,
        marker_id,
        now,
        limit,
    )
    return [ClaimedAsk(row["site_id"], row["attempt_id"], row["marker_site_id"], row["traceparent"]) for row in rows]


async def asks_without_grant(pool: Pool, since: datetime) -> int:
    """How many asks were postponed, dropped or not answered, where not one was granted: an alert is on it."""
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
    Sweep("orders.markers", "t.applied_at", timedelta(hours=1)),
    Sweep("orders.asks", "t.arrived_at", timedelta(days=3)),
    Sweep("orders.questions", "t.due_at", timedelta(days=3)),
    Sweep("orders.carts", "t.last_active_at", timedelta(days=60), only="t.state NOT IN ('open', 'abandoned')"),
    Sweep("orders.nudges", "t.not_after", timedelta(days=60), only="t.state NOT IN ('planned', 'due', 'granted')"),
    Sweep("orders.fences", "t.stands_until", timedelta(days=100)),
    Sweep("orders.reports", "t.effective_at", timedelta(days=100)),
    Sweep("orders.followed_links", "t.followed_at", timedelta(days=100)),
    Sweep("orders.accepted_messages", "t.accepted_at", timedelta(days=100)),
    Sweep("orders.control_arms", "t.drawn_at", timedelta(days=31)),
    Sweep("orders.tombstones", "t.silences_until", timedelta(days=100)),
    Sweep("orders.erasures", "t.applied_at", timedelta(days=100)),
    Sweep("orders.confirmations", "t.confirmed_at", timedelta(days=400)),
    Sweep("orders.opt_ins", "t.heard_at", timedelta(days=400)),
    Sweep("orders.withdrawals", "t.withdrawn_at", timedelta(days=400), only="t.channel = 'push'"),
    Sweep(
        "orders.sightings",
        "t.seen_at",
        timedelta(days=400),
        only="""
        NOT EXISTS (SELECT FROM orders.visitors AS v
                     WHERE v.site_id = t.site_id AND v.visitor_id = t.visitor_id AND v.last_active_at >= $1)
        """,
    ),
    Sweep(
        "orders.visitors",
        "t.last_active_at",
        timedelta(days=60),
        only="""
        NOT t.back_office
        AND NOT EXISTS (SELECT FROM orders.sightings AS s WHERE s.site_id = t.site_id AND s.visitor_id = t.visitor_id)
        """,
    ),
    Sweep("orders.holds", "t.released_at", timedelta(days=100)),
)
"""Rows that are deleted, and after how long; docs/retention.md has the reasons. What can still silence is not among it."""
