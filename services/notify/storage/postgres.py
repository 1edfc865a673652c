"""The store of notify in PostgreSQL: one for each transaction, and claims of work over all sites."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.notify.rules.attempts import Attempt
from services.notify.rules.bindings import Binding
from services.notify.storage import claims, sweeps
from services.notify.storage.attempts import SqlAttempts
from services.notify.storage.budgets import SqlBudgets
from services.notify.storage.consents import SqlConsents
from services.notify.storage.erasure import SqlErasures
from services.notify.storage.nudges import SqlNudges
from services.notify.storage.person_data import SqlPersonData
from services.notify.storage.protocols import LinkRow, SiteStatus
from services.notify.storage.recipients import SqlRecipients
from shared.events.envelope import Event
from shared.events.settings import SiteConfigured
from shared.runtime.kafka.holds import active_hold
from shared.runtime.kafka.outbox import put
from shared.runtime.postgres.pauses import is_paused, put_pause
from shared.runtime.postgres.pool import Pool, Transaction, is_away, transaction
from shared.runtime.postgres.tables import Tables

TABLES = Tables("notify")


class SqlStore:
    """It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.attempts = SqlAttempts(tx)
        self.consents = SqlConsents(tx)
        self.nudges = SqlNudges(tx)
        self.recipients = SqlRecipients(tx)
        self.erasures = SqlErasures(tx)
        self.person_data = SqlPersonData(tx)
        self.budgets = SqlBudgets(tx)

    async def emit(self, events: Sequence[Event]) -> None:
        """Store events in the outbox; they leave once the transaction commits."""
        await put(self.tx, TABLES, events)

    async def put_site(self, settings: SiteConfigured) -> None:
        """Keep the highest revision, with its boxed secrets: only this service can open its own."""
        await self.tx.execute(
            """
            INSERT INTO notify.sites AS s (site_id, account_id, revision, settings) VALUES ($1, $2, $3, $4)
                ON CONFLICT (site_id) DO UPDATE
               SET account_id = excluded.account_id, revision = excluded.revision, settings = excluded.settings
             WHERE s.revision < excluded.revision
            """,
            settings.site_id,
            settings.account_id,
            settings.revision,
            settings.model_dump_json(by_alias=True),
        )

    async def site(self, site_id: UUID) -> SiteConfigured | None:
        """The settings, None while none were read."""
        text = await self.tx.fetchval("SELECT settings FROM notify.sites WHERE site_id = $1", site_id)
        return None if text is None else SiteConfigured.model_validate_json(text)

    async def sites_of(self, account_id: UUID) -> list[UUID]:
        """The sites that share an account's suppressions."""
        rows = await self.tx.fetch("SELECT site_id FROM notify.sites WHERE account_id = $1 ORDER BY site_id", account_id)
        return [row["site_id"] for row in rows]

    async def put_pause(self, site_id: UUID, *, paused: bool, cause: UUID, now: datetime) -> None:
        """Apply a pause or its end in the order of the log. A repeat changes nothing: a global stop is in every partition."""
        await put_pause(self.tx, TABLES, site_id, paused=paused, cause=cause, now=now)

    async def site_status(self, site_id: UUID) -> SiteStatus:
        """Paused by its merchant or by a global stop; held for a record that could not be read."""
        paused = await is_paused(self.tx, TABLES, site_id)
        return SiteStatus(paused, await active_hold(self.tx, TABLES, site_id) is not None)


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
        gave_way = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)
        return is_away(error) or isinstance(error, gave_way)

    async def claim_nudges(self, partitions: Sequence[int], limit: int) -> list[tuple[UUID, UUID]]:
        """Take queued nudges whose moment has come."""
        return await claims.claim_nudges(self._pool, partitions, limit)

    async def claim_bindings(self, partitions: Sequence[int], limit: int) -> list[Binding]:
        """Take new opt-ins."""
        return await claims.claim_bindings(self._pool, partitions, limit)

    async def claim_transactional(self, limit: int, lease: timedelta) -> list[tuple[UUID, str]]:
        """Take what waits to be called without a grant."""
        return await claims.claim_transactional(self._pool, limit, lease)

    async def unresolved(self) -> list[Attempt]:
        """Attempts that still may be reconciled."""
        return await sweeps.unresolved(self._pool)

    async def resume_asking(self, older_than: timedelta) -> None:
        """Queue again nudges whose process died while asking."""
        await sweeps.resume_asking(self._pool, older_than)

    async def find_link(self, token: str) -> LinkRow | None:
        """A living link."""
        return await sweeps.find_link(self._pool, token)
