"""SQL of connected sources: whose they are, how far they were polled, and which of their orders were reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import asyncpg

from services.ingest.sources.states import SourceState
from shared.events.envelope import Event
from shared.events.settings import SiteConfigured
from shared.runtime.kafka.outbox import put
from shared.runtime.postgres.pool import Pool, Transaction
from shared.runtime.postgres.tables import Tables

TABLES = Tables("sources")
SOURCES = ("nexternal",)
"""The sources that a site connects by a secret of the same name, boxed for the sources alone."""


@dataclass(frozen=True)
class Connection:
    """A connected source. Who has its ``claim`` polls it; nobody else does for as long as that is renewed."""

    site_id: UUID
    source: str
    settings: SiteConfigured
    state: SourceState
    failures: int
    claim: UUID | None
    polled_through: datetime | None
    utc_offset: timedelta | None
    highest_order: int | None
    signalled_at: datetime | None


class ClaimLost(Exception):
    """Raised where another process polls the source by now, or its credentials were replaced: nothing of this poll counts."""


def box_of(settings: SiteConfigured, source: str) -> str | None:
    """The box with the credentials of a source, None where it is not connected."""
    return next((each.box for each in settings.secrets if each.name == source and each.reader == "sources"), None)


async def put_settings(tx: Transaction, settings: SiteConfigured, now: datetime) -> None:
    """Keep the highest revision of a site, and connect or disconnect its sources as that has them."""
    kept = await tx.fetchval(
        """
        INSERT INTO sources.sites AS s (site_id, revision, settings)
        VALUES ($1, $2, $3)
            ON CONFLICT (site_id) DO UPDATE
           SET revision = excluded.revision, settings = excluded.settings
         WHERE s.revision < excluded.revision
        RETURNING true
        """,
        settings.site_id,
        settings.revision,
        settings.model_dump_json(by_alias=True, exclude={"api_keys"}),
    )
    if kept:
        for source in SOURCES:
            await _connect(tx, settings, source, now)


async def _connect(tx: Transaction, settings: SiteConfigured, source: str, now: datetime) -> None:
    """New credentials begin anew: they may be of another account, with another clock."""
    box = box_of(settings, source)
    if box is None:
        await tx.execute("DELETE FROM sources.connections WHERE site_id = $1 AND source = $2", settings.site_id, source)
        return
    await tx.execute(
        """
        INSERT INTO sources.connections AS c (site_id, source, credentials_digest, state_since, poll_after)
        VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (site_id, source) DO UPDATE
           SET credentials_digest = excluded.credentials_digest, state = 'connecting', state_since = $4, failures = 0,
               poll_after = $4, claim = NULL, polled_through = NULL, utc_offset_seconds = NULL, highest_order_number = NULL,
               signalled_at = NULL
         WHERE c.credentials_digest <> excluded.credentials_digest
        """,
        settings.site_id,
        source,
        sha256(box.encode()).hexdigest(),
        now,
    )


async def unreported(pool: Pool, of: Connection, digests: Sequence[str]) -> set[str]:
    """Those of the digests that no report has left for."""
    rows = await pool.fetch(
        """
        SELECT digest FROM UNNEST($3::text[]) AS digest
         WHERE NOT EXISTS (SELECT FROM sources.reported_orders AS r
                            WHERE r.site_id = $1 AND r.source = $2 AND r.order_digest = digest)
        """,
        of.site_id,
        of.source,
        digests,
    )
    return {row["digest"] for row in rows}


@dataclass(frozen=True)
class Reported:
    """An order's report, with the digest of what it says."""

    digest: str
    number: str
    event: Event


async def report(tx: Transaction, of: Connection, orders: Sequence[Reported], now: datetime) -> int:
    """Report orders, each once, and return how many were new. Raises ``ClaimLost``."""
    await _hold(tx, of)
    rows = await tx.fetch(
        """
        INSERT INTO sources.reported_orders (site_id, source, order_digest, order_number, reported_at)
        SELECT $1, $2, digest, number, $5 FROM UNNEST($3::text[], $4::text[]) AS o (digest, number)
            ON CONFLICT DO NOTHING
        RETURNING order_digest
        """,
        of.site_id,
        of.source,
        [order.digest for order in orders],
        [order.number for order in orders],
        now,
    )
    new = {row["order_digest"] for row in rows}
    await put(tx, TABLES, [order.event for order in orders if order.digest in new])
    return len(new)


async def _hold(tx: Transaction, of: Connection) -> None:
    held = await tx.fetchval(
        """
        SELECT true FROM sources.connections
         WHERE site_id = $1 AND source = $2 AND claim = $3
           FOR UPDATE
        """,
        of.site_id,
        of.source,
        of.claim,
    )
    if not held:
        raise ClaimLost


async def renew(pool: Pool, of: Connection, until: datetime) -> None:
    """Keep the claim for longer; nothing where it is lost."""
    await pool.execute(
        "UPDATE sources.connections SET poll_after = $4 WHERE site_id = $1 AND source = $2 AND claim = $3",
        of.site_id,
        of.source,
        of.claim,
        until,
    )


@dataclass(frozen=True)
class PollEnd:
    """How a poll ended, when the next is due, and the events that its end is."""

    state: SourceState
    poll_after: datetime
    failures: int
    polled_through: datetime | None
    utc_offset: timedelta | None
    highest_order: int | None
    signalled_at: datetime | None
    events: Sequence[Event]


async def end_poll(tx: Transaction, of: Connection, end: PollEnd, now: datetime) -> None:
    """Store the end of a poll and give the source back. Raises ``ClaimLost``."""
    await _hold(tx, of)
    offset = None if end.utc_offset is None else int(end.utc_offset.total_seconds())
    await tx.execute(
        """
        UPDATE sources.connections
           SET state = $3, state_since = CASE WHEN state = $3 THEN state_since ELSE $4 END, failures = $5,
               poll_after = $6, claim = NULL, polled_through = $7, utc_offset_seconds = $8, signalled_at = $9,
               highest_order_number = $10
         WHERE site_id = $1 AND source = $2
        """,
        of.site_id,
        of.source,
        end.state.value,
        now,
        end.failures,
        end.poll_after,
        end.polled_through,
        offset,
        end.signalled_at,
        end.highest_order,
    )
    await put(tx, TABLES, end.events)


def to_connection(row: asyncpg.Record) -> Connection:
    """A row of sources.connections with its site's settings."""
    offset = row["utc_offset_seconds"]
    return Connection(
        site_id=row["site_id"],
        source=row["source"],
        settings=SiteConfigured.model_validate_json(row["settings"]),
        state=SourceState(row["state"]),
        failures=row["failures"],
        claim=row["claim"],
        polled_through=row["polled_through"],
        utc_offset=None if offset is None else timedelta(seconds=offset),
        highest_order=row["highest_order_number"],
        signalled_at=row["signalled_at"],
    )
