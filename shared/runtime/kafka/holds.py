"""Holds: a site whose records could not be read is silent until an operator releases it.

``python -m shared.runtime.kafka.holds <service> list`` and ``... release <site id>`` (the nil UUID: every site).
"""

import asyncio
import os
import sys
from typing import get_args
from uuid import UUID

import asyncpg

from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Schema, Tables

EVERY_SITE = UUID(int=0)


async def active_hold(tx: Transaction, tables: Tables, site_id: UUID) -> str | None:
    """The reason why this site is held, None where it is not."""
    reason: str | None = await tx.fetchval(tables.active_hold, site_id)
    return reason


async def _command(service: Schema, arguments: list[str]) -> None:
    connection = await asyncpg.connect(os.environ["BECKON_POSTGRES"])
    tables = Tables(service)
    try:
        if arguments[0] == "release":
            print(await connection.execute(tables.release_holds, UUID(arguments[1])))
        else:
            for row in await connection.fetch(tables.list_holds):
                print(*row.values())
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(_command(next(known for known in get_args(Schema) if known == sys.argv[1]), sys.argv[2:]))
