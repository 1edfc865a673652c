"""What the demo remembers: one SQLite file that survives a restart and a kill."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

Value = str | int | float | bytes | None


class Database:
    """One connection, used from the event loop alone: each statement takes well under a millisecond here.

    ``synchronous=FULL`` makes every commit durable before it returns. The crash tests count on it: what the carrier
    answered for must still be in its log after a kill.
    """

    def __init__(self, path: Path, schemas: Iterable[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
        path.chmod(0o600)  # threads and addresses of people, though invented ones
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        for schema in schemas:
            self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing. Not to be nested."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, sql: str, *values: Value) -> int:
        """Execute a statement and return how many rows it touched."""
        return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        """Every row of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Value) -> sqlite3.Row | None:
        """The first row of a query."""
        found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()
