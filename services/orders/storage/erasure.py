"""SQL of an erasure: rows go or name nobody any more; tombstones, which are indexes alone, go on silencing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.orders.rules.erasure import Subject
from services.orders.rules.evidence import Tombstone, visitor_key
from shared.runtime.postgres.erasures import is_first_time
from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Tables

TABLES = Tables("orders")


class SqlErasures:
    """What is deleted, and what is left. It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def first_time(self, site_id: UUID, event_id: UUID, now: datetime) -> bool:
        """False for an event of an erasure that was applied before."""
        return await is_first_time(self._tx, TABLES, site_id, event_id, now)

    async def staff_among(self, site_id: UUID, visitor_ids: Sequence[str]) -> frozenset[str]:
        """The browsers among these that were seen in the back office."""
        rows = await self._tx.fetch(
            "SELECT visitor_id FROM orders.visitors WHERE site_id = $1 AND visitor_id = ANY($2::text[]) AND back_office",
            site_id,
            list(visitor_ids),
        )
        return frozenset(row["visitor_id"] for row in rows)

    async def put_tombstones(self, site_id: UUID, erasure_id: UUID, stones: Sequence[Tombstone], now: datetime) -> None:
        """Store tombstones, which silence from now on; of two erasures of one key the longer silence holds."""
        await self._tx.execute(
            """
            INSERT INTO orders.tombstones AS t (site_id, key, erasure_id, erased_at, silences_until, deleted, marked)
            SELECT $1, u.k, $2, $3, u.t, u.d, false FROM UNNEST($4::text[], $5::timestamptz[], $6::boolean[]) AS u (k, t, d)
                ON CONFLICT (site_id, key) DO UPDATE
               SET erasure_id = excluded.erasure_id, erased_at = excluded.erased_at, marked = false,
                   silences_until = greatest(t.silences_until, excluded.silences_until),
                   deleted = t.deleted OR excluded.deleted
            """,
            site_id,
            erasure_id,
            now,
            [stone.key for stone in stones],
            [stone.silences_until for stone in stones],
            [stone.deleted for stone in stones],
        )

    async def mark(self, site_id: UUID, erasure_id: UUID) -> None:
        """Record that everything older than this erasure is applied, and erased."""
        await self._tx.execute(
            "UPDATE orders.tombstones SET marked = true WHERE site_id = $1 AND erasure_id = $2 AND NOT marked",
            site_id,
            erasure_id,
        )

    async def is_named_anew(self, site_id: UUID, visitor_id: str, key: str) -> bool:
        """Whether an erased browser, or one that named what was, has named this key since, in the order of the log."""
        found: bool = await self._tx.fetchval(
            """
            SELECT bool_or(t.deleted) AND bool_and(t.marked)
               AND EXISTS (SELECT FROM orders.sightings WHERE site_id = $1 AND visitor_id = $2 AND key = $3)
              FROM orders.tombstones AS t
             WHERE t.site_id = $1 AND t.key = ANY($4::text[])
            """,
            site_id,
            visitor_id,
            key,
            [visitor_key(visitor_id), key],
        )
        return bool(found)

    async def forget_messages(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str]) -> None:
        """Delete what notify had emitted: asks keep their answers and name nobody; confirmations and links are deleted."""
        whom = (site_id, list(visitor_ids), list(indexes))
        await self._tx.execute(
            """
            UPDATE orders.asks SET visitor_id = '', recipient_index = ''
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
            """,
            *whom,
        )
        await self._tx.execute(
            """
            DELETE FROM orders.confirmations
             WHERE site_id = $1 AND channel = 'sms' AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
            """,
            *whom,
        )
        await self._tx.execute(
            """
            UPDATE orders.accepted_messages AS a SET link_id = NULL
              FROM orders.carts AS c
             WHERE a.site_id = $1 AND a.link_id IS NOT NULL AND c.site_id = $1 AND c.cart_id = a.cart_id
               AND (c.state = 'erased' OR c.visitor_id = ANY($2::text[]))
            """,
            site_id,
            list(visitor_ids),
        )
        await self._tx.execute(
            "DELETE FROM orders.sightings WHERE site_id = $1 AND visitor_id = ANY($2::text[]) AND key LIKE 'link:%'",
            site_id,
            list(visitor_ids),
        )

    async def forget_nudged(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str]) -> None:
        """Delete whom nudges were for; they keep their ends. The arms that were drawn for these recipients are deleted."""
        await self._tx.execute(
            """
            UPDATE orders.nudges AS n SET visitor_id = ''
              FROM orders.carts AS c
             WHERE n.site_id = $1 AND c.site_id = $1 AND c.cart_id = n.cart_id AND c.visitor_id = ANY($2::text[])
            """,
            site_id,
            list(visitor_ids),
        )
        await self._tx.execute(
            """
            DELETE FROM orders.control_arms AS a USING orders.sites AS s
             WHERE s.site_id = $1 AND a.account_id = s.account_id AND a.recipient_index = ANY($2::text[])
            """,
            site_id,
            list(indexes),
        )

    async def forget_reported(self, site_id: UUID, subject: Subject) -> None:
        """Delete what the shop's events hold: reports keep their order alone; tombstones replace fences and sightings."""
        visitors, keys = list(subject.visitor_ids), list(subject.keys)
        await self._tx.execute(
            """
            UPDATE orders.reports SET report = ''
             WHERE site_id = $1
               AND report_id IN (SELECT report_id FROM orders.fences WHERE site_id = $1 AND key = ANY($2::text[]))
            """,
            site_id,
            keys,
        )
        await self._tx.execute("DELETE FROM orders.fences WHERE site_id = $1 AND key = ANY($2::text[])", site_id, keys)
        await self._tx.execute(
            "DELETE FROM orders.sightings WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR key = ANY($3::text[]))",
            site_id,
            visitors,
            keys,
        )
        await self._tx.execute(
            "DELETE FROM orders.visitors WHERE site_id = $1 AND visitor_id = ANY($2::text[])", site_id, visitors
        )
        await self._tx.execute(
            "DELETE FROM orders.followed_links WHERE site_id = $1 AND visitor_id = ANY($2::text[])", site_id, visitors
        )
        await self._tx.execute(
            "DELETE FROM orders.confirmations WHERE site_id = $1 AND channel = 'push' AND visitor_id = ANY($2::text[])",
            site_id,
            visitors,
        )
