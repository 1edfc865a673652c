"""One batch of one partition inside its transaction: read, set aside what cannot be read, apply the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import structlog

from shared.events.catalogue import TOPICS
from shared.events.codec import InvalidEvent, decode
from shared.events.envelope import Event
from shared.runtime import tracing
from shared.runtime.http.untrusted import storable
from shared.runtime.kafka.dead_letters import Record, dead_letter, only_header, silences, sites_of
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.kafka.outbox import put_encoded
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Transaction, is_away
from shared.runtime.postgres.tables import Tables

log = structlog.get_logger("batch_transaction")


UNREADABLE_LIMIT = 20
LONGEST_REASON = 500
IMPOSSIBLE = (
    InvalidEvent,
    asyncpg.DataError,
    asyncpg.CheckViolationError,
    asyncpg.NotNullViolationError,
    asyncpg.ProgramLimitExceededError,
    ValueError,  # asyncpg's own refusal of an argument, halves of surrogate pairs
    OverflowError,
)
"""What an event's own values cause, each time anew: a NUL, a number beyond its column, a date beyond the calendar."""


class TooManyUnreadable(Exception):
    """Raised for so many unreadable records in a row that this program is the likelier cause. Nothing is set aside."""


@dataclass(frozen=True)
class Applied:
    """The result of a batch: the events that were applied, and how many records at its end could not be."""

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


class BatchTransaction:
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
        if record.value is None:
            return TOPICS[subscription.topic].compacted  # a tombstone; anywhere else its meaning is unknown
        if subscription.wanted is None:
            return False
        kind = only_header(record, "ce_type")
        return kind is not None and kind not in subscription.wanted and not silences(record)

    def _read(self, subscription: Subscription, record: Record) -> Event:
        if record.value is None:
            raise InvalidEvent("record: has no value")
        try:
            event = decode(subscription.topic, record.value)
        except InvalidEvent:
            raise
        except Exception as error:  # whatever its bytes are, they cost one record and no process
            raise InvalidEvent(f"record: {type(error).__name__}") from error
        if str(event.site_id).encode() != record.key:
            raise InvalidEvent("site_id: is not the record's key, so its order among the site's records is lost")
        return event

    async def _apply_all(
        self, subscription: Subscription, readable: Sequence[tuple[Record, Event]], tx: Transaction, row: _Row
    ) -> list[Event]:
        """Apply events all at once; one by one only when one of them proves to be impossible."""
        wanted = [each for each in readable if subscription.wanted is None or each[1].type in subscription.wanted]
        if not wanted:
            return []
        events = [event for _, event in wanted]
        try:
            with tracing.span_each(subscription.topic, wanted):
                async with tx.transaction():
                    await subscription.apply(events, tx)
        except IMPOSSIBLE as error:
            if is_away(error):
                raise
            return await self._one_by_one(subscription, wanted, tx, row)
        return events

    async def _one_by_one(
        self, subscription: Subscription, wanted: Sequence[tuple[Record, Event]], tx: Transaction, row: _Row
    ) -> list[Event]:
        applied: list[Event] = []
        for record, event in wanted:
            try:
                with tracing.span_each(subscription.topic, [(record, event)]):
                    async with tx.transaction():
                        await subscription.apply([event], tx)
                applied.append(event)
                row.readable()
            except IMPOSSIBLE as error:
                if is_away(error):
                    raise
                row.unreadable(subscription.topic)
                known = isinstance(error, InvalidEvent)
                await self._set_aside(subscription, record, str(error) if known else f"record: {type(error).__name__}", tx)
        return applied

    async def _set_aside(self, subscription: Subscription, record: Record, reason: str, tx: Transaction) -> None:
        reason = storable(reason)[:LONGEST_REASON]
        await put_encoded(tx, self._tables, [dead_letter(record, reason, self._tables.schema)])
        if subscription.holds == "any" or silences(record):
            for site in sites_of(record) or [EVERY_SITE]:
                position = (record.topic, record.partition, record.offset)
                await tx.execute(self._tables.place_hold, site, *position, reason)
            self._metrics.holds.labels(subscription.topic).inc()
        self._metrics.processed.labels(subscription.topic, "dead_letter").inc()
        log.error("record_set_aside", topic=record.topic, partition=record.partition, offset=record.offset, reason=reason)
