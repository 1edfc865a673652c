"""What a migration may not do while the release before it still runs, found in its text."""

import re
from collections.abc import Iterator

from deploy.local.folders import CHECKOUT
from shared.runtime.postgres.migrate import FOLDERS

CONTRACTS = {
    "renames what older code names": r"\bRENAME\b",
    "drops what older code reads or relies on": r"\bDROP\s+(?:TABLE|COLUMN|VIEW|SCHEMA|SEQUENCE|CONSTRAINT|DEFAULT)\b",
    "refuses rows that older code writes": r"\bSET\s+NOT\s+NULL\b|\bADD\s+(?:CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN)\b",
    "changes a type, and rewrites the table": r"\bTYPE\b(?!\s*=)",
}
"""In SQL without comments and texts."""
WITHOUT_DEFAULT = r"\bADD\s+COLUMN\b(?=[^,;]*\bNOT\s+NULL\b)(?![^,;]*\b(?:DEFAULT|GENERATED)\b)"
INDEX = re.compile(
    r"\bCREATE\s+(UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?\w+\s+ON\s+([\w.]+)", re.IGNORECASE
)
NEW_TABLE = re.compile(r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.]+)", re.IGNORECASE)
REASON = re.compile(r"^-- (?:small table|built before): (?P<table>[\w.]+), .{10,}$", re.MULTILINE)
_HIDDEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


def faults_in(sql: str) -> list[str]:
    """Why a migration must wait for a later release, one sentence each; empty for one that only expands."""
    plain = _HIDDEN.sub(" ", sql)
    new = {name.lower() for name in NEW_TABLE.findall(plain)}
    found = [why for why, pattern in CONTRACTS.items() if re.search(pattern, _of_old_tables(plain, new), re.IGNORECASE)]
    if re.search(WITHOUT_DEFAULT, plain, re.IGNORECASE):
        found.append("adds a column that older code leaves empty, and must not")
    return found + list(_indexes(sql, plain, new))


def _of_old_tables(plain: str, new: set[str]) -> str:
    """The statements without those that make tables: what a new table refuses, older code never writes."""
    statements = [each.strip() for each in plain.split(";")]
    return ";".join(each for each in statements if not (made := NEW_TABLE.match(each)) or made[1].lower() not in new)


def _indexes(sql: str, plain: str, new: set[str]) -> Iterator[str]:
    small = {match["table"].lower() for match in REASON.finditer(sql)}
    for unique, table in INDEX.findall(plain):
        if table.lower() in new:
            continue
        if unique:
            yield f"refuses rows of {table} that older code writes"
        if table.lower() not in small:
            yield f"builds an index on {table}, whose writers wait meanwhile: -- small table: {table}, why it is"


def migration_files(service: str, after: int) -> dict[str, str]:
    """The migrations of a service after this number, by ``service/name.sql``."""
    files = sorted((CHECKOUT / "services" / FOLDERS.get(service, service) / "migrations").glob("*.sql"))
    return {f"{service}/{file.name}": file.read_text() for file in files if int(file.name[:4]) > after}
