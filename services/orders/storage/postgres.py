"""The store of orders in PostgreSQL: one for each transaction, and searches over all sites for work."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from services.orders.rules.timers import Timer
from services.orders.storage import sweeps
from services.orders.storage.asks import SqlAsks
from services.orders.storage.carts import SqlCarts
from services.orders.storage.erasure import SqlErasures
from services.orders.storage.evidence import SqlEvidence
from services.orders.storage.nudges import SqlNudges
from services.orders.storage.person_data import SqlPersonData
from services.orders.storage.protocols import ClaimedAsk
from services.orders.storage.reports import SqlReports
from services.orders.storage.sites import SqlSites
from shared.events.envelope import Event
from shared.runtime.kafka.outbox import put
from shared.runtime.postgres.pool import Pool, Transaction, is_away, transaction
from shared.runtime.postgres.tables import Tables

TABLES = Tables("orders")


class SqlStore:
    """It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.carts = SqlCarts(tx)
        self.nudges = SqlNudges(tx)
        self.evidence = SqlEvidence(tx)
        self.asks = SqlAsks(tx)
        self.sites = SqlSites(tx)
        self.reports = SqlReports(tx)
        self.erasures = SqlErasures(tx)
        self.person_data = SqlPersonData(tx)

    async def emit(self, events: Sequence[Event]) -> None:
        """Store events in the outbox; they leave once the transaction commits."""
        await put(self._tx, TABLES, events)


class SqlDatabase:
    """Transactions of a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlStore]:
        """Leaving the block without an error means that the commit was confirmed."""
        async with transaction(self._pool) as tx:
            yield SqlStore(tx)

    def passes(self, error: BaseException) -> bool:
        """Whether waiting cures the error: PostgreSQL is away, or chose this transaction to give way to another."""
        gave_way = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)
        return is_away(error) or isinstance(error, gave_way)

    async def due_timers(self, floor: datetime, now: datetime, limit: int) -> list[Timer]:
        """The timers that are due, the longest first."""
        return await sweeps.due_timers(self._pool, floor, now, limit)

    async def due_timers_in_turn(self, now: datetime, limit: int) -> list[Timer]:
        """The first due timer of each site, then the second of each."""
        return await sweeps.due_timers_in_turn(self._pool, now, limit)

    async def partitions_with_asks(self) -> list[int]:
        """The partitions in which an ask waits for an answer."""
        return await sweeps.partitions_with_asks(self._pool)

    async def claim_asks(self, partition: int, marker_id: str, now: datetime, limit: int) -> list[ClaimedAsk]:
        """Bind the waiting asks of a partition to a marker."""
        return await sweeps.claim_asks(self._pool, partition, marker_id, now, limit)

    async def is_marked(self, site_id: UUID, marker_id: str) -> bool:
        """Whether the transaction that applied this very marker has committed."""
        async with self._pool.acquire() as connection:
            return await SqlAsks(connection).is_marked(site_id, marker_id)

    async def asks_without_grant(self, since: datetime) -> int:
        """How many asks may still wait, where not one was granted."""
        return await sweeps.asks_without_grant(self._pool, since)
