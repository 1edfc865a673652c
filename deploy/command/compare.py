"""What a service's log derives, beside what its tables have: read through once, in the order of keys, in bounded memory."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from deploy.command.sessions import Session

FEW = 5
ROWS = """
    SELECT ROW(~key)::text COLLATE "C" AS key, concat_ws(' ', ~shown) AS shown, md5(ROW(~values)::text) AS digest
      FROM ~table AS t
     ORDER BY 1
"""


@dataclass(frozen=True)
class Derived:
    """A table whose rows follow from the log alone.

    ``shown`` are columns of the key that name nobody. ``values`` follow from any part of the log that has the row's record;
    ``of_whole_log`` follow from all of it, as the first and the last moment of something do.
    """

    table: str
    key: tuple[str, ...]
    shown: tuple[str, ...]
    values: tuple[str, ...] = ()
    of_whole_log: tuple[str, ...] = ()

    def query(self, *, whole_log: bool) -> str:
        """The statement that reads it. All names in it are constants of this program."""
        columns = {
            "key": self.key,
            "shown": [f"t.{name}::text" for name in self.shown],
            "values": [*self.values, *(self.of_whole_log if whole_log else ())] or ["true"],
        }
        query = ROWS.replace("~table", self.table)
        for name, each in columns.items():
            query = query.replace(f"~{name}", ", ".join(each))
        return query


@dataclass
class Difference:
    """How a table differs from what its log derives. What the table alone has may be of a record that the log has no more."""

    table: str
    rows: int = 0
    missing: int = 0
    different: int = 0
    not_in_the_log: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        """Whether a row that the log derives is not there, or is another."""
        return self.missing > 0 or self.different > 0

    def row(self) -> dict[str, object]:
        """The line that is printed of it."""
        counts = {"rows": self.rows, "missing": self.missing, "different": self.different}
        more = {"not_in_the_log": self.not_in_the_log, "examples": self.examples, "wrong": self.is_wrong}
        return {"table": self.table, **counts, **more}

    def note(self, what: str, shown: str) -> None:
        """Keep a few of the rows by name."""
        if len(self.examples) < FEW:
            self.examples.append(f"{what}: {shown}")


async def compare(derived: Derived, rebuilt: Session, live: Session, *, whole_log: bool) -> Difference:
    """Read a table of both sessions, each within a transaction of its own."""
    query, found = derived.query(whole_log=whole_log), Difference(derived.table)
    ours, theirs = _rows(rebuilt, query), _rows(live, query)
    mine, other = await anext(ours, None), await anext(theirs, None)
    while mine is not None or other is not None:
        if other is None or (mine is not None and mine[0] < other[0]):
            assert mine is not None, "one of both is there"
            found.rows, found.missing = found.rows + 1, found.missing + 1
            found.note("missing", mine[1])
            mine = await anext(ours, None)
        elif mine is None or other[0] < mine[0]:
            found.not_in_the_log += 1
            other = await anext(theirs, None)
        else:
            found.rows += 1
            if mine[2] != other[2]:
                found.different += 1
                found.note("different", mine[1])
            mine, other = await anext(ours, None), await anext(theirs, None)
    return found


async def _rows(session: Session, query: str) -> AsyncIterator[Sequence[str]]:
    async for row in session.cursor(query, prefetch=1_000):
        yield row["key"], row["shown"], row["digest"]
