"""SQL of replies: sealed as they came, and an entry for each time that one was opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from shared.events.message import ReplyReceived
from shared.runtime.postgres.pool import Transaction

PAGE = 50
MOST_OF_ONE = 100
"""Of one number in a day: more is no conversation."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Reply:
    """A reply, and who last opened it."""

    reply_id: UUID
    cart_id: UUID | None
    received_at: datetime
    box: str
    openings: int
    opened_at: datetime | None
    opened_by: str | None


@dataclass(frozen=True)
class ReplyCounts:
    """How many are kept, and how many of them nobody has opened."""

    kept: int
    unopened: int


def to_reply(row: asyncpg.Record) -> Reply:
    """A row of onboarding.replies with its openings."""
    return Reply(**dict(row))


class ReplyStore:
    """It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, event: ReplyReceived) -> None:
        """Keep a reply, once. Of a number that floods the shop no more than a day's share is kept."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.replies (site_id, reply_id, recipient_index, visitor_id, cart_id, received_at, box)
            SELECT $1, $2, $3, $4, $5, $6, $7
             WHERE (SELECT count(*) FROM onboarding.replies
                     WHERE site_id = $1 AND recipient_index = $3 AND received_at > $8 AND received_at <= $6) < $9
                ON CONFLICT DO NOTHING
            """,
            event.site_id,
            event.event_id,
            event.recipient.index,
            event.visitor_id,
            event.cart_id,
            event.received_at,
            event.box,
            event.received_at - A_DAY,
            MOST_OF_ONE,
        )

    async def counts(self, site_id: UUID) -> ReplyCounts:
        """The counts of a site."""
        row = await self._tx.fetchrow(
            """
            SELECT count(*) AS kept,
                   count(*) FILTER (WHERE NOT EXISTS (SELECT FROM onboarding.reply_openings AS o
                                                       WHERE o.site_id = $1 AND o.reply_id = r.reply_id)) AS unopened
              FROM onboarding.replies AS r WHERE r.site_id = $1
            """,
            site_id,
        )
        assert row is not None, "an aggregate always has a row"
        return ReplyCounts(row["kept"], row["unopened"])

    async def page(self, site_id: UUID, before: tuple[datetime, UUID] | None, cart_id: UUID | None = None) -> list[Reply]:
        """The newest, or those behind a cursor of the list; of a cart alone where one is named."""
        rows = await self._tx.fetch(
            """
            SELECT r.reply_id, r.cart_id, r.received_at, r.box, coalesce(o.openings, 0)::integer AS openings,
                   o.opened_at, o.opened_by
              FROM onboarding.replies AS r
              LEFT JOIN LATERAL (
                   SELECT count(*) OVER () AS openings, opened_at, opened_by FROM onboarding.reply_openings
                    WHERE site_id = $1 AND reply_id = r.reply_id ORDER BY opened_at DESC LIMIT 1
              ) AS o ON true
             WHERE r.site_id = $1 AND ($2::timestamptz IS NULL OR (r.received_at, r.reply_id) < ($2, $3))
               AND ($4::uuid IS NULL OR r.cart_id = $4)
             ORDER BY r.received_at DESC, r.reply_id DESC LIMIT $5
            """,
            site_id,
            None if before is None else before[0],
            None if before is None else before[1],
            cart_id,
            PAGE + 1,
        )
        return [to_reply(row) for row in rows]

    async def reply(self, site_id: UUID, reply_id: UUID) -> Reply | None:
        """One reply of this site."""
        row = await self._tx.fetchrow(
            """
            SELECT reply_id, cart_id, received_at, box, 0 AS openings, NULL::timestamptz AS opened_at, NULL AS opened_by
              FROM onboarding.replies WHERE site_id = $1 AND reply_id = $2
            """,
            site_id,
            reply_id,
        )
        return None if row is None else to_reply(row)

    async def of_recipients(self, site_id: UUID, indexes: Sequence[str]) -> list[Reply]:
        """What these numbers wrote, the newest first."""
        rows = await self._tx.fetch(
            """
            SELECT reply_id, cart_id, received_at, box, 0 AS openings, NULL::timestamptz AS opened_at, NULL AS opened_by
              FROM onboarding.replies WHERE site_id = $1 AND recipient_index = ANY($2::text[])
             ORDER BY received_at DESC, reply_id LIMIT $3
            """,
            site_id,
            list(indexes),
            1_000,
        )
        return [to_reply(row) for row in rows]

    async def note_opening(self, site_id: UUID, reply_id: UUID, by: str, way: str, now: datetime) -> None:
        """Record who opened a reply, when and how."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.reply_openings (site_id, reply_id, opened_at, opened_by, way) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT DO NOTHING
            """,
            site_id,
            reply_id,
            now,
            by,
            way,
        )

    async def openings(self, site_id: UUID, reply_id: UUID) -> list[tuple[datetime, str, str]]:
        """Who opened it when and how, the latest first."""
        rows = await self._tx.fetch(
            """
            SELECT opened_at, opened_by, way FROM onboarding.reply_openings
             WHERE site_id = $1 AND reply_id = $2 ORDER BY opened_at DESC LIMIT $3
            """,
            site_id,
            reply_id,
            PAGE,
        )
        return [(row["opened_at"], row["opened_by"], row["way"]) for row in rows]

    async def erase(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str]) -> None:
        """Delete the replies of a person. That one was opened stays known, and names nobody."""
        await self._tx.execute(
            """
            DELETE FROM onboarding.replies
             WHERE site_id = $1 AND (recipient_index = ANY($3::text[]) OR visitor_id = ANY($2::text[]))
            """,
            site_id,
            list(visitor_ids),
            list(indexes),
        )
