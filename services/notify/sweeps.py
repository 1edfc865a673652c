"""The only statements that go over all sites: loops that look for work, and a link that is known by its token alone."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from services.notify.attempts import Attempt, AttemptState
from services.notify.bindings import Binding
from services.notify.store_consents import to_binding
from services.notify.stores import LinkRow
from shared.events.message import MessageKind
from shared.runtime.postgres import Pool, Transaction
from shared.runtime.retention import Sweep

LEASE = timedelta(seconds=10)
ANY_PARTITION = -1
"""Of an opt-in from before its partition was kept."""
LINKS_LIVE = timedelta(days=60)


def to_attempt(row: asyncpg.Record) -> Attempt:
    """A row of notify.attempts."""
    values = dict(row)
    return Attempt(**{**values, "state": AttemptState(values["state"]), "kind": MessageKind(values["kind"])})


async def claim_nudges(pool: Pool, partitions: Sequence[int], limit: int) -> list[tuple[UUID, UUID]]:
    """Take queued nudges of these partitions whose moment has come, in turn of the sites.

    Another process may look at them after the lease.
    """
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, nudge_id, row_number() OVER (PARTITION BY site_id ORDER BY look_at) AS turn
              FROM notify.nudges
             WHERE state = 'queued' AND look_at <= clock_timestamp() AND partition = ANY($3::integer[])
        ), due AS (
            SELECT n.site_id, n.nudge_id FROM notify.nudges AS n JOIN waiting AS w USING (site_id, nudge_id)
             WHERE n.state = 'queued' AND n.look_at <= clock_timestamp()
             ORDER BY w.turn, n.look_at LIMIT $1 FOR UPDATE OF n SKIP LOCKED
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
    """Take new opt-ins of these partitions for which it is to be decided whether the number is asked, in turn of the sites."""
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, visitor_id, channel, recipient_index,
                   row_number() OVER (PARTITION BY site_id ORDER BY look_at) AS turn
              FROM notify.bindings
             WHERE state = 'new' AND look_at <= clock_timestamp() AND partition = ANY($3::integer[])
        ), due AS (
            SELECT b.site_id, b.visitor_id, b.channel, b.recipient_index
              FROM notify.bindings AS b JOIN waiting AS w USING (site_id, visitor_id, channel, recipient_index)
             WHERE b.state = 'new' AND b.look_at <= clock_timestamp()
             ORDER BY w.turn, b.look_at LIMIT $1 FOR UPDATE OF b SKIP LOCKED
        )
        UPDATE notify.bindings AS b SET look_at = clock_timestamp() + $2::interval
          FROM due
         WHERE b.site_id = due.site_id AND b.visitor_id = due.visitor_id AND b.channel = due.channel
           AND b.recipient_index = due.recipient_index
        RETURNING b.site_id, b.visitor_id, b.channel, b.recipient_kind, b.recipient_index, b.box, b.consent_event_id,
                  b.given_at, b.time_zone, b.box_state, b.state, b.refused_reason, b.asked_at, b.confirmed_at,
                  b.withdrawn_at, b.vapid_public
        """,
        limit,
        LEASE,
        [ANY_PARTITION, *partitions],
    )
    return [to_binding(row) for row in rows]


async def claim_direct(pool: Pool, limit: int, lease: timedelta) -> list[tuple[UUID, str]]:
    """Take answers, and then tests, that wait to be called, in turn of the sites."""
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, attempt_id, kind = 'test' AS is_test,
                   row_number() OVER (PARTITION BY site_id, kind ORDER BY opened_at) AS turn
              FROM notify.attempts
             WHERE state = 'prepared' AND kind IN ('acknowledgement', 'test') AND call_after <= clock_timestamp()
        ), due AS (
            SELECT a.site_id, a.attempt_id FROM notify.attempts AS a JOIN waiting AS w USING (site_id, attempt_id)
             WHERE a.state = 'prepared' AND a.call_after <= clock_timestamp()
             ORDER BY w.is_test, w.turn, a.opened_at LIMIT $1 FOR UPDATE OF a SKIP LOCKED
        )
        UPDATE notify.attempts AS a SET call_after = clock_timestamp() + $2::interval
          FROM due WHERE a.site_id = due.site_id AND a.attempt_id = due.attempt_id
        RETURNING a.site_id, a.attempt_id
        """,
        limit,
        lease,
    )
    return [(row["site_id"], row["attempt_id"]) for row in rows]


async def lapse_orphans(tx: Transaction, older_than: timedelta) -> list[Attempt]:
    """Reminders and questions whose opener died while asking: provably not sent, by the database's clock."""
    rows = await tx.fetch(
        """
        UPDATE notify.attempts SET state = 'not_sent', settled_at = clock_timestamp()
         WHERE state = 'prepared' AND kind IN ('reminder', 'question') AND opened_at < clock_timestamp() - $1::interval
        RETURNING site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id, recipient_kind,
                  recipient_index, box, body, link_id, state, try_number, send_before, called_at, carrier_id, delivery_rank,
                  given_up, vapid_public
        """,
        older_than,
    )
    return [to_attempt(row) for row in rows]


async def expose_crashed_calls(tx: Transaction, older_than: timedelta) -> list[Attempt]:
    """Calls whose caller died: nobody knows whether they were made."""
    rows = await tx.fetch(
        """
        UPDATE notify.attempts SET state = 'unresolved'
         WHERE state = 'calling' AND called_at < clock_timestamp() - $1::interval
        RETURNING site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id, recipient_kind,
                  recipient_index, box, body, link_id, state, try_number, send_before, called_at, carrier_id, delivery_rank,
                  given_up, vapid_public
        """,
        older_than,
    )
    return [to_attempt(row) for row in rows]


async def unresolved(pool: Pool) -> list[Attempt]:
    """Texts that still may be settled: a push has no word but its answer."""
    rows = await pool.fetch(
        """
        SELECT site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id, recipient_kind,
               recipient_index, box, body, link_id, state, try_number, send_before, called_at, carrier_id, delivery_rank,
               given_up, vapid_public
          FROM notify.attempts WHERE state = 'unresolved' AND NOT given_up AND channel = 'sms' ORDER BY opened_at LIMIT 200
        """
    )
    return [to_attempt(row) for row in rows]


async def resume_asking(pool: Pool, older_than: timedelta) -> None:
    """Nudges whose process died between asking and storing what came of it are looked at again."""
    await pool.execute(
        """
        UPDATE notify.nudges AS n SET state = 'queued', look_at = clock_timestamp()
         WHERE n.state = 'asking' AND n.look_at < clock_timestamp() - $1::interval
           AND NOT EXISTS (SELECT FROM notify.attempts AS a
                            WHERE a.site_id = n.site_id AND a.nudge_id = n.nudge_id AND a.state <> 'not_sent')
        """,
        older_than,
    )


async def find_link(pool: Pool, token: str) -> LinkRow | None:
    """A living link: its attempt, cart and site."""
    row = await pool.fetchrow(
        """
        SELECT l.attempt_id, l.cart, s.settings
          FROM notify.links AS l JOIN notify.sites AS s ON s.site_id = l.site_id
         WHERE l.token = $1 AND l.created_at > clock_timestamp() - $2::interval
        """,
        token,
        LINKS_LIVE,
    )
    return None if row is None else LinkRow(**dict(row))


RETENTION = (
    Sweep(
        "notify.links",
        LINKS_LIVE,
        """
        DELETE FROM notify.links
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.links AS t
                                WHERE t.created_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.inbound",
        LINKS_LIVE,
        """
        DELETE FROM notify.inbound
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.inbound AS t
                                WHERE t.received_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.nudges",
        timedelta(days=60),
        """
        DELETE FROM notify.nudges
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.nudges AS t
                                WHERE t.not_after < $1
                                  AND t.state = 'ended'
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.attempts",
        timedelta(days=180),
        """
        DELETE FROM notify.attempts
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.attempts AS t
                                WHERE t.opened_at < $1
                                  AND (t.given_up OR t.state NOT IN ('prepared', 'calling', 'unresolved'))
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.questions",
        timedelta(days=60),
        """
        DELETE FROM notify.questions
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.questions AS t
                                WHERE t.asked_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.bindings",
        timedelta(days=800),
        """
        DELETE FROM notify.bindings
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.bindings AS t
                                WHERE greatest(t.given_at, t.confirmed_at) < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.withdrawals",
        timedelta(days=800),
        """
        DELETE FROM notify.withdrawals
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.withdrawals AS t
                                WHERE t.withdrawn_at < $1
                                  AND t.channel = 'push'
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.consents",
        timedelta(days=6 * 365),
        """
        DELETE FROM notify.consents
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.consents AS t
                                WHERE t.given_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.consent_receipts",
        timedelta(days=6 * 365),
        """
        DELETE FROM notify.consent_receipts
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.consent_receipts AS t
                                WHERE t.given_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.budget_uses",
        timedelta(days=2),
        """
        DELETE FROM notify.budget_uses
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.budget_uses AS t
                                WHERE t.used_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.raised_budgets",
        timedelta(days=2),
        """
        DELETE FROM notify.raised_budgets
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.raised_budgets AS t
                                WHERE t.until < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.verified_orders",
        timedelta(days=8),
        """
        DELETE FROM notify.verified_orders
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.verified_orders AS t
                                WHERE t.told_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.tombstones",
        timedelta(days=100),
        """
        DELETE FROM notify.tombstones
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.tombstones AS t
                                WHERE t.erased_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.erasures",
        timedelta(days=100),
        """
        DELETE FROM notify.erasures
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.erasures AS t
                                WHERE t.applied_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "notify.holds",
        timedelta(days=100),
        """
        DELETE FROM notify.holds
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM notify.holds AS t
                                WHERE t.released_at < $1
                                LIMIT $2))
        """,
    ),
)
"""What goes, after how long; docs/retention.md says why. What can still silence is not among it."""
