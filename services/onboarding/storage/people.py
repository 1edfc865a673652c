"""SQL about people: opt-outs by account, and a site's events about one recipient. Indexes alone, never contacts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.envelope import Recipient
from shared.runtime.postgres.pool import Transaction

MOST_EVENTS = 500


@dataclass(frozen=True)
class Person:
    """All that onboarding has about a recipient: its events, and the carts of the browsers that it was bound to."""

    opted_out_at: datetime | None
    events: tuple[dict[str, Any], ...]
    visitor_ids: tuple[str, ...]
    carts: tuple[dict[str, Any], ...]

    @property
    def is_known(self) -> bool:
        """Whether anything is stored about them."""
        return bool(self.opted_out_at or self.events)


class PeopleStore:
    """Read by pages that have already found the site in the account."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_opt_outs(self, account_id: UUID, recipients: Sequence[Recipient], now: datetime) -> None:
        """Add opt-outs. One who is on the list already keeps the moment of the first time."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.opt_outs (account_id, recipient_index, kind, added_at)
            SELECT $1, u.recipient_index, u.kind, $4 FROM UNNEST($2::text[], $3::text[]) AS u (recipient_index, kind)
                ON CONFLICT DO NOTHING
            """,
            account_id,
            [each.index for each in recipients],
            [each.kind.value for each in recipients],
            now,
        )

    async def count_opt_outs(self, account_id: UUID) -> int:
        """How long the account's list is."""
        number: int = await self._tx.fetchval("SELECT count(*) FROM onboarding.opt_outs WHERE account_id = $1", account_id)
        return number

    async def state_opt_outs(self, site_id: UUID, now: datetime) -> None:
        """Record that the merchant has brought a list, or stated that there is none."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.opt_out_statements (site_id, said_at) VALUES ($1, $2)
                ON CONFLICT (site_id) DO UPDATE SET said_at = excluded.said_at
            """,
            site_id,
            now,
        )

    async def opt_outs_stated_at(self, site_id: UUID) -> datetime | None:
        """The moment at which the merchant last brought a list or stated that there is none; None for never."""
        said_at: datetime | None = await self._tx.fetchval(
            "SELECT said_at FROM onboarding.opt_out_statements WHERE site_id = $1", site_id
        )
        return said_at

    async def person(self, account_id: UUID, site_id: UUID, *indexes: str) -> Person:
        """What is known here of a recipient by any of the indexes that a contact may mean."""
        opted_out_at = await self._tx.fetchval(
            "SELECT min(added_at) FROM onboarding.opt_outs WHERE account_id = $1 AND recipient_index = ANY($2::text[])",
            account_id,
            indexes,
        )
        rows = await self._tx.fetch(
            """
            SELECT event FROM onboarding.timeline
             WHERE site_id = $1 AND event::jsonb #>> '{recipient,index}' = ANY($2::text[])
             ORDER BY happened_at, event_id LIMIT $3
            """,
            site_id,
            indexes,
            MOST_EVENTS,
        )
        events = tuple(json.loads(row["event"]) for row in rows)
        visitors = tuple(sorted({event["visitor_id"] for event in events if event.get("visitor_id")}))
        return Person(opted_out_at, events, visitors, await self._carts_of(site_id, visitors))

    async def _carts_of(self, site_id: UUID, visitors: Sequence[str]) -> tuple[dict[str, Any], ...]:
        rows = await self._tx.fetch(
            """
            SELECT cart_id::text, state, items, total_minor, total_currency, opened_at
              FROM onboarding.carts WHERE site_id = $1 AND visitor_id = ANY($2::text[]) ORDER BY opened_at LIMIT $3
            """,
            site_id,
            list(visitors),
            MOST_EVENTS,
        )
        return tuple(
            {**dict(row), "items": json.loads(row["items"]), "opened_at": row["opened_at"].isoformat()} for row in rows
        )
