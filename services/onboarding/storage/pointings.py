"""SQL of pointings: their versions, and the one link of a site by which its merchant points."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.events.pointing import Pointing
from shared.runtime.postgres.pool import Transaction

MOST_VERSIONS = 20


@dataclass(frozen=True)
class PointingLink:
    """A link that is alive, as it was found by its token."""

    site_id: UUID
    made_by: str
    expires_at: datetime


@dataclass(frozen=True)
class PointingVersion:
    """A pointing, who made it, and what it read in their browser."""

    pointing: Pointing
    made_at: datetime
    made_by: str
    readings: Mapping[str, str]
    undone_at: datetime | None


class PointingStore:
    """One transaction's view."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def put_link(self, site_id: UUID, token_hash: bytes, made_by: str, expires_at: datetime) -> None:
        """Store the one link of a site; an earlier one ends."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.pointing_links (site_id, token_hash, made_by, expires_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (site_id) DO UPDATE
               SET token_hash = excluded.token_hash, made_by = excluded.made_by,
                   expires_at = excluded.expires_at, used_at = NULL
            """,
            site_id,
            token_hash,
            made_by,
            expires_at,
        )

    async def link(self, token_hash: bytes, now: datetime) -> PointingLink | None:
        """The link of a token, if it is alive. It is known by the hash of its 256 random bits."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, made_by, expires_at
              FROM onboarding.pointing_links WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL
            """,
            token_hash,
            now,
        )
        return None if row is None else PointingLink(row["site_id"], row["made_by"], row["expires_at"])

    async def use_link(self, token_hash: bytes, now: datetime) -> bool:
        """Use a link up. False where it has saved before, or has been replaced."""
        used: bool | None = await self._tx.fetchval(
            """
            UPDATE onboarding.pointing_links SET used_at = $2
             WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL RETURNING true
            """,
            token_hash,
            now,
        )
        return used is not None

    async def changed_at(self, site_id: UUID) -> datetime | None:
        """When a version was last saved or undone; None where nothing was ever pointed at."""
        changed_at: datetime | None = await self._tx.fetchval(
            "SELECT max(greatest(made_at, undone_at)) FROM onboarding.pointings WHERE site_id = $1", site_id
        )
        return changed_at

    async def next_number(self, site_id: UUID) -> int:
        """The number of the site's next version. The caller holds the site's lock."""
        number: int = await self._tx.fetchval(
            "SELECT coalesce(max(number), 0) + 1 FROM onboarding.pointings WHERE site_id = $1", site_id
        )
        return number

    async def add(self, site_id: UUID, version: PointingVersion) -> None:
        """Add a version. The oldest is deleted where there are too many."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.pointings (site_id, number, made_at, made_by, pointing, readings)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            site_id,
            version.pointing.number,
            version.made_at,
            version.made_by,
            version.pointing.model_dump_json(),
            json.dumps(dict(version.readings)),
        )
        await self._tx.execute(
            "DELETE FROM onboarding.pointings WHERE site_id = $1 AND number <= $2",
            site_id,
            version.pointing.number - MOST_VERSIONS,
        )

    async def versions(self, site_id: UUID) -> Sequence[PointingVersion]:
        """All versions of a site, the newest first."""
        rows = await self._tx.fetch(
            """
            SELECT made_at, made_by, pointing, readings, undone_at
              FROM onboarding.pointings WHERE site_id = $1 ORDER BY number DESC
            """,
            site_id,
        )
        return [to_version(row) for row in rows]

    async def undo(self, site_id: UUID, number: int, now: datetime) -> None:
        """Record that a version is no longer used."""
        await self._tx.execute(
            "UPDATE onboarding.pointings SET undone_at = $3 WHERE site_id = $1 AND number = $2", site_id, number, now
        )


def to_version(row: asyncpg.Record) -> PointingVersion:
    """A row of onboarding.pointings."""
    return PointingVersion(
        Pointing.model_validate_json(row["pointing"]),
        row["made_at"],
        row["made_by"],
        json.loads(row["readings"]),
        row["undone_at"],
    )
