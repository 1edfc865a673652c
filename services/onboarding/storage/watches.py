"""SQL of the schedule of shop checks: any replica takes what is due, and no two take the same."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.onboarding.setup.shop_schedule import OPEN_FOR, WatchedShop
from services.onboarding.shop_pages.page_histories import from_json
from shared.events.envelope import CartItem
from shared.messages.item_names import name_hash
from shared.runtime.postgres.pool import Transaction

LEASE = timedelta(seconds=60)
"""A check whose process ended with it is repeated after so long."""
WOKEN_EVERY = timedelta(minutes=10)
"""Carts are left by the minute in a large shop, and anybody can name an item that no page bears."""
ASKED_AGAIN = timedelta(minutes=1)
"""A page that stays up to date asks every few seconds; its row is written once a minute."""


TAKE_OPEN = """
    WITH due AS MATERIALIZED (
        SELECT w.site_id FROM onboarding.shop_watches AS w
         WHERE w.open_until > $1 AND w.due_at <= $1
         ORDER BY w.due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    UPDATE onboarding.shop_watches AS w SET due_at = $3 FROM due WHERE w.site_id = due.site_id RETURNING w.site_id
"""
TAKE_DUE = """
    WITH due AS MATERIALIZED (
        SELECT w.site_id FROM onboarding.shop_watches AS w
         WHERE w.due_at <= $1
         ORDER BY w.due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    UPDATE onboarding.shop_watches AS w SET due_at = $3 FROM due WHERE w.site_id = due.site_id RETURNING w.site_id
"""


class WatchStore:
    """One transaction's view of all shops: for the watcher's own use, not for a request of an account."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def open(self, site_id: UUID, now: datetime) -> None:
        """Record that a site's set-up is open: its check is due at once, unless it was open before."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.shop_watches AS w (site_id, due_at, open_until) VALUES ($1, $2, $3)
                ON CONFLICT (site_id) DO UPDATE
               SET open_until = excluded.open_until,
                   due_at = CASE WHEN w.open_until > $2 THEN w.due_at ELSE least(w.due_at, $2) END
             WHERE w.open_until < excluded.open_until - $4::interval
            """,
            site_id,
            now,
            now + OPEN_FOR,
            ASKED_AGAIN,
        )

    async def take_open(self, now: datetime, most: int) -> list[UUID]:
        """Shops whose set-up is open and whose next check is due, leased to this replica."""
        rows = await self._tx.fetch(TAKE_OPEN, now, most, now + LEASE)
        return [row["site_id"] for row in rows]

    async def take_due(self, now: datetime, most: int) -> list[UUID]:
        """The shops that have waited longest for their next check, leased to this replica."""
        rows = await self._tx.fetch(TAKE_DUE, now, most, now + LEASE)
        return [row["site_id"] for row in rows]

    async def shop(self, site_id: UUID) -> WatchedShop | None:
        """The facts that decide how often a shop is checked."""
        row = await self._tx.fetchrow(
            """
            SELECT s.created_at, w.open_until, c.code_gone_at, c.pages,
                   (SELECT g.last_at FROM onboarding.signals AS g
                     WHERE g.site_id = $1 AND g.kind = 'beacon_seen') AS visited_at,
                   EXISTS (SELECT FROM onboarding.signals AS g WHERE g.site_id = $1 AND g.kind = 'order_seen') AS has_orders
              FROM onboarding.sites AS s
              JOIN onboarding.shop_watches AS w ON w.site_id = s.site_id
              LEFT JOIN onboarding.shop_checks AS c ON c.site_id = s.site_id
             WHERE s.site_id = $1
            """,
            site_id,
        )
        if row is None:
            return None
        gone = (row["code_gone_at"], *(page.gone_at for page in from_json(json.loads(row["pages"] or "[]"))))
        return WatchedShop(
            site_id=site_id,
            created_at=row["created_at"],
            open_until=row["open_until"],
            visited_at=row["visited_at"],
            is_set_up=row["visited_at"] is not None and row["has_orders"],
            gone_at=max((at for at in gone if at is not None), default=None),
        )

    async def rest_until(self, site_id: UUID, due_at: datetime, now: datetime) -> None:
        """Store when a shop is checked next. Where somebody has opened its set-up meanwhile it stays due at once."""
        await self._tx.execute(
            "UPDATE onboarding.shop_watches SET due_at = $2 WHERE site_id = $1 AND due_at > $3", site_id, due_at, now
        )

    async def wake(self, site_id: UUID, names: Sequence[str], at: datetime) -> None:
        """Have a shop checked soon where a cart holds a name that its pages were not seen to bear."""
        await self._tx.execute(
            """
            UPDATE onboarding.shop_watches AS w SET due_at = $2
              FROM onboarding.sites AS s
             WHERE w.site_id = $1 AND s.site_id = $1 AND w.due_at > $2
               AND NOT coalesce(s.settings::jsonb -> 'page_names', '[]'::jsonb) @> $3::jsonb
               AND NOT EXISTS (SELECT FROM onboarding.shop_checks AS c
                                WHERE c.site_id = $1 AND c.checked_at > $2 - $4::interval)
            """,
            site_id,
            at,
            json.dumps([name_hash(name) for name in names]),
            WOKEN_EVERY,
        )

    async def items_of_carts(self, site_id: UUID) -> list[CartItem]:
        """What lies in the carts that were left last."""
        rows = await self._tx.fetch(
            """
            SELECT items FROM onboarding.carts WHERE site_id = $1 AND abandoned
             ORDER BY changed_at DESC, cart_id DESC LIMIT 20
            """,
            site_id,
        )
        return [CartItem.model_validate(item) for row in rows for item in json.loads(row["items"])]
