"""SQL of asks, markers, and what an answer depends on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.orders.granting import Ask
from shared.events.settings import SiteConfigured
from shared.runtime.postgres import Transaction

EVERY_SITE = UUID(int=0)


@dataclass(frozen=True)
class Site:
    """A site's settings as orders keeps them."""

    site_id: UUID
    account_id: UUID
    settings: SiteConfigured


def to_ask(row: asyncpg.Record) -> Ask:
    """A row of orders.asks."""
    return Ask(**dict(row))


class AskStore:
    """Asks, markers, settings, pauses."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_ask(self, ask: Ask, asked_at: datetime, partition: int) -> None:
        """Keep an ask for the granting loop; told again it stays as it is."""
        await self._tx.execute(
            """
            INSERT INTO orders.asks (site_id, attempt_id, nudge_id, cart_id, visitor_id, channel, recipient_index,
                                     try_number, asked_at, partition)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (site_id, attempt_id) DO NOTHING
            """,
            ask.site_id,
            ask.attempt_id,
            ask.nudge_id,
            ask.cart_id,
            ask.visitor_id,
            ask.channel,
            ask.recipient_index,
            ask.try_number,
            asked_at,
            partition,
        )

    async def lock_open_ask(self, site_id: UUID, attempt_id: str, marker_id: str) -> Ask | None:
        """An ask that waits for this marker, if the marker was applied. A failover may have lost the marker's row."""
        row = await self._tx.fetchrow(
            """
            SELECT a.site_id, a.attempt_id, a.nudge_id, a.cart_id, a.visitor_id, a.channel, a.recipient_index, a.try_number
              FROM orders.asks AS a
             WHERE a.site_id = $1 AND a.attempt_id = $2 AND a.marker_id = $3 AND a.answered_at IS NULL
               AND EXISTS (SELECT FROM orders.markers AS m
                            WHERE m.site_id = a.marker_site_id AND m.marker_id = a.marker_id)
               FOR UPDATE OF a
            """,
            site_id,
            attempt_id,
            marker_id,
        )
        return None if row is None else to_ask(row)

    async def close_ask(self, site_id: UUID, attempt_id: str) -> None:
        """The ask has its answer, or was dropped."""
        await self._tx.execute(
            "UPDATE orders.asks SET answered_at = clock_timestamp() WHERE site_id = $1 AND attempt_id = $2", site_id, attempt_id
        )

    async def has_open_ask(self, site_id: UUID, nudge_id: UUID, younger_than: timedelta) -> bool:
        """Somebody may still be answered for this nudge."""
        found: bool = await self._tx.fetchval(
            """
            SELECT EXISTS (SELECT FROM orders.asks WHERE site_id = $1 AND nudge_id = $2 AND answered_at IS NULL
                              AND arrived_at > clock_timestamp() - $3::interval)
            """,
            site_id,
            nudge_id,
            younger_than,
        )
        return found

    async def pass_marker(self, site_id: UUID, marker_id: str) -> None:
        """Everything before the marker is applied: so says this row, committed with it."""
        await self._tx.execute(
            "INSERT INTO orders.markers (site_id, marker_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", site_id, marker_id
        )

    async def put_site(self, settings: SiteConfigured) -> None:
        """Keep the highest revision."""
        await self._tx.execute(
            """
            INSERT INTO orders.sites AS s (site_id, account_id, revision, settings) VALUES ($1, $2, $3, $4)
                ON CONFLICT (site_id) DO UPDATE
               SET account_id = excluded.account_id, revision = excluded.revision, settings = excluded.settings
             WHERE s.revision < excluded.revision
            """,
            settings.site_id,
            settings.account_id,
            settings.revision,
            settings.model_dump_json(by_alias=True, exclude={"secrets"}),
        )

    async def site(self, site_id: UUID) -> Site | None:
        """The settings, None while none were read."""
        row = await self._tx.fetchrow("SELECT account_id, settings FROM orders.sites WHERE site_id = $1", site_id)
        if row is None:
            return None
        return Site(site_id, row["account_id"], SiteConfigured.model_validate_json(row["settings"]))

    async def put_pause(self, site_id: UUID, *, paused: bool, changed_at: datetime) -> None:
        """The latest word counts, whenever it arrives."""
        await self._tx.execute(
            """
            INSERT INTO orders.pauses AS p (site_id, paused, changed_at) VALUES ($1, $2, $3)
                ON CONFLICT (site_id) DO UPDATE SET paused = excluded.paused, changed_at = excluded.changed_at
             WHERE p.changed_at < excluded.changed_at
            """,
            site_id,
            paused,
            changed_at,
        )

    async def is_paused(self, site_id: UUID) -> bool:
        """By its merchant, or by a global stop."""
        paused: bool = await self._tx.fetchval(
            "SELECT coalesce(bool_or(paused), false) FROM orders.pauses WHERE site_id IN ($1, $2)", site_id, EVERY_SITE
        )
        return paused

    async def put_source_sync(self, site_id: UUID, source: str, synced_through: datetime) -> None:
        """A source vouches for ever more."""
        await self._tx.execute(
            """
            INSERT INTO orders.source_syncs AS s (site_id, source, synced_through) VALUES ($1, $2, $3)
                ON CONFLICT (site_id, source) DO UPDATE
               SET synced_through = greatest(s.synced_through, excluded.synced_through)
            """,
            site_id,
            source,
            synced_through,
        )

    async def source_fresh_through(self, site_id: UUID) -> datetime | None:
        """Until when every polled source has told us of all orders."""
        moment: datetime | None = await self._tx.fetchval(
            "SELECT min(synced_through) FROM orders.source_syncs WHERE site_id = $1", site_id
        )
        return moment

    async def suppress(self, account_id: UUID, recipient_index: str) -> None:
        """Nobody of this account writes there again."""
        await self._tx.execute(
            "INSERT INTO orders.suppressions (account_id, recipient_index) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            account_id,
            recipient_index,
        )

    async def is_suppressed(self, account_id: UUID, recipient_index: str) -> bool:
        """On the account's list."""
        found: bool = await self._tx.fetchval(
            "SELECT EXISTS (SELECT FROM orders.suppressions WHERE account_id = $1 AND recipient_index = $2)",
            account_id,
            recipient_index,
        )
        return found

    async def control_arm(self, account_id: UUID, recipient_index: str, drawn: bool, now: datetime) -> bool:
        """The arm that was drawn for this recipient within 30 days; ``drawn`` is stored where none was."""
        arm: bool = await self._tx.fetchval(
            """
            WITH standing AS (
                SELECT control FROM orders.control_arms
                 WHERE account_id = $1 AND recipient_index = $2 AND drawn_at > $4::timestamptz - interval '30 days'
            ), made AS (
                INSERT INTO orders.control_arms (account_id, recipient_index, drawn_at, control)
                SELECT $1, $2, $4, $3 WHERE NOT EXISTS (SELECT FROM standing)
                RETURNING control
            )
            SELECT control FROM standing UNION ALL SELECT control FROM made LIMIT 1
            """,
            account_id,
            recipient_index,
            drawn,
            now,
        )
        return arm
