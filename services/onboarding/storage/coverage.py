"""SQL of coverage: a site's orders by day and by what read their carts, and which of its shares have fallen."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.onboarding.results.coverage import SHOWN_FOR, Known, Orders
from shared.runtime.postgres.pool import Transaction


class CoverageStore:
    """Read by pages that have already found the site in the account, and by the watcher of all shops."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def orders(self, site_id: UUID, time_zone: str, now: datetime) -> list[Orders]:
        """The orders of the last five weeks that had a cart to be seen, counted by the site's own days."""
        rows = await self._tx.fetch(
            """
            SELECT (placed_at AT TIME ZONE $2)::date AS day, cart_seen, cart_reader AS reader, count(*) AS orders,
                   count(*) FILTER (WHERE contact_known) AS contacts
              FROM onboarding.orders
             WHERE site_id = $1 AND cart_seen IS NOT NULL AND placed_at BETWEEN $3 AND $4
             GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2 DESC, 3
            """,
            site_id,
            time_zone,
            now - SHOWN_FOR,
            now,
        )
        return [Orders(**row) for row in rows]

    async def put_falls(self, site_id: UUID, fallen: Sequence[Known]) -> bool:
        """Store which shares have fallen. True where they are others than before."""
        changed: bool | None = await self._tx.fetchval(
            """
            UPDATE onboarding.shop_watches SET coverage_fell = $2
             WHERE site_id = $1 AND coverage_fell <> $2::text[] RETURNING true
            """,
            site_id,
            [what.value for what in fallen],
        )
        return changed is not None

    async def fallen_sites(self) -> dict[Known, int]:
        """Of how many sites each share has fallen."""
        rows = await self._tx.fetch(
            """
            SELECT what, count(w.site_id) AS n FROM onboarding.shop_watches AS w, UNNEST(w.coverage_fell) AS what
             WHERE w.coverage_fell <> '{}' GROUP BY what
            """
        )
        counted = {row["what"]: row["n"] for row in rows}
        return {what: counted.get(what.value, 0) for what in Known}
