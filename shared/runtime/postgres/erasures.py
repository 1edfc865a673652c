"""Erasures that a service has applied, in its table ``erasures``: each is applied once."""

from datetime import datetime
from uuid import UUID

from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Tables


async def is_first_time(tx: Transaction, tables: Tables, site_id: UUID, event_id: UUID, now: datetime) -> bool:
    """Record that an event of an erasure is applied. False for one that was applied before."""
    first: bool | None = await tx.fetchval(
        tables.named(
            """
            INSERT INTO ~erasures (site_id, event_id, applied_at) VALUES ($1, $2, $3)
                ON CONFLICT DO NOTHING RETURNING true
            """
        ),
        site_id,
        event_id,
        now,
    )
    return first is not None
