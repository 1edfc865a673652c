"""SQL by which the loops claim work: the oldest of each site, round robin, so that one shop's flood delays no other."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.notify.rules.bindings import Binding
from services.notify.storage.consents import to_binding
from shared.runtime.postgres.pool import Pool

LEASE = timedelta(seconds=10)
ANY_PARTITION = -1
"""Of an opt-in from before its partition was kept."""


async def claim_nudges(pool: Pool, partitions: Sequence[int], limit: int) -> list[tuple[UUID, UUID]]:
    """Take queued nudges of these partitions whose moment has come, round robin over the sites.

    Another process may claim them after the lease.
    """
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, nudge_id, row_number() OVER (PARTITION BY site_id ORDER BY look_at) AS place
              FROM notify.nudges
             WHERE state = 'queued' AND look_at <= clock_timestamp() AND partition = ANY($3::integer[])
        ), due AS (
            SELECT n.site_id, n.nudge_id FROM notify.nudges AS n JOIN waiting AS w USING (site_id, nudge_id)
             WHERE n.state = 'queued' AND n.look_at <= clock_timestamp()
             ORDER BY w.place, n.look_at LIMIT $1 FOR UPDATE OF n SKIP LOCKED
        )
        UPDATE notify.nudges AS n SET look_at = clock_timestamp() + $2::interval
          FROM due WHERE n.site_id = due.site_id AND n.nudge_id = due.nudge_id
        RETURNING n.site_id, n.nudge_id
        """,
        limit,
        LEASE,
        list(partitions),
    )
    return [(row["site_id"], row["nudge_id"]) for row in rows]


async def claim_bindings(pool: Pool, partitions: Sequence[int], limit: int) -> list[Binding]:
    """Take new opt-ins of these partitions for which it is to be decided whether the number is asked, by site round robin."""
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, visitor_id, channel, recipient_index,
                   row_number() OVER (PARTITION BY site_id ORDER BY look_at) AS place
              FROM notify.bindings
             WHERE state = 'new' AND look_at <= clock_timestamp() AND partition = ANY($3::integer[])
        ), due AS (
            SELECT b.site_id, b.visitor_id, b.channel, b.recipient_index
              FROM notify.bindings AS b JOIN waiting AS w USING (site_id, visitor_id, channel, recipient_index)
             WHERE b.state = 'new' AND b.look_at <= clock_timestamp()
             ORDER BY w.place, b.look_at LIMIT $1 FOR UPDATE OF b SKIP LOCKED
        )
        UPDATE notify.bindings AS b SET look_at = clock_timestamp() + $2::interval
          FROM due
         WHERE b.site_id = due.site_id AND b.visitor_id = due.visitor_id AND b.channel = due.channel
           AND b.recipient_index = due.recipient_index
        RETURNING b.site_id, b.visitor_id, b.channel, b.recipient_kind, b.recipient_index, b.box, b.consent_event_id,
                  b.given_at, b.time_zone, b.box_state, b.state, b.refused_reason, b.asked_at, b.confirmed_at,
                  b.withdrawn_at, b.vapid_public, b.traceparent AS cause_span
        """,
        limit,
        LEASE,
        [ANY_PARTITION, *partitions],
    )
    return [to_binding(row) for row in rows]


async def claim_transactional(pool: Pool, limit: int, lease: timedelta) -> list[tuple[UUID, str]]:
    """Take answers, and then tests, that wait to be called, round robin over the sites."""
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, attempt_id, kind = 'test' AS is_test,
                   row_number() OVER (PARTITION BY site_id, kind ORDER BY opened_at) AS place
              FROM notify.attempts
             WHERE state = 'prepared' AND kind IN ('acknowledgement', 'test') AND call_after <= clock_timestamp()
        ), due AS (
            SELECT a.site_id, a.attempt_id FROM notify.attempts AS a JOIN waiting AS w USING (site_id, attempt_id)
             WHERE a.state = 'prepared' AND a.call_after <= clock_timestamp()
             ORDER BY w.is_test, w.place, a.opened_at LIMIT $1 FOR UPDATE OF a SKIP LOCKED
        )
        UPDATE notify.attempts AS a SET call_after = clock_timestamp() + $2::interval
          FROM due WHERE a.site_id = due.site_id AND a.attempt_id = due.attempt_id
        RETURNING a.site_id, a.attempt_id
        """,
        limit,
        lease,
    )
    return [(row["site_id"], row["attempt_id"]) for row in rows]
