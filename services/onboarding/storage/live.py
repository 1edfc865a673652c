"""SQL of live events: what came onto the timelines of a site since a place in their order."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.onboarding.results.timelines import Entry, entry_of
from shared.runtime.postgres.pool import Transaction

BELL = "onboarding_changed"
PAGE = 200
_PLACE = re.compile(r"(\d{1,20})-(\d{1,19})\Z")


@dataclass(frozen=True, order=True)
class EventCursor:
    """Where somebody has read to: the transaction that wrote the row, and its number."""

    written_in: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.written_in}-{self.seq}"


def place_of(text: str) -> EventCursor | None:
    """A place out of an event's id, None for what is none."""
    match = _PLACE.match(text)
    if match is None:
        return None
    written_in, seq = int(match[1]), int(match[2])
    return EventCursor(written_in, seq) if written_in < 2**64 and seq < 2**63 else None


@dataclass(frozen=True)
class LiveRow:
    """An entry, its place, and its cart where it has one."""

    place: EventCursor
    cart_id: UUID | None
    entry: Entry


async def ring(tx: Transaction, sites: Iterable[UUID]) -> None:
    """Tell every process, with this transaction's commit, that something of these sites has changed."""
    for site_id in set(sites):
        await tx.execute("SELECT pg_notify($1, $2)", BELL, str(site_id))


class LiveStore:
    """Rows in one order. Only those are told before which no other can appear any more."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def since(self, site_id: UUID, place: EventCursor) -> list[LiveRow]:
        """The next ones, the oldest first."""
        rows = await self._tx.fetch(
            """
            SELECT t.written_in::text AS place, t.seq, t.cart_id, t.event, t.happened_at FROM onboarding.timeline AS t
             WHERE t.site_id = $1 AND (t.written_in, t.seq) > ($2::text::xid8, $3::bigint)
               AND t.written_in < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY t.written_in, t.seq LIMIT $4
            """,
            site_id,
            str(place.written_in),
            place.seq,
            PAGE,
        )
        return [
            LiveRow(
                EventCursor(int(row["place"]), row["seq"]),
                row["cart_id"],
                entry_of(json.loads(row["event"]), row["happened_at"]),
            )
            for row in rows
        ]

    async def waits(self, site_id: UUID) -> bool:
        """Something is written whose place is not certain yet."""
        waiting: bool = await self._tx.fetchval(
            """
            SELECT EXISTS (SELECT FROM onboarding.timeline
                            WHERE site_id = $1 AND written_in >= pg_snapshot_xmin(pg_current_snapshot()))
            """,
            site_id,
        )
        return waiting

    async def latest(self, site_id: UUID) -> list[LiveRow]:
        """The last ones, the newest first."""
        place = await self._tx.fetchrow(
            """
            SELECT t.written_in::text AS place, t.seq FROM onboarding.timeline AS t
             WHERE t.site_id = $1 AND t.written_in < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY t.written_in DESC, t.seq DESC OFFSET 50 LIMIT 1
            """,
            site_id,
        )
        begin = EventCursor() if place is None else EventCursor(int(place["place"]), place["seq"])
        return (await self.since(site_id, begin))[::-1]
