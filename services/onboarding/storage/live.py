"""SQL of live events: timeline rows of a site after a cursor, and the notifications that a site has changed."""

import asyncio
import json
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from services.onboarding.results.timelines import Entry, entry_of
from shared.runtime.postgres.pool import UNREACHABLE, Transaction, application_name

CHANNEL = "onboarding_changed"
PAGE = 200
PAUSE_SECONDS = 1.0
_CURSOR = re.compile(r"(\d{1,20})-(\d{1,19})\Z")

log = structlog.get_logger("notifier")


@dataclass(frozen=True, order=True)
class EventCursor:
    """How far somebody has read: the transaction that wrote the row, and its number."""

    written_in: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.written_in}-{self.seq}"


def parse_cursor(text: str) -> EventCursor | None:
    """The cursor that an event's id names; None where it is none."""
    match = _CURSOR.match(text)
    if match is None:
        return None
    written_in, seq = int(match[1]), int(match[2])
    return EventCursor(written_in, seq) if written_in < 2**64 and seq < 2**63 else None


@dataclass(frozen=True)
class LiveRow:
    """An entry, its cursor, and its cart where it has one."""

    cursor: EventCursor
    cart_id: UUID | None
    entry: Entry


async def notify_changed(tx: Transaction, sites: Iterable[UUID]) -> None:
    """Notify every process, at this transaction's commit, that something of these sites has changed."""
    for site_id in set(sites):
        await tx.execute("SELECT pg_notify($1, $2)", CHANNEL, str(site_id))


class Notifier:
    """Wakes open pages by site, over one connection. Notifications missed while it was away: all are woken when it is back."""

    def __init__(self, connect: Callable[..., Awaitable[asyncpg.Connection]]) -> None:
        self._connect = connect
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except Exception as error:  # without it pages are stale until they are loaded again; the console itself works
                away = isinstance(error, UNREACHABLE)
                level = logging.WARNING if away else logging.ERROR
                log.log(level, "notifier_waits", error=type(error).__name__, exc_info=not away)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        ended = asyncio.Event()
        connection = await self._connect(server_settings={"application_name": application_name("onboarding")})
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, site_id: self._wake(str(site_id)))
            self._wake_all()
            await ended.wait()
        finally:
            await connection.close(timeout=1)

    def _wake(self, site_id: str) -> None:
        for listener in self._listeners.get(site_id, ()):
            listener.set()

    def _wake_all(self) -> None:
        for site_id in list(self._listeners):
            self._wake(site_id)

    @contextmanager
    def subscribe(self, site_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the site changes."""
        listener = asyncio.Event()
        self._listeners[site_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[site_id].discard(listener)
            if not self._listeners[site_id]:
                del self._listeners[site_id]

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        self._wake_all()


class LiveStore:
    """Rows in one order. Only those are returned before which no other can appear any more."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def since(self, site_id: UUID, cursor: EventCursor) -> list[LiveRow]:
        """The next rows behind a cursor, the oldest first."""
        rows = await self._tx.fetch(
            """
            SELECT t.written_in::text AS place, t.seq, t.cart_id, t.event, t.happened_at FROM onboarding.timeline AS t
             WHERE t.site_id = $1 AND (t.written_in, t.seq) > ($2::text::xid8, $3::bigint)
               AND t.written_in < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY t.written_in, t.seq LIMIT $4
            """,
            site_id,
            str(cursor.written_in),
            cursor.seq,
            PAGE,
        )
        return [
            LiveRow(
                EventCursor(int(row["place"]), row["seq"]),
                row["cart_id"],
                entry_of(json.loads(row["event"]), row["happened_at"]),
            )
            for row in rows
        ]

    async def waits(self, site_id: UUID) -> bool:
        """Whether a row is being written whose place in the order is not certain yet."""
        waiting: bool = await self._tx.fetchval(
            """
            SELECT EXISTS (SELECT FROM onboarding.timeline
                            WHERE site_id = $1 AND written_in >= pg_snapshot_xmin(pg_current_snapshot()))
            """,
            site_id,
        )
        return waiting

    async def latest(self, site_id: UUID) -> list[LiveRow]:
        """The last rows of a site, the newest first."""
        row = await self._tx.fetchrow(
            """
            SELECT t.written_in::text AS place, t.seq FROM onboarding.timeline AS t
             WHERE t.site_id = $1 AND t.written_in < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY t.written_in DESC, t.seq DESC OFFSET 50 LIMIT 1
            """,
            site_id,
        )
        begin = EventCursor() if row is None else EventCursor(int(row["place"]), row["seq"])
        return (await self.since(site_id, begin))[::-1]
