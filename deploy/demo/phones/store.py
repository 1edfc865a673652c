"""Which handsets there are."""

from dataclasses import dataclass
from datetime import datetime

from deploy.demo.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS phones_added (handset TEXT PRIMARY KEY, added_at TEXT NOT NULL);"


@dataclass(frozen=True)
class Handset:
    """One phone in the list, with its last message."""

    number: str
    last_message: str
    last_at: datetime | None


class PhonesStore:
    """Those that somebody added, and every number that ever got or sent a message."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, number: str, now: datetime) -> None:
        """Put a phone on the list; twice is once."""
        self._database.run("INSERT INTO phones_added VALUES (?, ?) ON CONFLICT DO NOTHING", number, now.isoformat())

    def handsets(self) -> list[Handset]:
        """All of them, the one that spoke last on top."""
        rows = self._database.rows(
            """
            SELECT handset, body, created_at
              FROM carrier_messages AS message
             WHERE position = (SELECT max(position) FROM carrier_messages AS other WHERE other.handset = message.handset)
             UNION ALL
            SELECT handset, '', NULL
              FROM phones_added
             WHERE handset NOT IN (SELECT handset FROM carrier_messages)
             ORDER BY created_at DESC, handset
            """
        )
        return [
            Handset(r["handset"], r["body"], datetime.fromisoformat(r["created_at"]) if r["created_at"] else None) for r in rows
        ]
