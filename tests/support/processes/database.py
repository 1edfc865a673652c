"""The database as its superuser sees it, from a test that is not asynchronous itself: reading, and holding locks.

A lock on a table stops a process at a named point, without any hook in what ships: whoever wants to write there waits.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")
LOCKS = {
    "orders.asks": "LOCK TABLE orders.asks IN SHARE ROW EXCLUSIVE MODE",
    "orders.markers": "LOCK TABLE orders.markers IN SHARE ROW EXCLUSIVE MODE",
    "notify.attempts": "LOCK TABLE notify.attempts IN SHARE ROW EXCLUSIVE MODE",
}


class Database:
    """Connections of the superuser, on a loop of their own thread."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """Read."""

        async def read() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(self._dsn, timeout=5)
            try:
                return [dict(row) for row in await connection.fetch(query, *arguments)]
            finally:
                await connection.close()

        return self._do(read())

    def value(self, query: str, *arguments: object) -> Any:
        """Read one value."""
        found = self.rows(query, *arguments)
        return next(iter(found[0].values())) if found else None

    def run(self, statement: str, *arguments: object) -> None:
        """Change something that only a test may change."""

        async def change() -> None:
            connection = await asyncpg.connect(self._dsn, timeout=5)
            try:
                await connection.execute(statement, *arguments)
            finally:
                await connection.close()

        self._do(change())

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Nobody writes into the table until the block ends."""

        async def lock() -> "asyncpg.Connection[asyncpg.Record]":
            connection = await asyncpg.connect(self._dsn)
            await connection.execute("BEGIN")
            await connection.execute(LOCKS[table])
            return connection

        connection = self._do(lock())
        try:
            yield
        finally:
            self._do(connection.close())
