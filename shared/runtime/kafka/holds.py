"""Holds: a site whose records could not be read is silent until an operator releases it (``beckon holds``)."""

from uuid import UUID

from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Tables

EVERY_SITE = UUID(int=0)


async def active_hold(tx: Transaction, tables: Tables, site_id: UUID) -> str | None:
    """The reason why this site is held, None where it is not."""
    reason: str | None = await tx.fetchval(tables.active_hold, site_id)
    return reason
