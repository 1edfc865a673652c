"""What the carrier remembers: its account, each message, each call, and what it still has to post to whom."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deploy.demo.carrier.messages import Account, Direction, Message, Status, rank
from deploy.demo.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS carrier_account (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    sid TEXT NOT NULL, auth_token TEXT NOT NULL, number TEXT NOT NULL, number_sid TEXT NOT NULL,
    messaging_service_sid TEXT NOT NULL, sms_url TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS carrier_messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    sid TEXT NOT NULL UNIQUE, direction TEXT NOT NULL, handset TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL,
    created_at TEXT NOT NULL, accepted_monotonic REAL NOT NULL, status_callback TEXT NOT NULL,
    messaging_service_sid TEXT NOT NULL, error_code INTEGER, sent_at TEXT, updated_at TEXT
);
CREATE INDEX IF NOT EXISTS carrier_messages_by_handset ON carrier_messages (handset, position);
CREATE TABLE IF NOT EXISTS carrier_calls (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    arrived_at TEXT NOT NULL, arrived_monotonic REAL NOT NULL, handset TEXT NOT NULL, status_callback TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS carrier_posts (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, message_sid TEXT NOT NULL, status TEXT NOT NULL, due_at TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending'
);
CREATE INDEX IF NOT EXISTS carrier_posts_pending ON carrier_posts (due_at) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS carrier_opt_outs (handset TEXT PRIMARY KEY, since TEXT NOT NULL);
"""


class PostKind(StrEnum):
    """Why the carrier posts to somebody."""

    STATUS = "status"
    INBOUND = "inbound"


@dataclass(frozen=True)
class Post:
    """Something the carrier owes to a receiver until it answers 2xx."""

    position: int
    kind: PostKind
    message_sid: str
    status: Status
    tries: int


@dataclass(frozen=True)
class Call:
    """One POST of a message, whatever came of it: promises about *when a call starts* are checked against these."""

    arrived_at: datetime
    arrived_monotonic: float
    handset: str
    status_callback: str


class CarrierStore:
    """All SQL of the carrier."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_account(self, account: Account) -> Account:
        """The account of this state: the one given when there is none yet."""
        self._database.run(
            "INSERT INTO carrier_account (only_one, sid, auth_token, number, number_sid, messaging_service_sid)"
            " VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            account.sid,
            account.auth_token,
            account.number,
            account.number_sid,
            account.messaging_service_sid,
        )
        return self.account()

    def account(self) -> Account:
        """The one account."""
        row = self._database.row(
            "SELECT sid, auth_token, number, number_sid, messaging_service_sid, sms_url FROM carrier_account"
        )
        assert row is not None, "the account is made when the demo starts"
        return Account(**dict(row))

    def set_webhook(self, sms_url: str) -> None:
        """Where replies to the number are posted."""
        self._database.run("UPDATE carrier_account SET sms_url = ?", sms_url)

    def note_call(self, call: Call, outcome: str) -> None:
        """Log a call and what it was answered."""
        self._database.run(
            "INSERT INTO carrier_calls (arrived_at, arrived_monotonic, handset, status_callback, outcome)"
            " VALUES (?, ?, ?, ?, ?)",
            call.arrived_at.isoformat(),
            call.arrived_monotonic,
            call.handset,
            call.status_callback,
            outcome,
        )

    def calls(self) -> list[dict[str, object]]:
        """Every call, oldest first."""
        return [
            dict(row)
            for row in self._database.rows(
                'SELECT arrived_at, arrived_monotonic, handset AS "to", status_callback, outcome'
                "  FROM carrier_calls ORDER BY position"
            )
        ]

    def accept(self, message: Message, call: Call, due: Sequence[tuple[Status, datetime]]) -> None:
        """Take a message, log the call and plan its status callbacks, durably, before anybody is answered."""
        with self._database.transaction():
            self._add(message)
            self.note_call(call, message.sid)
            for status, at in due:
                self._plan(PostKind.STATUS, message.sid, status, at)

    def receive(self, message: Message, answer: Message | None) -> None:
        """Take what a handset sent, with the carrier's own answer to it if there is one."""
        with self._database.transaction():
            self._add(message)
            self._plan(PostKind.INBOUND, message.sid, Status.RECEIVED, message.created_at)
            if answer is not None:
                self._add(answer)

    def _add(self, message: Message) -> None:
        self._database.run(
            "INSERT INTO carrier_messages (sid, direction, handset, body, status, created_at, accepted_monotonic,"
            "  status_callback, messaging_service_sid, error_code, sent_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            message.sid,
            message.direction.value,
            message.handset,
            message.body,
            message.status.value,
            message.created_at.isoformat(),
            message.accepted_monotonic,
            message.status_callback,
            message.messaging_service_sid,
            message.error_code,
            message.sent_at.isoformat() if message.sent_at else None,
        )

    def _plan(self, kind: PostKind, sid: str, status: Status, at: datetime) -> None:
        self._database.run(
            "INSERT INTO carrier_posts (kind, message_sid, status, due_at) VALUES (?, ?, ?, ?)",
            kind.value,
            sid,
            status.value,
            at.isoformat(),
        )

    def message(self, sid: str) -> Message | None:
        """One message by its id."""
        row = self._database.row("SELECT * FROM carrier_messages WHERE sid = ?", sid)
        return None if row is None else to_message(row)

    def messages(self) -> list[Message]:
        """Every message, newest first, as Twilio lists them."""
        return [to_message(row) for row in self._database.rows("SELECT * FROM carrier_messages ORDER BY position DESC")]

    def thread(self, handset: str) -> list[Message]:
        """What one handset got and sent, oldest first."""
        rows = self._database.rows("SELECT * FROM carrier_messages WHERE handset = ? ORDER BY position", handset)
        return [to_message(row) for row in rows]

    def advance(self, sid: str, status: Status, now: datetime) -> None:
        """Move a message on; a state that it has passed already changes nothing."""
        message = self.message(sid)
        if message is None or rank(status) <= rank(message.status):
            return
        sent_at = now.isoformat() if rank(status) >= rank(Status.SENT) else None
        self._database.run(
            "UPDATE carrier_messages SET status = ?, updated_at = ?, sent_at = coalesce(sent_at, ?) WHERE sid = ?",
            status.value,
            now.isoformat(),
            sent_at,
            sid,
        )

    def posts_due(self, now: datetime, limit: int) -> list[Post]:
        """What should go out now, oldest first."""
        rows = self._database.rows(
            "SELECT position, kind, message_sid, status, tries FROM carrier_posts"
            " WHERE state = 'pending' AND due_at <= ? ORDER BY due_at, position LIMIT ?",
            now.isoformat(),
            limit,
        )
        return [Post(r["position"], PostKind(r["kind"]), r["message_sid"], Status(r["status"]), r["tries"]) for r in rows]

    def post_later(self, position: int, tries: int, due_at: datetime) -> None:
        """It was not taken after so many tries, or has to wait: once more then."""
        sql = "UPDATE carrier_posts SET tries = ?, due_at = ? WHERE position = ?"
        self._database.run(sql, tries, due_at.isoformat(), position)

    def post_ends(self, position: int) -> None:
        """It was taken, or nobody is to get it."""
        self._database.run("UPDATE carrier_posts SET state = 'done' WHERE position = ?", position)

    def opt_out(self, handset: str, now: datetime) -> None:
        """This handset wants nothing from this number."""
        self._database.run("INSERT INTO carrier_opt_outs VALUES (?, ?) ON CONFLICT DO NOTHING", handset, now.isoformat())

    def opt_in(self, handset: str) -> None:
        """This handset takes messages again."""
        self._database.run("DELETE FROM carrier_opt_outs WHERE handset = ?", handset)

    def opted_out(self, handset: str) -> bool:
        """Whether the carrier refuses to deliver to it."""
        return self._database.row("SELECT 1 FROM carrier_opt_outs WHERE handset = ?", handset) is not None


def to_message(row: sqlite3.Row) -> Message:
    """A row as a message."""
    return Message(
        sid=row["sid"],
        direction=Direction(row["direction"]),
        handset=row["handset"],
        body=row["body"],
        status=Status(row["status"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        accepted_monotonic=row["accepted_monotonic"],
        status_callback=row["status_callback"],
        messaging_service_sid=row["messaging_service_sid"],
        error_code=row["error_code"],
        sent_at=to_time(row["sent_at"]),
        updated_at=to_time(row["updated_at"]),
    )


def to_time(text: str | None) -> datetime | None:
    """A stored moment."""
    return None if text is None else datetime.fromisoformat(text)
