"""A pool that waits for its server, and transactions whose commit is confirmed or is an error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
import structlog

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Transaction: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    TimeoutError,
)
"""PostgreSQL is away: wait for it, change nothing."""

log = structlog.get_logger("postgres")


class CommitUnconfirmed(Exception):
    """The commit may or may not last: its wait for the standby was cancelled. Never act on it."""


async def create_pool(dsn: str, *, service: str, size: int = 8) -> Pool:
    """Open a pool, waiting as long as PostgreSQL is not there yet."""
    pause = 0.1
    while True:
        try:
            return await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=size,
                command_timeout=30,
                timeout=5,
                server_settings={
                    "application_name": f"beckon-{service}",
                    "idle_in_transaction_session_timeout": "30s",
                    "lock_timeout": "10s",
                    "timezone": "UTC",
                },
            )
        except UNREACHABLE as error:
            log.warning("postgres_unreachable", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5)


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Transaction]:
    """One transaction. Leaving the block without an error means that the commit was confirmed.

    Raises:
        CommitUnconfirmed: PostgreSQL committed locally and stopped waiting for its synchronous standby
            (warning 01000 "canceling wait for synchronous replication"): a failover may lose the commit.
    """
    doubts: list[str] = []
    async with pool.acquire() as connection:

        def listen(_: object, message: object) -> None:
            text = str(getattr(message, "message", message))
            if "synchronous replication" in text:
                doubts.append(text)

        connection.add_log_listener(listen)
        try:
            async with connection.transaction():
                yield connection
        finally:
            connection.remove_log_listener(listen)
    if doubts:
        raise CommitUnconfirmed(doubts[0])
