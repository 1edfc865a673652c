"""Statements that go over all sites: what a crash left behind, a link that is known by its token alone, and retention."""

from datetime import timedelta

import asyncpg

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.storage.protocols import LinkRow
from shared.events.message import MessageKind
from shared.runtime.postgres.pool import Pool, Transaction
from shared.runtime.postgres.retention import Sweep

LINKS_LIVE = timedelta(days=60)


def to_attempt(row: asyncpg.Record) -> Attempt:
    """A row of notify.attempts."""
    values = dict(row)
    return Attempt(**{**values, "state": AttemptState(values["state"]), "kind": MessageKind(values["kind"])})


async def lapse_orphans(tx: Transaction, older_than: timedelta) -> list[Attempt]:
    """Reminders and questions whose opener died while asking: provably not sent, by the database's clock."""
    rows = await tx.fetch(
        """
        UPDATE notify.attempts SET state = 'not_sent', settled_at = clock_timestamp()
         WHERE state = 'prepared' AND kind IN ('reminder', 'question') AND opened_at < clock_timestamp() - $1::interval
        RETURNING site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id, recipient_kind,
                  recipient_index, box, body, link_id, state, try_number, send_before, called_at, carrier_id, delivery_rank,
                  given_up, vapid_public, traceparent AS cause_span
        """,
        older_than,
    )
    return [to_attempt(row) for row in rows]


async def expose_crashed_calls(tx: Transaction, older_than: timedelta) -> list[Attempt]:
    """Mark calls whose process died as unresolved: whether they were made is unknown."""
    rows = await tx.fetch(
        """
        UPDATE notify.attempts SET state = 'unresolved'
         WHERE state = 'calling' AND called_at < clock_timestamp() - $1::interval
        RETURNING site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id, recipient_kind,
                  recipient_index, box, body, link_id, state, try_number, send_before, called_at, carrier_id, delivery_rank,
                  given_up, vapid_public, traceparent AS cause_span
        """,
        older_than,
    )
    return [to_attempt(row) for row in rows]


async def unresolved(pool: Pool) -> list[Attempt]:
    """Texts that still may be reconciled, round robin over the sites: of a push nothing comes after its response."""
    rows = await pool.fetch(
        """
        WITH waiting AS (
            SELECT site_id, attempt_id, row_number() OVER (PARTITION BY site_id ORDER BY opened_at) AS place
              FROM notify.attempts WHERE state = 'unresolved' AND NOT given_up AND channel = 'sms'
        )
        SELECT a.site_id, a.attempt_id, a.account_id, a.kind, a.channel, a.cause, a.nudge_id, a.cart_id, a.visitor_id,
               a.recipient_kind, a.recipient_index, a.box, a.body, a.link_id, a.state, a.try_number, a.send_before,
               a.called_at, a.carrier_id, a.delivery_rank, a.given_up, a.vapid_public,
               a.traceparent AS cause_span
          FROM waiting AS w JOIN notify.attempts AS a USING (site_id, attempt_id) ORDER BY w.place, a.opened_at LIMIT 200
        """
    )
    return [to_attempt(row) for row in rows]


async def resume_asking(pool: Pool, older_than: timedelta) -> None:
    """Nudges whose process died between asking and storing the result are queued again."""
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
    Sweep("notify.links", "t.created_at", LINKS_LIVE),
    Sweep("notify.inbound", "t.received_at", LINKS_LIVE),
    Sweep("notify.nudges", "t.not_after", timedelta(days=60), only="t.state = 'ended'"),
    Sweep(
        "notify.attempts",
        "t.opened_at",
        timedelta(days=180),
        only="(t.given_up OR t.state NOT IN ('prepared', 'calling', 'unresolved'))",
    ),
    Sweep("notify.questions", "t.asked_at", timedelta(days=60)),
    Sweep("notify.bindings", "greatest(t.given_at, t.confirmed_at)", timedelta(days=800)),
    Sweep("notify.withdrawals", "t.withdrawn_at", timedelta(days=800), only="t.channel = 'push'"),
    Sweep("notify.consents", "t.given_at", timedelta(days=6 * 365)),
    Sweep("notify.consent_receipts", "t.given_at", timedelta(days=6 * 365)),
    Sweep("notify.budget_uses", "t.used_at", timedelta(days=2)),
    Sweep("notify.raised_budgets", "t.until", timedelta(days=2)),
    Sweep("notify.verified_orders", "t.told_at", timedelta(days=8)),
    Sweep("notify.tombstones", "t.erased_at", timedelta(days=100)),
    Sweep("notify.erasures", "t.applied_at", timedelta(days=100)),
    Sweep("notify.holds", "t.released_at", timedelta(days=100)),
)
"""Rows that are deleted, and after how long; docs/retention.md has the reasons. What can still silence is not among it."""
