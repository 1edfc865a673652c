"""The settings of the shop's administration: the pasted codes, and whether the server reports orders itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deploy.demo.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS shop_policies (name TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS shop_reports (
    order_no INTEGER PRIMARY KEY, due_at TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending'
);
"""


class Field(StrEnum):
    """What can be set; the values are the names of the form's fields."""

    TRACKING_CODE = "tracking_code"
    ADDENDUM = "addendum"
    WORKER_FILE = "worker_file"
    FILE_TYPE = "file_type"
    OPT_IN_BOX = "opt_in_box"
    COOKIE_BANNER = "cookie_banner"
    CONTENT_SECURITY_POLICY = "content_security_policy"
    TELL_ENABLED = "tell_enabled"
    TELL_URL = "tell_url"
    TELL_KEY = "tell_key"


@dataclass(frozen=True)
class Report:
    """An order that the server still has to report."""

    order_no: int
    tries: int


class PolicyStore:
    """Keeps each as bytes: what was pasted is what comes out. ``shop`` keeps a second shop's fields apart."""

    def __init__(self, database: Database, shop: str = "") -> None:
        self._database = database
        self._shop = shop

    def read(self, field: Field) -> str:
        """What stands in a field; nothing until somebody pastes something."""
        row = self._database.row("SELECT content FROM shop_policies WHERE name = ?", self._shop + field.value)
        return "" if row is None else row["content"].decode("utf-8", "surrogateescape")

    def write(self, field: Field, content: str) -> None:
        """Keep it, byte for byte."""
        self._database.run(
            "INSERT INTO shop_policies VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET content = excluded.content",
            self._shop + field.value,
            content.encode("utf-8", "surrogateescape"),
        )

    def reports_due(self, now: datetime) -> list[Report]:
        """Those that should go out now."""
        rows = self._database.rows(
            "SELECT order_no, tries FROM shop_reports WHERE state = 'pending' AND due_at <= ? ORDER BY order_no LIMIT 10",
            now.isoformat(),
        )
        return [Report(row["order_no"], row["tries"]) for row in rows]

    def report_later(self, order_no: int, due_at: datetime) -> None:
        """It was not taken: try again then."""
        sql = "UPDATE shop_reports SET tries = tries + 1, due_at = ? WHERE order_no = ?"
        self._database.run(sql, due_at.isoformat(), order_no)

    def report_ends(self, order_no: int) -> None:
        """It was taken, or given up."""
        self._database.run("UPDATE shop_reports SET state = 'done' WHERE order_no = ?", order_no)
