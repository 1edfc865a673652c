"""SQL of an erasure: a subject's rows go or name nobody any more; what silences stays, as an index alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.runtime.postgres.erasures import is_first_time
from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Tables

TABLES = Tables("notify")

MOST_BROWSERS = 20
MOST_NUMBERS = 5


class SqlErasures:
    """It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def first_time(self, site_id: UUID, event_id: UUID, now: datetime) -> bool:
        """False for an event of an erasure that was applied before."""
        return await is_first_time(self._tx, TABLES, site_id, event_id, now)

    async def put_tombstones(self, site_id: UUID, erasure_id: UUID, keys: Sequence[str], now: datetime) -> None:
        """Until ``mark`` no consent of these browsers and contacts binds: it may be older."""
        await self._tx.execute(
            """
            INSERT INTO notify.tombstones (site_id, key, erasure_id, erased_at)
            SELECT $1, u.k, $2, $3 FROM UNNEST($4::text[]) AS u (k)
                ON CONFLICT (site_id, key) DO UPDATE SET erasure_id = excluded.erasure_id, erased_at = excluded.erased_at
            """,
            site_id,
            erasure_id,
            now,
            list(keys),
        )

    async def mark(self, site_id: UUID, erasure_id: UUID) -> None:
        """What is read from now on is newer."""
        await self._tx.execute("DELETE FROM notify.tombstones WHERE site_id = $1 AND erasure_id = $2", site_id, erasure_id)

    async def browsers_of(self, site_id: UUID, index: str) -> list[str]:
        """The browsers that were bound to a contact and are no shared ones; none where the contact is shared by too many."""
        rows = await self._tx.fetch(
            """
            SELECT own.visitor_id
              FROM notify.bindings AS own
              JOIN notify.bindings AS every
                ON every.site_id = $1 AND every.visitor_id = own.visitor_id AND every.channel = own.channel
             WHERE own.site_id = $1 AND own.recipient_index = $2
             GROUP BY own.visitor_id
            HAVING count(*) <= $3
             LIMIT $4
            """,
            site_id,
            index,
            MOST_NUMBERS,
            MOST_BROWSERS + 1,
        )
        return [] if len(rows) > MOST_BROWSERS else [row["visitor_id"] for row in rows]

    async def erase(
        self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str], now: datetime
    ) -> list[tuple[UUID, UUID]]:
        """Delete what is known of browsers and contacts in a site. Returns the (nudge, cart) pairs that end by it.

        An attempt keeps its row, which the promise of "never twice" needs, and a question the moment at which it was asked.
        """
        whom = (site_id, list(visitor_ids), list(indexes))
        await self._lock_recipients(site_id, indexes)
        found = await self._tx.fetch(
            """
            WITH gone AS (
                SELECT nudge_id, cart_id, state FROM notify.nudges
                 WHERE site_id = $1 AND visitor_id = ANY($2::text[]) FOR UPDATE
            )
            UPDATE notify.nudges AS n SET state = 'ended', due = '', visitor_id = ''
              FROM gone WHERE n.site_id = $1 AND n.nudge_id = gone.nudge_id
            RETURNING gone.nudge_id, gone.cart_id, gone.state
            """,
            site_id,
            list(visitor_ids),
        )
        await self._receipt_consents(*whom, now)
        await self._tx.execute(
            """
            DELETE FROM notify.bindings
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
            """,
            *whom,
        )
        await self._erase_sent(*whom)
        return [(row["nudge_id"], row["cart_id"]) for row in found if row["state"] != "ended"]

    async def _lock_recipients(self, site_id: UUID, indexes: Sequence[str]) -> None:
        """Whoever decides about one of them now has decided, or will see that there is nobody."""
        await self._tx.execute(
            """
            SELECT pg_advisory_xact_lock(hashtextextended(s.account_id || '|' || u.i, 0))
              FROM notify.sites AS s
             CROSS JOIN (SELECT i FROM UNNEST($2::text[]) AS i ORDER BY i) AS u
             WHERE s.site_id = $1
            """,
            site_id,
            list(indexes),
        )

    async def _receipt_consents(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str], now: datetime) -> None:
        await self._tx.execute(
            """
            WITH gone AS (
                DELETE FROM notify.consents
                 WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
                RETURNING site_id, event_id, recipient_index, given_at, evidence::jsonb AS evidence
            )
            INSERT INTO notify.consent_receipts (site_id, event_id, recipient_index, channel, purpose, text_hash, text_version,
                                                 box_state, source, given_at, erased_at)
            SELECT site_id, event_id, recipient_index, evidence ->> 'channel', evidence ->> 'purpose', evidence ->> 'text_hash',
                   evidence ->> 'text_version', evidence ->> 'box_state', evidence ->> 'source', given_at, $4
              FROM gone
                ON CONFLICT DO NOTHING
            """,
            site_id,
            visitor_ids,
            indexes,
            now,
        )

    async def _erase_sent(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str]) -> None:
        """Links go. Attempts keep their ends, and neither their recipient nor their text."""
        await self._tx.execute(
            """
            DELETE FROM notify.links AS l USING notify.attempts AS a
             WHERE l.site_id = $1 AND a.site_id = $1 AND a.attempt_id = l.attempt_id
               AND (a.visitor_id = ANY($2::text[]) OR a.recipient_index = ANY($3::text[]))
            """,
            site_id,
            visitor_ids,
            indexes,
        )
        await self._tx.execute(
            """
            UPDATE notify.attempts
               SET state = CASE WHEN state = 'prepared' THEN 'not_sent' ELSE state END,
                   given_up = given_up OR state = 'unresolved',
                   body = NULL, box = '', recipient_index = '', visitor_id = NULL, link_id = NULL
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
            """,
            site_id,
            visitor_ids,
            indexes,
        )
        await self._tx.execute(
            """
            UPDATE notify.questions SET visitor_id = ''
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
            """,
            site_id,
            visitor_ids,
            indexes,
        )

    async def forget_reported(self, site_id: UUID, visitor_ids: Sequence[str]) -> None:
        """Delete the subscriptions that the shop's events, read anew, bring back of them.

        Consents do not come back: each leaves a receipt under its own id.
        """
        await self._tx.execute(
            "DELETE FROM notify.bindings WHERE site_id = $1 AND channel = 'push' AND visitor_id = ANY($2::text[])",
            site_id,
            list(visitor_ids),
        )
