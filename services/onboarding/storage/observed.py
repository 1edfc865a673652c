"""SQL of observe mode: the events of the latest carts that observe mode evaluates."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.onboarding.storage.carts import PAGE
from shared.runtime.postgres.pool import Transaction

TimedEvents = list[tuple[datetime, dict[str, Any]]]


class ObservedStore:
    """Read by pages that have already found the site in the account."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def events_of_latest_carts(self, site_id: UUID, types: Sequence[str]) -> dict[UUID, TimedEvents]:
        """By cart, in the order of their arrival: carts that were left, the latest hundred."""
        rows = await self._tx.fetch(
            """
            SELECT t.cart_id, t.happened_at, t.event
              FROM (SELECT c.cart_id, c.visitor_id FROM onboarding.carts AS c
                     WHERE c.site_id = $1 AND c.abandoned ORDER BY c.changed_at DESC LIMIT $3) AS latest
             CROSS JOIN LATERAL (
                   SELECT e.event_id, e.happened_at, e.event, latest.cart_id FROM onboarding.timeline AS e
                    WHERE e.site_id = $1 AND e.cart_id = latest.cart_id
                    UNION ALL
                   SELECT o.event_id, o.happened_at, o.event, latest.cart_id FROM onboarding.timeline AS o
                    WHERE o.site_id = $1 AND o.cart_id IS NULL AND o.visitor_id = latest.visitor_id) AS t
             WHERE t.event::jsonb ->> 'type' = ANY($2::text[])
             ORDER BY t.happened_at, t.event_id
            """,
            site_id,
            list(types),
            PAGE,
        )
        carts: dict[UUID, TimedEvents] = {}
        for row in rows:
            carts.setdefault(row["cart_id"], []).append((row["happened_at"], json.loads(row["event"])))
        return carts
