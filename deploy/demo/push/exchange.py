"""Subscriptions, and pushes on their way: one whose browser is away waits, and a newer one of its topic replaces it."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deploy.demo.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS push_subscriptions (
    token TEXT PRIMARY KEY, device TEXT NOT NULL, app TEXT NOT NULL, sender TEXT NOT NULL, subtype TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS push_waiting (
    id INTEGER PRIMARY KEY, token TEXT NOT NULL, topic TEXT NOT NULL, body BLOB NOT NULL, until TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS push_log (
    id INTEGER PRIMARY KEY, token TEXT NOT NULL, topic TEXT NOT NULL, ttl INTEGER NOT NULL, body BLOB NOT NULL,
    status INTEGER NOT NULL, posted_at TEXT NOT NULL
);
"""
LONGEST_TTL = timedelta(days=28)


@dataclass(frozen=True)
class Subscription:
    """What a browser registered: the worker's scope is in ``app``, the shop's key in ``sender``."""

    token: str
    device: str
    app: str
    sender: str
    subtype: str


@dataclass(frozen=True)
class Waiting:
    """A push for one subscription."""

    number: int
    subscription: Subscription
    body: bytes


@dataclass
class PushExchange:
    """``answers`` are given to the next posts instead of taking them; ``corrupt`` flips a bit on the way; where there is a
    subscription in ``only``, to its posts alone.

    ``deliver`` is called with the device for which something waits.
    """

    database: Database
    now: Callable[[], datetime]
    answers: list[int] = field(default_factory=list)
    corrupt: bool = False
    only: str | None = None
    deliver: Callable[[str], None] = lambda device: None

    def register(self, device: str, app: str, sender: str, subtype: str) -> str:
        """A new subscription. Returns the last part of its endpoint."""
        token = secrets.token_urlsafe(24)
        self.database.run("INSERT INTO push_subscriptions VALUES (?, ?, ?, ?, ?)", token, device, app, sender, subtype)
        return token

    def unregister(self, device: str, app: str) -> None:
        """The browser gave a subscription up: its endpoint is gone."""
        self.database.run("DELETE FROM push_subscriptions WHERE device = ? AND app = ?", device, app)

    def post(self, token: str, topic: str, ttl_seconds: int, body: bytes) -> int:
        """A sender's push. Returns the status that it is answered with."""
        found = self.database.row("SELECT device FROM push_subscriptions WHERE token = ?", token)
        status = self.answers.pop(0) if self.answers and self._is_meant(token) else 410 if found is None else 201
        with self.database.transaction():
            self._log(token, topic, ttl_seconds, body, status)
            if status == 410:
                self.database.run("DELETE FROM push_subscriptions WHERE token = ?", token)
            if status == 201:
                self._keep(token, topic, ttl_seconds, body)
        if status == 201 and found is not None:
            self.deliver(found["device"])
        return status

    def _is_meant(self, token: str) -> bool:
        return self.only in (None, token)

    def _log(self, token: str, topic: str, ttl_seconds: int, body: bytes, status: int) -> None:
        sql = "INSERT INTO push_log (token, topic, ttl, body, status, posted_at) VALUES (?, ?, ?, ?, ?, ?)"
        self.database.run(sql, token, topic, ttl_seconds, body, status, self.now().isoformat())

    def _keep(self, token: str, topic: str, ttl_seconds: int, body: bytes) -> None:
        if topic:
            self.database.run("DELETE FROM push_waiting WHERE token = ? AND topic = ?", token, topic)
        until = self.now() + min(timedelta(seconds=ttl_seconds), LONGEST_TTL)
        changed = body[:-1] + bytes([body[-1] ^ 1]) if self.corrupt and self._is_meant(token) else body
        sql = "INSERT INTO push_waiting (token, topic, body, until) VALUES (?, ?, ?, ?)"
        self.database.run(sql, token, topic, changed, until.isoformat())

    def waiting(self, device: str) -> list[Waiting]:
        """What waits for a browser, the oldest first."""
        self.database.run("DELETE FROM push_waiting WHERE until < ?", self.now().isoformat())
        rows = self.database.rows(
            "SELECT w.id, w.body, s.* FROM push_waiting AS w JOIN push_subscriptions AS s USING (token)"
            " WHERE s.device = ? ORDER BY w.id",
            device,
        )
        return [
            Waiting(row["id"], Subscription(row["token"], device, row["app"], row["sender"], row["subtype"]), row["body"])
            for row in rows
        ]

    def delivered(self, number: int) -> None:
        """The browser has it."""
        self.database.run("DELETE FROM push_waiting WHERE id = ?", number)

    def log(self) -> list[dict[str, object]]:
        """Every post, the oldest first: what was sent, byte for byte, and what it was answered with."""
        rows = self.database.rows("SELECT * FROM push_log ORDER BY id")
        return [
            {name: row[name] for name in ("token", "topic", "ttl", "status", "posted_at")}
            | {"body": base64.b64encode(row["body"]).decode()}
            for row in rows
        ]
