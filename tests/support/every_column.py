"""Walks every column of every table that there is, so that a table which is added later is searched too."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from shared.events.envelope import ContactKind, SealedContact
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, open_contact

BOX = re.compile(r"h1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]+")
COLUMNS = """
    SELECT table_schema, table_name, column_name, data_type
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = ANY($1::text[]) AND table_type = 'BASE TABLE'
     ORDER BY 1, 2, ordinal_position
"""


@dataclass(frozen=True)
class Value:
    """What stands in one column of one row, as text."""

    table: str
    column: str
    text: str


async def every_value(dsn: str, schemas: Iterable[str]) -> list[Value]:
    """Everything, whatever its type; bytes as text."""
    connection = await asyncpg.connect(dsn)
    try:
        tables: dict[str, dict[str, str]] = {}
        for schema, table, column, kind in await connection.fetch(COLUMNS, list(schemas)):
            read = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            tables.setdefault(f"{schema}.{table}", {})[column] = read
        found = []
        for table, columns in tables.items():
            rows = await connection.fetch(f"SELECT {', '.join(columns.values())} FROM {table}")  # noqa: S608
            found += [Value(table, column, text) for row in rows for column, text in zip(columns, row, strict=True) if text]
        return found
    finally:
        await connection.close()


def opened(
    values: Iterable[Value], keys: ReaderKeys, site_id: UUID, contacts: Iterable[tuple[ContactKind, str]]
) -> list[Value]:
    """Columns with a box that opens as one of these contacts; what is inside takes the place of the text."""
    contacts = list(contacts)
    found = []
    for value in values:
        for box in BOX.findall(value.text):
            for kind, index in contacts:
                try:
                    inside = open_contact(keys, site_id, SealedContact(kind=kind, index=index, box=box))
                except CannotOpen:
                    continue
                found.append(Value(value.table, value.column, inside))
    return found


def naming(values: Iterable[Value], needles: Iterable[str]) -> set[tuple[str, str]]:
    """The (table, column) pairs in which one of the needles stands."""
    wanted = list(needles)
    return {(value.table, value.column) for value in values if any(needle in value.text for needle in wanted)}
