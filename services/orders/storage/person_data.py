"""SQL of what orders has of a person, by browsers and contacts that are theirs alone: bounded lists, the newest first."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.orders.rules.evidence import Sighting, visitor_key
from services.orders.storage.evidence import SIGHTINGS
from shared.events.storefront import OrderReported
from shared.runtime.postgres.pool import Transaction
from shared.runtime.security.sealed_answers import MOST_ROWS, Rows, plain_rows

ONE_MORE = MOST_ROWS + 1


class SqlPersonData:
    """Reads alone."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def reports_naming(self, site_id: UUID, keys: Sequence[str]) -> list[OrderReported]:
        """The reports of orders that named one of these keys, the newest first: a bounded number."""
        rows = await self._tx.fetch(
            """
            SELECT report
              FROM orders.reports
             WHERE site_id = $1
               AND report_id IN (SELECT report_id FROM orders.fences WHERE site_id = $1 AND key = ANY($2::text[]))
               AND report <> ''
             ORDER BY effective_at DESC, report_id
             LIMIT $3
            """,
            site_id,
            list(keys),
            ONE_MORE,
        )
        return [OrderReported.model_validate_json(row["report"]) for row in rows]

    async def sightings_of(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Sighting] | None:
        """The sightings of these browsers; None where they are more than the bound."""
        rows = await self._tx.fetch(
            """
            SELECT visitor_id, key, seen_at, is_other_reading FROM orders.sightings
             WHERE site_id = $1 AND visitor_id = ANY($2::text[]) LIMIT $3
            """,
            site_id,
            list(visitor_ids),
            SIGHTINGS,
        )
        return None if len(rows) == SIGHTINGS else [Sighting(**dict(row)) for row in rows]

    async def collect(self, site_id: UUID, visitor_ids: Sequence[str], contacts: Sequence[str]) -> dict[str, Rows]:
        """What is kept of these browsers and contacts (``phone:i1…``), by what it is."""
        visitors, indexes = list(visitor_ids), [contact.partition(":")[2] for contact in contacts]
        lists = {
            "browsers": await self._browsers(site_id, visitors),
            "links_between_browsers_and_contacts": await self._links(site_id, visitors, contacts),
            "carts": await self._carts(site_id, visitors),
            "reminders_planned": await self._nudges(site_id, visitors),
            "purchase_checks": await self._asks(site_id, visitors, indexes),
            "reminders_sent": await self._sent(site_id, visitors),
            "links_followed": await self._followed(site_id, visitors),
            "refusals": await self._refusals(site_id, visitors, indexes),
            "confirmations": await self._confirmations(site_id, visitors, indexes),
            "comparison_groups": await self._arms(site_id, indexes),
        }
        return {name: plain_rows(dict(row) for row in rows) for name, rows in lists.items()}

    async def is_suppressed(self, site_id: UUID, contacts: Sequence[str]) -> bool:
        """Whether one of these contacts is suppressed for the account."""
        found: bool = await self._tx.fetchval(
            """
            SELECT EXISTS (SELECT FROM orders.suppressions AS p
                             JOIN orders.sites AS s ON s.site_id = $1 AND s.account_id = p.account_id
                            WHERE p.recipient_index = ANY($2::text[]))
            """,
            site_id,
            [contact.partition(":")[2] for contact in contacts],
        )
        return found

    async def _browsers(self, site_id: UUID, visitors: Sequence[str]) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            SELECT visitor_id, last_active_at FROM orders.visitors WHERE site_id = $1 AND visitor_id = ANY($2::text[])
             ORDER BY last_active_at DESC LIMIT $3
            """,
            site_id,
            visitors,
            ONE_MORE,
        )

    async def _links(self, site_id: UUID, visitors: Sequence[str], contacts: Sequence[str]) -> list[asyncpg.Record]:
        """The links to the shop's own carts, and those that were followed."""
        return await self._tx.fetch(
            """
            SELECT visitor_id, split_part(key, ':', 1) AS kind, split_part(key, ':', 2) AS index, seen_at
              FROM orders.sightings
             WHERE site_id = $1 AND visitor_id = ANY($2::text[])
               AND (key = ANY($3::text[]) OR split_part(key, ':', 1) IN ('cart', 'link'))
             ORDER BY seen_at DESC LIMIT $4
            """,
            site_id,
            visitors,
            list(contacts),
            ONE_MORE,
        )

    async def _carts(self, site_id: UUID, visitors: Sequence[str]) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            SELECT cart_id, visitor_id, state, items::jsonb AS items, unread_lines, total_minor, total_currency, return_path,
                   return_suffix, opened_at, last_active_at, abandoned_at, abandonment
              FROM orders.carts
             WHERE site_id = $1 AND visitor_id = ANY($2::text[])
             ORDER BY opened_at DESC LIMIT $3
            """,
            site_id,
            visitors,
            ONE_MORE,
        )

    async def _nudges(self, site_id: UUID, visitors: Sequence[str]) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            SELECT n.nudge_id, n.cart_id, n.step, n.channels, n.due_at, n.not_after, n.state, n.final_reason, n.last_reason
              FROM orders.carts AS c
              JOIN orders.nudges AS n ON n.site_id = c.site_id AND n.cart_id = c.cart_id
             WHERE c.site_id = $1 AND c.visitor_id = ANY($2::text[])
             ORDER BY n.due_at DESC LIMIT $3
            """,
            site_id,
            visitors,
            ONE_MORE,
        )

    async def _asks(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> list[asyncpg.Record]:
        """The asks of a person; of one for somebody else's browser, without the browser."""
        return await self._tx.fetch(
            """
            SELECT kind, channel, try_number, arrived_at, answered_at, answer,
                   CASE WHEN visitor_id = ANY($2::text[]) THEN cart_id END AS cart_id
              FROM orders.asks
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
             ORDER BY arrived_at DESC LIMIT $4
            """,
            site_id,
            visitors,
            indexes,
            ONE_MORE,
        )

    async def _sent(self, site_id: UUID, visitors: Sequence[str]) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            SELECT a.cart_id, a.nudge_id, a.accepted_at
              FROM orders.carts AS c
              JOIN orders.accepted_messages AS a ON a.site_id = c.site_id AND a.cart_id = c.cart_id
             WHERE c.site_id = $1 AND c.visitor_id = ANY($2::text[])
             ORDER BY a.accepted_at DESC LIMIT $3
            """,
            site_id,
            visitors,
            ONE_MORE,
        )

    async def _followed(self, site_id: UUID, visitors: Sequence[str]) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            SELECT link_id, visitor_id, followed_at FROM orders.followed_links
             WHERE site_id = $1 AND visitor_id = ANY($2::text[])
             ORDER BY followed_at DESC LIMIT $3
            """,
            site_id,
            visitors,
            ONE_MORE,
        )

    async def _refusals(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            SELECT channel, reason, withdrawn_at FROM orders.withdrawals
             WHERE site_id = $1 AND key = ANY($2::text[])
             ORDER BY withdrawn_at DESC LIMIT $3
            """,
            site_id,
            [*indexes, *(visitor_key(visitor) for visitor in visitors)],
            ONE_MORE,
        )

    async def _confirmations(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            SELECT channel, confirmed_at, CASE WHEN visitor_id = ANY($2::text[]) THEN visitor_id END AS visitor_id
              FROM orders.confirmations
             WHERE site_id = $1 AND (visitor_id = ANY($2::text[]) OR recipient_index = ANY($3::text[]))
             ORDER BY confirmed_at DESC LIMIT $4
            """,
            site_id,
            visitors,
            indexes,
            ONE_MORE,
        )

    async def _arms(self, site_id: UUID, indexes: Sequence[str]) -> list[asyncpg.Record]:
        return await self._tx.fetch(
            """
            SELECT a.drawn_at, a.control
              FROM orders.sites AS s
              JOIN orders.control_arms AS a ON a.account_id = s.account_id
             WHERE s.site_id = $1 AND a.recipient_index = ANY($2::text[])
             ORDER BY a.drawn_at DESC LIMIT $3
            """,
            site_id,
            indexes,
            ONE_MORE,
        )
