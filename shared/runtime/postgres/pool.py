"""A pool that waits for its server, and transactions whose commit is confirmed or is an error."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import structlog

from shared.runtime.build import VERSION
from shared.runtime.service import WrongSetting
from shared.runtime.setting_names import PREFIX

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Transaction: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InvalidAuthorizationSpecificationError,
    TimeoutError,
)
"""Errors of a PostgreSQL that is away, full, read-only or starting: wait for it, change nothing.

So is one that refuses the password of a service that runs: it took it before, and the renewed one is on its way.
"""

ACQUIRE_SECONDS = 10
SESSION = {"idle_in_transaction_session_timeout": "30s", "lock_timeout": "10s", "timezone": "UTC"}
UNREPLICATED = "canceling wait for synchronous replication"

log = structlog.get_logger("postgres")


class CommitUnconfirmed(Exception):
    """Raised when a COMMIT was sent and it is unknown whether it lasts. Never act on it.

    Its wait for the synchronous standby was cancelled, so that a failover may lose it, or its answer never came.
    """


class RolledBack(Exception):
    """Raised when COMMIT was answered by ROLLBACK: the failure of a statement was swallowed inside the transaction."""


class CheckedConnection(asyncpg.Connection):
    """Reads what PostgreSQL answers to a COMMIT, which asyncpg drops: the tag of its answer, and the warning."""

    async def execute(self, query: str, *args: object, **options: Any) -> str:
        """Run a statement. A COMMIT returns only when it is certain."""
        if query != "COMMIT;":
            return await super().execute(query, *args, **options)
        warnings: list[str] = []

        def note(_: object, message: object) -> None:
            warnings.append(str(message))

        self.add_log_listener(note)  # for this commit alone: the pool drops listeners whenever it takes one back
        try:
            answer = await self._commit(**options)
        finally:
            self.remove_log_listener(note)
        if answer != "COMMIT":
            raise RolledBack("a statement had failed before, unnoticed")
        if any(UNREPLICATED in warning for warning in warnings):
            raise CommitUnconfirmed("the wait for the standby was cancelled")
        return answer

    async def _commit(self, **options: Any) -> str:
        try:
            return await super().execute("COMMIT;", **options)
        except Exception as error:
            if isinstance(error, asyncpg.PostgresError) and not is_away(error):
                raise  # PostgreSQL refused, because of a deferred constraint for instance: certainly not stored
            raise CommitUnconfirmed(f"no answer to COMMIT: {type(error).__name__}") from error


def is_away(error: BaseException) -> bool:
    """True when it is PostgreSQL that failed, to be waited for, and not we.

    asyncpg has one class for a connection that was closed and for an argument of the wrong type. Between a server's last
    answer and the end of its connection it takes no statement, and calls that an error of its own.
    """
    if isinstance(error, asyncpg.InternalClientError):
        return "cannot switch to state" in str(error) or "not connected" in str(error)
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError | TypeError) and "clos" in str(error)
    return isinstance(error, (*UNREACHABLE, CommitUnconfirmed))


def application_name(service: str) -> str:
    """The name of a service's sessions, with its release: from it ``beckon status`` learns what runs."""
    return f"beckon-{service} {VERSION}"


def connecting(dsn: str, file: Path | None) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return what connects: by the DSN that ``file`` holds at that moment, where there is one. What is refused is logged."""

    async def connect(*_: object, **options: Any) -> Any:
        try:
            now = dsn if file is None else await asyncio.to_thread(file.read_text)
            return await asyncpg.connect(now.rstrip("\r\n"), **options)
        except Exception as error:
            if reason := refusal(error):
                log.warning("postgres_refuses", cause=f"{PREFIX}POSTGRES{'' if file is None else '_FILE'}: {reason}")
            raise

    return connect


async def create_pool(
    dsn: str,
    *,
    service: str,
    size: int = 8,
    report: Callable[[str], None] = lambda _: None,
    file: Path | None = None,
) -> Pool:
    """Open a pool, waiting as long as PostgreSQL is not there yet; ``report`` gets the cause of the wait.

    With ``file``, which holds the DSN, each later connection begins by what it holds then: a renewed password needs no restart.

    Raises:
        WrongSetting: the server refuses what the settings say.
    """
    pause = 0.1
    while True:
        try:
            return await asyncpg.create_pool(
                dsn,
                connect=connecting(dsn, file),
                min_size=1,
                max_size=size,
                command_timeout=30,
                timeout=5,
                connection_class=CheckedConnection,
                init=_read_jsonb,
                server_settings=SESSION | {"application_name": application_name(service)},
            )
        except Exception as error:
            if reason := refusal(error):
                raise WrongSetting(f"{PREFIX}POSTGRES: {reason}") from None
            if not isinstance(error, UNREACHABLE):
                raise
            log.warning("postgres_unreachable", cause=_outage(error))
            report(_outage(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5)


def refusal(error: Exception) -> str | None:
    """What a server that is there has against our settings; None where that is not why it failed."""
    match error:
        case (
            asyncpg.InvalidAuthorizationSpecificationError()
            | asyncpg.InvalidCatalogNameError()
            | asyncpg.InsufficientPrivilegeError()
        ):
            return str(error)  # names the role or the database
        case asyncpg.ProtocolViolationError():
            return f"a pooler refuses what a session of ours needs ({error}): give the address of PostgreSQL itself"
        case ssl.SSLCertVerificationError():
            return f"the server's certificate is not trusted ({error.verify_message}): sslrootcert names who signs it"
        case ConnectionError() if "rejected SSL upgrade" in str(error):
            return "the server speaks no TLS, which sslmode asks for"
        case _:
            return None


def _outage(error: Exception) -> str:
    """What keeps us from the server now, and may pass. It names no password, for asyncpg's errors name none."""
    match error:
        case socket.gaierror():
            return "the name of the server does not resolve"
        case TimeoutError():
            return "the server does not answer"
        case ConnectionRefusedError():
            return "the server takes no connections"
        case _:
            return str(error) or type(error).__name__


async def _read_jsonb(connection: asyncpg.Connection) -> None:
    """``jsonb`` columns take and give what ``json`` reads."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Transaction]:
    """One transaction. Leaving the block without an error means that the commit was confirmed.

    Raises:
        CommitUnconfirmed: the commit may last or not.
        RolledBack: the block swallowed the failure of a statement, so nothing was stored.
    """
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection, connection.transaction():
        yield connection
