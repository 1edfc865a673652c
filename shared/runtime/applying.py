"""One batch of one partition inside its transaction: read, set aside what cannot be read, apply the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from shared.events.catalogue import TOPICS
from shared.events.codec import SILENCES_HEADER, Encoded, InvalidEvent, decode
from shared.events.envelope import Event
from shared.runtime.holds import EVERY_SITE
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.outbox import LARGEST_RECORD, put_encoded
from shared.runtime.postgres import Transaction
from shared.runtime.subscription import Subscription
from shared.runtime.tables import Tables

log = structlog.get_logger("applying")


class Record(Protocol):
    """A record as the client library reads it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


UNREADABLE_LIMIT = 20


class TooManyUnreadable(Exception):
    """So many in a row that it is rather this program that cannot read. Nothing of the batch is set aside."""


@dataclass(frozen=True)
class Applied:
    """What came of a batch: the events that were applied, and how many records at its end could not be."""

    events: Sequence[Event]
    unreadable_in_row: int


class _Row:
    """Counts unreadable records since the last readable one."""

    def __init__(self, count: int) -> None:
        self.count = count

    def unreadable(self, topic: str) -> None:
        self.count += 1
        if self.count > UNREADABLE_LIMIT:
            raise TooManyUnreadable(f"{topic}: over {UNREADABLE_LIMIT} records in a row; is this version old?")

    def readable(self) -> None:
        self.count = 0


class Applying:
    """Applies batches for one schema."""

    def __init__(self, tables: Tables, metrics: RuntimeMetrics) -> None:
        self._tables = tables
        self._metrics = metrics

    async def apply(
        self, subscription: Subscription, records: Sequence[Record], tx: Transaction, unreadable_in_row: int = 0
    ) -> Applied:
        """Read and apply. A record that can never be applied goes to the dead letters and may hold its site.

        Raises:
            TooManyUnreadable: more in a row than the limit, counted from ``unreadable_in_row``.
        """
        row, readable, unreadable = _Row(unreadable_in_row), [], []
        for record in records:
            if self._passes_by(subscription, record):
                continue
            try:
                readable.append((record, self._read(subscription, record)))
                row.readable()
            except InvalidEvent as error:
                unreadable.append((record, str(error)))
                row.unreadable(subscription.topic)
        for record, reason in unreadable:
            await self._set_aside(subscription, record, reason, tx)
        events = await self._apply_all(subscription, readable, tx, row)
        self._metrics.processed.labels(subscription.topic, "applied").inc(len(events))
        return Applied(events, row.count)

    def _passes_by(self, subscription: Subscription, record: Record) -> bool:
        if record.value is None:  # a tombstone of compaction
            return True
        if subscription.wanted is None:
            return False
        kind = _header(record, "ce_type")
        return kind is not None and kind not in subscription.wanted and _header(record, SILENCES_HEADER) is None

    def _read(self, subscription: Subscription, record: Record) -> Event:
        assert record.value is not None, "tombstones were passed by"
        event = decode(subscription.topic, record.value)
        if str(event.site_id).encode() != record.key:
            raise InvalidEvent("site_id: is not the record's key, so its order among the site's records is lost")
        return event

    async def _apply_all(
        self, subscription: Subscription, readable: Sequence[tuple[Record, Event]], tx: Transaction, row: _Row
    ) -> list[Event]:
        """All at once; one by one only when one of them turns out to be impossible."""
        wanted = [each for each in readable if subscription.wanted is None or each[1].type in subscription.wanted]
        if not wanted:
            return []
        events = [event for _, event in wanted]
        try:
            async with tx.transaction():
                await subscription.apply(events, tx)
        except InvalidEvent:
            return await self._one_by_one(subscription, wanted, tx, row)
        return events

    async def _one_by_one(
        self, subscription: Subscription, wanted: Sequence[tuple[Record, Event]], tx: Transaction, row: _Row
    ) -> list[Event]:
        applied: list[Event] = []
        for record, event in wanted:
            try:
                async with tx.transaction():
                    await subscription.apply([event], tx)
                applied.append(event)
                row.readable()
            except InvalidEvent as error:
                row.unreadable(subscription.topic)
                await self._set_aside(subscription, record, str(error), tx)
        return applied

    async def _set_aside(self, subscription: Subscription, record: Record, reason: str, tx: Transaction) -> None:
        site = _site_of(record)
        place = (record.topic, record.partition, record.offset)
        headers = [(name, value.decode(errors="replace").encode()) for name, value in record.headers]
        headers += [
            ("beckon-reason", reason.encode()),
            ("beckon-reader", self._tables.schema.encode()),
            ("beckon-place", f"{record.topic}/{record.partition}/{record.offset}".encode()),
        ]
        letter = Encoded(
            TOPICS[subscription.topic].dead_letters, record.key or b"", (record.value or b"")[:LARGEST_RECORD], tuple(headers)
        )
        await put_encoded(tx, self._tables, [letter])
        if subscription.holds == "any" or _header(record, SILENCES_HEADER) is not None:
            await tx.execute(self._tables.place_hold, site or EVERY_SITE, *place, reason)
            self._metrics.holds.labels(subscription.topic).inc()
        self._metrics.processed.labels(subscription.topic, "dead_letter").inc()
        log.error("record_set_aside", topic=place[0], partition=place[1], offset=place[2], reason=reason)


def _header(record: Record, name: str) -> str | None:
    return next((value.decode(errors="replace") for key, value in record.headers if key == name), None)


def _site_of(record: Record) -> UUID | None:
    try:
        return UUID((record.key or b"").decode())
    except ValueError:
        return None
