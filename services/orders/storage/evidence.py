"""SQL of sightings, fences and visitors: sets that only grow. Nobody can make us read more of them than a bound."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.orders.rules.evidence import (
    SHARED_BY_TOO_MANY,
    Fence,
    Neighbourhood,
    Sighting,
    Tombstone,
    VisitorSeen,
    visitor_key,
    visitors_named,
)
from services.orders.storage.withdrawals import SqlWithdrawals
from shared.runtime.postgres.pool import Transaction

KEYS = 500
SIGHTINGS = 1_000
FENCES = 1_000
AROUND = 50
NAMED_BY_ONE = 100


class SqlEvidence(SqlWithdrawals):
    """SQL of the sets that only grow. Adding what is there already changes nothing."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_sightings(self, sightings: Sequence[tuple[UUID, Sighting]]) -> None:
        """Add sightings, each with its site. The earliest moment of each is kept."""
        if sightings:
            await self._tx.execute(
                """
                INSERT INTO orders.sightings AS s (site_id, visitor_id, key, seen_at, is_other_reading)
                SELECT u.s, u.v, u.k, min(u.t), bool_and(u.r)
                  FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::boolean[]) AS u (s, v, k, t, r)
                 GROUP BY u.s, u.v, u.k
                    ON CONFLICT (site_id, visitor_id, key) DO UPDATE
                   SET seen_at = least(s.seen_at, excluded.seen_at),
                       is_other_reading = s.is_other_reading AND excluded.is_other_reading
                 WHERE s.seen_at > excluded.seen_at OR (s.is_other_reading AND NOT excluded.is_other_reading)
                """,
                [site_id for site_id, _ in sightings],
                [sighting.visitor_id for _, sighting in sightings],
                [sighting.key for _, sighting in sightings],
                [sighting.seen_at for _, sighting in sightings],
                [sighting.is_other_reading for _, sighting in sightings],
            )

    async def add_fences(self, fences: Sequence[tuple[UUID, Fence]]) -> None:
        """Add fences, each with its site. A report repeated with another moment counts at both: the wider fence stands.

        Only what is certain by both moments is certain.
        """
        if fences:
            await self._tx.execute(
                """
                INSERT INTO orders.fences AS f (site_id, key, report_id, effective_at, stands_until, certain_until)
                SELECT u.s, u.k, u.r, max(u.e), max(u.t), min(u.c)
                  FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
                    AS u (s, k, r, e, t, c)
                 GROUP BY u.s, u.k, u.r
                    ON CONFLICT (site_id, key, report_id) DO UPDATE
                   SET effective_at = greatest(f.effective_at, excluded.effective_at),
                       stands_until = greatest(f.stands_until, excluded.stands_until),
                       certain_until = least(f.certain_until, excluded.certain_until)
                 WHERE f.stands_until < excluded.stands_until
                    OR f.effective_at < excluded.effective_at
                    OR f.certain_until > excluded.certain_until
                """,
                [site_id for site_id, _ in fences],
                [fence.key for _, fence in fences],
                [fence.report_id for _, fence in fences],
                [fence.effective_at for _, fence in fences],
                [fence.stands_until for _, fence in fences],
                [fence.certain_until for _, fence in fences],
            )

    async def see_visitors(self, seen: Sequence[VisitorSeen]) -> None:
        """Record visitors. The latest moment counts; once seen in the back office, always."""
        if seen:
            await self._tx.execute(
                """
                INSERT INTO orders.visitors AS v (site_id, visitor_id, last_active_at, back_office)
                SELECT u.s, u.v, max(u.t), bool_or(u.b)
                  FROM UNNEST($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[]) AS u (s, v, t, b)
                 GROUP BY u.s, u.v
                    ON CONFLICT (site_id, visitor_id) DO UPDATE
                   SET last_active_at = greatest(v.last_active_at, excluded.last_active_at),
                       back_office = v.back_office OR excluded.back_office
                """,
                [one.site_id for one in seen],
                [one.visitor_id for one in seen],
                [one.seen_at for one in seen],
                [one.back_office for one in seen],
            )

    async def last_active(self, site_id: UUID, visitor_id: str) -> datetime | None:
        """The moment at which this visitor last did anything."""
        moment: datetime | None = await self._tx.fetchval(
            "SELECT last_active_at FROM orders.visitors WHERE site_id = $1 AND visitor_id = $2", site_id, visitor_id
        )
        return moment

    async def neighbourhood(self, site_id: UUID, visitor_id: str) -> Neighbourhood:
        """The neighbourhood of a visitor, as ``rules/evidence.py`` takes it.

        Of a key that is shared by too many, just enough visitors are read to find that.
        """
        rows = await self._sightings_around(site_id, visitor_id)
        own = sum(row["visitor_id"] == visitor_id for row in rows)
        sightings = tuple(Sighting(row["visitor_id"], row["key"], row["seen_at"], row["is_other_reading"]) for row in rows)
        visitors = {visitor_id} | {sighting.visitor_id for sighting in sightings}
        keys = {sighting.key for sighting in sightings} | {visitor_key(visitor) for visitor in visitors}
        fences = await self._fences_on(site_id, sorted(keys))
        return Neighbourhood(
            visitor_id=visitor_id,
            sightings=sightings,
            fences=fences,
            back_office_visitors=await self.staff_among(site_id, visitors | visitors_named(keys)),
            complete=len(rows) < SIGHTINGS and len(fences) < FENCES and own < KEYS,
            tombstones=await self._tombstones_on(site_id, sorted(keys)),
        )

    async def _sightings_around(self, site_id: UUID, visitor_id: str) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            WITH own AS (
                SELECT key FROM orders.sightings WHERE site_id = $1 AND visitor_id = $2 LIMIT $3
            ), near AS (
                SELECT $2 AS visitor_id
                 UNION
                SELECT s.visitor_id
                  FROM own
                 CROSS JOIN LATERAL (SELECT visitor_id FROM orders.sightings
                                      WHERE site_id = $1 AND key = own.key
                                      ORDER BY visitor_id LIMIT $4) AS s
            )
            SELECT s.visitor_id, s.key, s.seen_at, s.is_other_reading
              FROM near
              JOIN orders.sightings AS s
                ON s.site_id = $1
               AND s.visitor_id = near.visitor_id
             LIMIT $5
            """,
            site_id,
            visitor_id,
            KEYS,
            SHARED_BY_TOO_MANY + 2,
            SIGHTINGS,
        )

    async def staff_among(self, site_id: UUID, visitors: Collection[str]) -> frozenset[str]:
        """The browsers among these that were seen in the back office."""
        staff = await self._tx.fetch(
            """
            SELECT visitor_id
              FROM orders.visitors
             WHERE site_id = $1
               AND visitor_id = ANY($2::text[])
               AND back_office
            """,
            site_id,
            list(visitors),
        )
        return frozenset(row["visitor_id"] for row in staff)

    async def _fences_on(self, site_id: UUID, keys: Sequence[str]) -> tuple[Fence, ...]:
        """The fences on these keys, the latest first, up to the bound."""
        rows = await self._tx.fetch(
            """
            SELECT f.key, f.report_id, f.effective_at, f.stands_until,
                   coalesce(f.certain_until, f.effective_at - (f.stands_until - f.effective_at)) AS certain_until
              FROM UNNEST($2::text[]) AS one (key)
             CROSS JOIN LATERAL (SELECT key, report_id, effective_at, stands_until, certain_until
                                   FROM orders.fences
                                  WHERE site_id = $1 AND key = one.key
                                  ORDER BY stands_until DESC LIMIT $3) AS f
             ORDER BY f.stands_until DESC
             LIMIT $3
            """,
            site_id,
            keys,
            FENCES,
        )
        return tuple(Fence(**row) for row in rows)

    async def _tombstones_on(self, site_id: UUID, keys: Sequence[str]) -> tuple[Tombstone, ...]:
        rows = await self._tx.fetch(
            "SELECT key, silences_until FROM orders.tombstones WHERE site_id = $1 AND key = ANY($2::text[])", site_id, keys
        )
        return tuple(Tombstone(row["key"], row["silences_until"]) for row in rows)

    async def visitors_around(self, site_id: UUID, visitor_ids: Sequence[str], keys: Sequence[str]) -> list[str]:
        """These visitors, those that named one of the keys, and those that share any key with them: a bounded number."""
        rows = await self._tx.fetch(
            """
            WITH near AS (
                SELECT UNNEST($2::text[]) AS visitor_id
                 UNION
                (SELECT visitor_id FROM orders.sightings WHERE site_id = $1 AND key = ANY($3::text[]) LIMIT $4)
            ), theirs AS (
                SELECT DISTINCT s.key
                  FROM near
                  JOIN orders.sightings AS s ON s.site_id = $1 AND s.visitor_id = near.visitor_id
                 LIMIT $4
            )
            SELECT visitor_id FROM near
             UNION
            (SELECT s.visitor_id FROM theirs JOIN orders.sightings AS s ON s.site_id = $1 AND s.key = theirs.key LIMIT $4)
            """,
            site_id,
            list(visitor_ids),
            list(keys),
            AROUND,
        )
        return sorted(row["visitor_id"] for row in rows)

    async def visitors_naming(self, site_id: UUID, keys: Sequence[str]) -> list[str]:
        """The visitors that named one of these keys."""
        rows = await self._tx.fetch(
            """
            SELECT DISTINCT visitor_id
              FROM orders.sightings
             WHERE site_id = $1
               AND key = ANY($2::text[])
             ORDER BY visitor_id
            """,
            site_id,
            list(keys),
        )
        return [row["visitor_id"] for row in rows]

    async def named_by(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Sighting]:
        """What each of these visitors named last: a bounded number for each."""
        rows = await self._tx.fetch(
            """
            SELECT s.visitor_id, s.key, s.seen_at, s.is_other_reading
              FROM UNNEST($2::text[]) AS one (visitor_id)
             CROSS JOIN LATERAL (SELECT visitor_id, key, seen_at, is_other_reading
                                   FROM orders.sightings
                                  WHERE site_id = $1 AND visitor_id = one.visitor_id
                                  ORDER BY seen_at DESC, key LIMIT $3) AS s
             ORDER BY s.visitor_id, s.key
            """,
            site_id,
            list(visitor_ids),
            NAMED_BY_ONE,
        )
        return [Sighting(**row) for row in rows]
