"""SQL of requests for a person's data, their sealed answers, and what the console itself has of a person."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.onboarding.people.data_requests import KEPT, AnswerPart, DataRequest, without_others
from shared.events.cart import ShopperDataCollected
from shared.events.message import RecipientDataCollected
from shared.runtime.postgres.pool import Transaction
from shared.runtime.security.sealed_answers import plain_rows

MOST_ROWS = 1_000
LATEST = 20
MERGED = "order.reconciled"
"""An order as all its witnesses report it: what somebody else's report has of the same number is not this person's."""


def to_request(row: asyncpg.Record) -> DataRequest:
    """A row of onboarding.data_requests."""
    return DataRequest(
        row["request_id"],
        row["kind"],
        tuple(row["recipient_indexes"]),
        row["asked_at"],
        row["asked_by"],
        row["key_box"],
    )


class DataRequestStore:
    """It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, site_id: UUID, request: DataRequest) -> None:
        """Store a request."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.data_requests (site_id, request_id, kind, recipient_indexes, asked_at, asked_by, key_box)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            site_id,
            request.request_id,
            request.kind,
            list(request.indexes),
            request.asked_at,
            request.asked_by,
            request.key_box,
        )

    async def latest_of(self, site_id: UUID, indexes: Sequence[str], since: datetime) -> DataRequest | None:
        """The latest request for exactly these contacts since then."""
        row = await self._tx.fetchrow(
            """
            SELECT request_id, kind, recipient_indexes, asked_at, asked_by, key_box FROM onboarding.data_requests
             WHERE site_id = $1 AND recipient_indexes = $2::text[] AND asked_at > $3
             ORDER BY asked_at DESC LIMIT 1
            """,
            site_id,
            list(indexes),
            since,
        )
        return None if row is None else to_request(row)

    async def count_since(self, site_id: UUID, since: datetime) -> int:
        """How many requests of a site were made since then."""
        number: int = await self._tx.fetchval(
            "SELECT count(*) FROM onboarding.data_requests WHERE site_id = $1 AND asked_at > $2", site_id, since
        )
        return number

    async def latest(self, site_id: UUID, now: datetime) -> list[DataRequest]:
        """The latest requests that are kept."""
        rows = await self._tx.fetch(
            """
            SELECT request_id, kind, recipient_indexes, asked_at, asked_by, key_box FROM onboarding.data_requests
             WHERE site_id = $1 AND asked_at > $2 ORDER BY asked_at DESC LIMIT $3
            """,
            site_id,
            now - KEPT,
            LATEST,
        )
        return [to_request(row) for row in rows]

    async def request(self, site_id: UUID, request_id: UUID, now: datetime) -> DataRequest | None:
        """One request of this site, while it is kept."""
        row = await self._tx.fetchrow(
            """
            SELECT request_id, kind, recipient_indexes, asked_at, asked_by, key_box FROM onboarding.data_requests
             WHERE site_id = $1 AND request_id = $2 AND asked_at > $3
            """,
            site_id,
            request_id,
            now - KEPT,
        )
        return None if row is None else to_request(row)

    async def put_answer(self, event: ShopperDataCollected | RecipientDataCollected, service: str) -> None:
        """Keep a part of the answer, if anybody still asks. Repeated, it changes nothing."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.data_answers (site_id, request_id, service, collected_at, part, parts, box)
            SELECT $1, $2, $3, $4, $5, $6, $7
             WHERE EXISTS (SELECT FROM onboarding.data_requests WHERE site_id = $1 AND request_id = $2)
                ON CONFLICT DO NOTHING
            """,
            event.site_id,
            event.request_id,
            service,
            event.collected_at,
            event.part,
            event.parts,
            event.box,
        )

    async def answers(self, site_id: UUID, request_id: UUID) -> list[AnswerPart]:
        """Every part that has arrived."""
        rows = await self._tx.fetch(
            """
            SELECT service, collected_at, part, parts, box FROM onboarding.data_answers
             WHERE site_id = $1 AND request_id = $2
            """,
            site_id,
            request_id,
        )
        return [AnswerPart(**dict(row)) for row in rows]

    async def erase(self, site_id: UUID, indexes: Sequence[str]) -> None:
        """Delete the requests of a person, and with their keys every answer, wherever it is."""
        await self._tx.execute(
            """
            WITH gone AS (
                DELETE FROM onboarding.data_requests WHERE site_id = $1 AND recipient_indexes && $2::text[] RETURNING request_id
            )
            DELETE FROM onboarding.data_answers WHERE site_id = $1 AND request_id IN (SELECT request_id FROM gone)
            """,
            site_id,
            list(indexes),
        )

    async def own_part(
        self, account_id: UUID, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]
    ) -> dict[str, Any]:
        """What the console has of these browsers and contacts."""
        opted_out = await self._tx.fetch(
            """
            SELECT kind, added_at FROM onboarding.opt_outs WHERE account_id = $1 AND recipient_index = ANY($2::text[])
             ORDER BY added_at
            """,
            account_id,
            list(indexes),
        )
        return {
            "opt_outs": plain_rows(dict(row) for row in opted_out),
            "events": await self._events(site_id, visitors, indexes),
            "carts": await self._carts(site_id, visitors),
        }

    async def _events(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> list[dict[str, Any]]:
        rows = await self._tx.fetch(
            """
            SELECT event FROM onboarding.timeline
             WHERE site_id = $1
               AND (event::jsonb #>> '{recipient,index}' = ANY($2::text[]) OR visitor_id = ANY($3::text[])
                    OR cart_id IN (SELECT c.cart_id FROM onboarding.carts AS c
                                    WHERE c.site_id = $1 AND c.visitor_id = ANY($3::text[])))
               AND event::jsonb ->> 'type' <> $4
             ORDER BY happened_at DESC, event_id LIMIT $5
            """,
            site_id,
            list(indexes),
            list(visitors),
            MERGED,
            MOST_ROWS,
        )
        return [without_others(json.loads(row["event"]), visitors) for row in rows]

    async def _carts(self, site_id: UUID, visitors: Sequence[str]) -> list[dict[str, Any]]:
        rows = await self._tx.fetch(
            """
            SELECT cart_id, visitor_id, state, items::jsonb AS items, total_minor, total_currency, opened_at, changed_at,
                   abandoned, messaged, reason
              FROM onboarding.carts WHERE site_id = $1 AND visitor_id = ANY($2::text[])
             ORDER BY opened_at DESC LIMIT $3
            """,
            site_id,
            list(visitors),
            MOST_ROWS,
        )
        return plain_rows(dict(row) for row in rows)
