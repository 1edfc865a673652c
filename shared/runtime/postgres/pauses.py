"""Pauses of sites, in the table ``pauses`` of each service that asks before it sends: a merchant's own, and a global stop."""

from datetime import datetime
from uuid import UUID

from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Tables


async def put_pause(tx: Transaction, tables: Tables, site_id: UUID, *, paused: bool, cause: UUID, now: datetime) -> None:
    """Apply a pause or its end in the order of the log. A repeat changes nothing: a global stop is in every partition."""
    await tx.execute(
        tables.named(
            """
            INSERT INTO ~pauses AS p (site_id, paused, changed_at, recent_ids)
            VALUES ($1, $2, $3, ARRAY[$4::uuid])
                ON CONFLICT (site_id) DO UPDATE
               SET paused = excluded.paused, changed_at = excluded.changed_at,
                   recent_ids = (p.recent_ids || $4::uuid)[greatest(1, cardinality(p.recent_ids) - 98):]
             WHERE NOT $4::uuid = ANY(p.recent_ids)
            """
        ),
        site_id,
        paused,
        now,
        cause,
    )


async def is_paused(tx: Transaction, tables: Tables, site_id: UUID) -> bool:
    """Whether a site is paused, by its merchant or by a global stop."""
    statement = "SELECT coalesce(bool_or(paused), false) FROM ~pauses WHERE site_id IN ($1, $2)"
    paused: bool = await tx.fetchval(tables.named(statement), site_id, EVERY_SITE)
    return paused
