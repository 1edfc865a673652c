"""SQL of sightings, fences, visitors, withdrawals and confirmations: sets that only grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.orders.evidence import Fence, Neighbourhood, Sighting, key_of, visitor_key
from shared.events.envelope import Recipient
from shared.runtime.postgres import Transaction


@dataclass(frozen=True)
class VisitorSeen:
    """A browser did something, in the shop or in its back office."""

    site_id: UUID
    visitor_id: str
    seen_at: datetime
    back_office: bool


@dataclass(frozen=True)
class Withdrawal:
    """A recipient said stop on a channel."""

    site_id: UUID
    channel: str
    recipient_index: str
    event_id: UUID
    withdrawn_at: datetime


@dataclass(frozen=True)
class Confirmation:
    """A recipient said yes to the binding of one visitor."""

    site_id: UUID
    channel: str
    recipient_index: str
    visitor_id: str
    event_id: UUID
    confirmed_at: datetime


class EvidenceStore:
    """Adding what is there already changes nothing."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_sightings(self, site_id: UUID, sightings: Sequence[Sighting]) -> None:
        """The earliest moment of each sighting is kept."""
        if sightings:
            await self._tx.execute(
                """
                INSERT INTO orders.sightings AS s (site_id, visitor_id, key, seen_at)
                SELECT DISTINCT ON (u.v, u.k) $1, u.v, u.k, u.t
                  FROM UNNEST($2::text[], $3::text[], $4::timestamptz[]) AS u (v, k, t)
                 ORDER BY u.v, u.k, u.t
                    ON CONFLICT (site_id, visitor_id, key) DO UPDATE SET seen_at = least(s.seen_at, excluded.seen_at)
                 WHERE s.seen_at > excluded.seen_at
                """,
                site_id,
                [sighting.visitor_id for sighting in sightings],
                [sighting.key for sighting in sightings],
                [sighting.seen_at for sighting in sightings],
            )

    async def add_fences(self, site_id: UUID, fences: Sequence[Fence]) -> None:
        """One for each key that a report names."""
        if fences:
            await self._tx.execute(
                """
                INSERT INTO orders.fences (site_id, key, report_id, effective_at, stands_until)
                SELECT $1, * FROM UNNEST($2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
                    ON CONFLICT (site_id, key, report_id) DO NOTHING
                """,
                site_id,
                [fence.key for fence in fences],
                [fence.report_id for fence in fences],
                [fence.effective_at for fence in fences],
                [fence.stands_until for fence in fences],
            )

    async def see_visitors(self, seen: Sequence[VisitorSeen]) -> None:
        """The latest moment counts; once seen in the back office, always."""
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
        """When this visitor last did anything."""
        moment: datetime | None = await self._tx.fetchval(
            "SELECT last_active_at FROM orders.visitors WHERE site_id = $1 AND visitor_id = $2", site_id, visitor_id
        )
        return moment

    async def neighbourhood(self, site_id: UUID, visitor_id: str) -> Neighbourhood:
        """What ``evidence.py`` needs to decide about this visitor's carts."""
        sightings = await self._tx.fetch(
            """
            WITH own AS (SELECT key FROM orders.sightings WHERE site_id = $1 AND visitor_id = $2),
                 near AS (
                     SELECT s.visitor_id FROM orders.sightings AS s JOIN own USING (key) WHERE s.site_id = $1
                      UNION SELECT $2
                 )
            SELECT s.visitor_id, s.key, s.seen_at
              FROM orders.sightings AS s JOIN near USING (visitor_id)
             WHERE s.site_id = $1
            """,
            site_id,
            visitor_id,
        )
        visitors = {visitor_id} | {row["visitor_id"] for row in sightings}
        keys = {row["key"] for row in sightings} | {visitor_key(visitor) for visitor in visitors}
        fences = await self._tx.fetch(
            """
            SELECT key, report_id, effective_at, stands_until
              FROM orders.fences WHERE site_id = $1 AND key = ANY($2::text[])
            """,
            site_id,
            list(keys),
        )
        staff = await self._tx.fetch(
            "SELECT visitor_id FROM orders.visitors WHERE site_id = $1 AND visitor_id = ANY($2::text[]) AND back_office",
            site_id,
            list(visitors),
        )
        return Neighbourhood(
            visitor_id=visitor_id,
            sightings=tuple(Sighting(row["visitor_id"], row["key"], row["seen_at"]) for row in sightings),
            fences=tuple(Fence(*row.values()) for row in fences),
            back_office_visitors=frozenset(row["visitor_id"] for row in staff),
        )

    async def visitors_naming(self, site_id: UUID, keys: Sequence[str]) -> list[str]:
        """The visitors that named one of these keys."""
        rows = await self._tx.fetch(
            "SELECT DISTINCT visitor_id FROM orders.sightings WHERE site_id = $1 AND key = ANY($2::text[])", site_id, list(keys)
        )
        return [row["visitor_id"] for row in rows]

    async def add_withdrawal(self, withdrawal: Withdrawal) -> None:
        """Kept beside later confirmations: which is later decides, not which came last."""
        await self._tx.execute(
            """
            INSERT INTO orders.withdrawals (site_id, channel, recipient_index, event_id, withdrawn_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
            """,
            withdrawal.site_id,
            withdrawal.channel,
            withdrawal.recipient_index,
            withdrawal.event_id,
            withdrawal.withdrawn_at,
        )

    async def add_confirmation(self, confirmation: Confirmation) -> None:
        """An event applied before lifts nothing: its moment is kept with its id."""
        await self._tx.execute(
            """
            INSERT INTO orders.confirmations (site_id, channel, recipient_index, visitor_id, event_id, confirmed_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            confirmation.site_id,
            confirmation.channel,
            confirmation.recipient_index,
            confirmation.visitor_id,
            confirmation.event_id,
            confirmation.confirmed_at,
        )

    async def is_withdrawn(self, site_id: UUID, channel: str, recipient_index: str, visitor_id: str) -> bool:
        """Whether the latest word of this recipient, for this binding, is no."""
        withdrawn: bool = await self._tx.fetchval(
            """
            SELECT coalesce(
                (SELECT max(withdrawn_at) FROM orders.withdrawals
                  WHERE site_id = $1 AND channel = $2 AND recipient_index = $3)
                >= coalesce(
                    (SELECT max(confirmed_at) FROM orders.confirmations
                      WHERE site_id = $1 AND channel = $2 AND recipient_index = $3 AND visitor_id = $4),
                    '-infinity'::timestamptz),
                false)
            """,
            site_id,
            channel,
            recipient_index,
            visitor_id,
        )
        return withdrawn

    async def erase(self, site_id: UUID, visitor_id: str | None, recipient: Recipient | None) -> None:
        """Delete what was seen of a subject and end its carts. Fences stay: they hold no more than an index."""
        keys = [] if recipient is None else [key_of(recipient.kind.value, recipient.index)]
        visitors = ([] if visitor_id is None else [visitor_id]) + await self.visitors_naming(site_id, keys)
        await self._tx.execute(
            "DELETE FROM orders.sightings WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR key = ANY($3::text[]))",
            site_id,
            visitors,
            keys,
        )
        await self._tx.execute(
            """
            UPDATE orders.carts SET state = 'erased', items = '[]', total_minor = NULL, return_path = NULL
             WHERE site_id = $1 AND visitor_id = ANY($2::text[])
            """,
            site_id,
            visitors,
        )
