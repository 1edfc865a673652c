"""Records as a topic may hold them, and a transaction that only remembers what it was given."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry

from shared.events.codec import encode
from shared.events.envelope import Event
from shared.runtime.kafka.batch_transaction import Applied, BatchTransaction
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.postgres.tables import Schema, Tables


@dataclass
class ARecord:
    """As aiokafka reads it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int = 0
    offset: int = 0
    timestamp: int = 0


def a_record(event: Event, value: bytes | None = None) -> ARecord:
    """The record of an event, or one with its key and headers and another value."""
    record = encode(event)
    return ARecord(record.topic, record.key, record.value if value is None else value, record.headers)


@dataclass
class RememberedTransaction:
    """What would be written: dead letters and holds."""

    letters: list[tuple[bytes, bytes, list[list[str]]]] = field(default_factory=list)
    holds: list[tuple[Any, str]] = field(default_factory=list)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Nothing is undone: nothing here fails."""
        yield

    async def execute(self, statement: str, *values: Any) -> None:
        """PostgreSQL's text takes no NUL, and its driver no half of a surrogate pair."""
        if "outbox" in statement:
            _, _, keys, bodies, headers = values
            self.letters += [(keys[0], bodies[0], json.loads(headers[0]))]
            headers[0].encode()
        else:
            self.holds.append((values[0], values[4]))
            assert "\0" not in values[4]
            values[4].encode()


async def apply(pool: Pool, schema: Schema, subscription: Subscription, records: Sequence[ARecord]) -> Applied:
    """Apply a batch as a consumer does."""
    batches = BatchTransaction(Tables(schema), RuntimeMetrics(CollectorRegistry()))
    async with transaction(pool) as tx:
        return await batches.apply(subscription, records, tx)


async def held_sites(pool: Pool, schema: Schema) -> set[UUID]:
    """The sites on which a hold stands."""
    return {row["site_id"] for row in await pool.fetch(Tables(schema).list_holds)}
