"""What the platform under shop and back office remembers of baskets, customers and orders."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deploy.demo.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS shop_sessions (
    session_id TEXT PRIMARY KEY, had_cart INTEGER NOT NULL DEFAULT 0, email TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '', sms_opt_in INTEGER NOT NULL DEFAULT 0, last_order_no INTEGER
);
CREATE TABLE IF NOT EXISTS shop_cart_lines (
    session_id TEXT NOT NULL, good_id TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (session_id, good_id)
);
CREATE TABLE IF NOT EXISTS shop_customers (
    customer_no INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, phone TEXT NOT NULL, since TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS shop_orders (
    order_no INTEGER PRIMARY KEY AUTOINCREMENT, customer_no INTEGER NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL,
    total INTEGER NOT NULL, placed_at TEXT NOT NULL, placed_by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS shop_order_lines (
    order_no INTEGER NOT NULL, good_id TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (order_no, good_id)
);
INSERT INTO sqlite_sequence (name, seq)
SELECT 'shop_orders', 1000 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'shop_orders');
INSERT INTO sqlite_sequence (name, seq)
SELECT 'shop_customers', 5000 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'shop_customers');
"""
MOST_OF_ONE = 24


class PlacedBy(StrEnum):
    """Where an order was born."""

    ONLINE = "online store"
    STAFF = "staff"


@dataclass(frozen=True)
class Session:
    """One browser at the shop."""

    id: str
    had_cart: bool
    email: str
    phone: str
    sms_opt_in: bool
    last_order_no: int | None


@dataclass(frozen=True)
class Line:
    """So many of one thing."""

    good_id: str
    quantity: int


@dataclass(frozen=True)
class Customer:
    """Somebody whom the shop knows, by e-mail or by phone."""

    customer_no: int
    email: str
    phone: str


@dataclass(frozen=True)
class NewOrder:
    """An order before it has its number; ``total`` in cents."""

    customer: Customer
    email: str
    phone: str
    total: int
    placed_at: datetime
    placed_by: PlacedBy
    lines: Sequence[Line]


@dataclass(frozen=True)
class Order:
    """A placed order; ``total`` in cents."""

    order_no: int
    customer_no: int
    email: str
    phone: str
    total: int
    placed_at: datetime
    placed_by: PlacedBy


class ShopStore:
    """All SQL of shop and back office but their settings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def session(self, session_id: str) -> Session | None:
        """A browser that has been here."""
        row = self._database.row("SELECT * FROM shop_sessions WHERE session_id = ?", session_id)
        if row is None:
            return None
        flags = bool(row["had_cart"]), row["email"], row["phone"], bool(row["sms_opt_in"]), row["last_order_no"]
        return Session(row["session_id"], *flags)

    def open_session(self, session_id: str) -> None:
        """A browser comes for the first time."""
        self._database.run("INSERT INTO shop_sessions (session_id) VALUES (?) ON CONFLICT DO NOTHING", session_id)

    def keep_contact(self, session_id: str, email: str, phone: str, sms_opt_in: bool) -> None:
        """What was given at the checkout."""
        sql = "UPDATE shop_sessions SET email = ?, phone = ?, sms_opt_in = ? WHERE session_id = ?"
        self._database.run(sql, email, phone, int(sms_opt_in), session_id)

    def lines(self, session_id: str) -> list[Line]:
        """The cart."""
        rows = self._database.rows(
            "SELECT good_id, quantity FROM shop_cart_lines WHERE session_id = ? ORDER BY rowid", session_id
        )
        return [Line(row["good_id"], row["quantity"]) for row in rows]

    def put_line(self, session_id: str, line: Line) -> None:
        """Set how many of one thing are in the cart; none takes it out."""
        with self._database.transaction():
            if line.quantity < 1:
                sql = "DELETE FROM shop_cart_lines WHERE session_id = ? AND good_id = ?"
                self._database.run(sql, session_id, line.good_id)
                return
            self._database.run(
                "INSERT INTO shop_cart_lines VALUES (?, ?, ?)"
                " ON CONFLICT (session_id, good_id) DO UPDATE SET quantity = excluded.quantity",
                session_id,
                line.good_id,
                min(line.quantity, MOST_OF_ONE),
            )
            self._database.run("UPDATE shop_sessions SET had_cart = 1 WHERE session_id = ?", session_id)

    def customer_for(self, email: str, phone: str, now: datetime) -> Customer:
        """The customer with this e-mail, else with this phone and no other e-mail, else a new one."""
        found = self._database.row(
            "SELECT * FROM shop_customers"
            " WHERE (email <> '' AND email = lower(?1)) OR (phone <> '' AND phone = ?2 AND (?1 = '' OR email = ''))"
            " ORDER BY (email = lower(?1)) DESC, customer_no LIMIT 1",
            email,
            phone,
        )
        if found is None:
            sql = "INSERT INTO shop_customers (email, phone, since) VALUES (lower(?), ?, ?)"
            self._database.run(sql, email, phone, now.isoformat())
            return self.customers()[0]
        customer = Customer(found["customer_no"], email.lower() or found["email"], phone or found["phone"])
        sql = "UPDATE shop_customers SET email = ?, phone = ? WHERE customer_no = ?"
        self._database.run(sql, customer.email, customer.phone, customer.customer_no)
        return customer

    def customers(self) -> list[Customer]:
        """Everybody, newest first."""
        rows = self._database.rows("SELECT customer_no, email, phone FROM shop_customers ORDER BY customer_no DESC")
        return [Customer(row["customer_no"], row["email"], row["phone"]) for row in rows]

    def customer(self, customer_no: int) -> Customer | None:
        """One customer by number."""
        return next((each for each in self.customers() if each.customer_no == customer_no), None)

    def place_order(self, new: NewOrder, session_id: str | None, report: bool) -> Order:
        """Give an order its number, close the cart that it came from, and plan its report: all of this or nothing."""
        with self._database.transaction():
            row = self._database.row(
                "INSERT INTO shop_orders (customer_no, email, phone, total, placed_at, placed_by)"
                " VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
                new.customer.customer_no,
                new.email,
                new.phone,
                new.total,
                new.placed_at.isoformat(),
                new.placed_by.value,
            )
            assert row is not None, "an insert returns its row"
            for line in new.lines:
                sql = "INSERT INTO shop_order_lines VALUES (?, ?, ?)"
                self._database.run(sql, row["order_no"], line.good_id, line.quantity)
            if report:
                sql = "INSERT INTO shop_reports (order_no, due_at) VALUES (?, ?)"
                self._database.run(sql, row["order_no"], new.placed_at.isoformat())
            if session_id is not None:
                self._close_cart(session_id, row["order_no"])
        return to_order(row)

    def _close_cart(self, session_id: str, order_no: int) -> None:
        self._database.run("DELETE FROM shop_cart_lines WHERE session_id = ?", session_id)
        sql = "UPDATE shop_sessions SET had_cart = 0, last_order_no = ? WHERE session_id = ?"
        self._database.run(sql, order_no, session_id)

    def order(self, order_no: int) -> Order | None:
        """One order by number."""
        row = self._database.row("SELECT * FROM shop_orders WHERE order_no = ?", order_no)
        return None if row is None else to_order(row)

    def orders(self) -> list[Order]:
        """All orders, newest first."""
        return [to_order(row) for row in self._database.rows("SELECT * FROM shop_orders ORDER BY order_no DESC")]

    def order_lines(self, order_no: int) -> list[Line]:
        """What was ordered."""
        rows = self._database.rows("SELECT good_id, quantity FROM shop_order_lines WHERE order_no = ?", order_no)
        return [Line(row["good_id"], row["quantity"]) for row in rows]


def to_order(row: sqlite3.Row) -> Order:
    """A row as an order."""
    return Order(
        order_no=row["order_no"],
        customer_no=row["customer_no"],
        email=row["email"],
        phone=row["phone"],
        total=row["total"],
        placed_at=datetime.fromisoformat(row["placed_at"]),
        placed_by=PlacedBy(row["placed_by"]),
    )
