"""All SQL of what the console shows: carts, timelines, orders."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.onboarding.results.timelines import Entry, entry_of
from services.onboarding.storage.accounts import dump_event
from shared.events.cart import CartAbandoned, CartClosed, CartResumed, OrderReconciled
from shared.events.envelope import Channel, Event, Money
from shared.runtime.postgres.pool import Transaction


@dataclass(frozen=True)
class Figures:
    """The overview. Money is never added over currencies: one amount for each. An order may have come without its total."""

    carts: int
    abandoned: int
    messaged: int
    silenced: dict[str, int]
    withheld: dict[str, int]
    recovered_orders: int
    recovered: tuple[Money, ...]
    recovered_unverified: tuple[Money, ...]
    recovered_without_total: int


class ProjectionStore:
    """Written by consumers, read by pages that have already found the site in the account."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def note(self, event: Event, cart_id: UUID | None, visitor_id: str | None) -> bool:
        """Put an event on the timeline, without its shopper where they were erased. False when it is there already."""
        noted: bool | None = await self._tx.fetchval(
            """
            INSERT INTO onboarding.timeline (site_id, event_id, cart_id, visitor_id, happened_at, event)
            SELECT $1::uuid, $2::uuid, $3::uuid, CASE WHEN erased THEN NULL ELSE $4::text END, $5::timestamptz,
                   CASE WHEN erased THEN ($6::text::jsonb - '{visitor_id,items,recipient,cart}'::text[])::text ELSE $6 END
              FROM (SELECT EXISTS (SELECT FROM onboarding.carts AS c
                                    WHERE c.site_id = $1 AND c.cart_id = $3 AND c.state = 'erased') AS erased) AS of_cart
                ON CONFLICT DO NOTHING RETURNING true
            """,
            event.site_id,
            event.event_id,
            cart_id,
            visitor_id,
            event.received_at,
            dump_event(event),
        )
        return noted is not None

    async def put_abandoned(self, event: CartAbandoned) -> None:
        """Store a cart that was left behind. An end that came first stays, but for those after which it may be filled again."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.carts AS c (site_id, cart_id, visitor_id, state, items, total_minor, total_currency,
                                               opened_at, changed_at, abandoned, unread_lines)
            VALUES ($1, $2, $3, 'abandoned', $4, $5, $6, $7, $8, true, $9)
                ON CONFLICT (site_id, cart_id) DO UPDATE
               SET state = CASE WHEN c.state IN ('open', 'abandoned') THEN 'abandoned'
                                WHEN c.state IN ('emptied', 'bought_uncertain') AND c.changed_at < excluded.changed_at
                                THEN 'abandoned'
                                ELSE c.state END,
                   items = CASE WHEN c.state = 'erased' THEN c.items ELSE excluded.items END,
                   unread_lines = CASE WHEN c.state = 'erased' THEN c.unread_lines ELSE excluded.unread_lines END,
                   total_minor = excluded.total_minor, total_currency = excluded.total_currency,
                   changed_at = greatest(c.changed_at, excluded.changed_at), abandoned = true
            """,
            event.site_id,
            event.cart_id,
            event.visitor_id,
            json.dumps([item.model_dump(mode="json") for item in event.items]),
            None if event.total is None else event.total.minor,
            None if event.total is None else event.total.currency,
            event.opened_at,
            event.received_at,
            event.unread_lines,
        )

    async def put_state(self, event: CartClosed | CartResumed) -> None:
        """Store that a cart ended, or is open again."""
        closed = isinstance(event, CartClosed)
        total = event.total if isinstance(event, CartClosed) else None
        await self._tx.execute(
            """
            INSERT INTO onboarding.carts AS c (site_id, cart_id, visitor_id, state, total_minor, total_currency,
                                               opened_at, changed_at, closed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (site_id, cart_id) DO UPDATE
               SET state = CASE WHEN c.state IN ('open', 'abandoned') THEN excluded.state
                                WHEN c.state IN ('emptied', 'bought_uncertain') AND c.changed_at < excluded.changed_at
                                     AND excluded.state <> 'open' THEN excluded.state
                                ELSE c.state END,
                   changed_at = greatest(c.changed_at, excluded.changed_at),
                   closed_by = coalesce(CASE WHEN c.state = 'bought_uncertain' THEN excluded.closed_by END,
                                        c.closed_by, excluded.closed_by)
            """,
            event.site_id,
            event.cart_id,
            event.visitor_id,
            event.outcome.value if isinstance(event, CartClosed) else "open",
            None if total is None else total.minor,
            None if total is None else total.currency,
            event.opened_at if isinstance(event, CartClosed) and closed else event.occurred_at,
            event.received_at,
            event.order_event_id if isinstance(event, CartClosed) else None,
        )

    async def mark_cart(
        self,
        site_id: UUID,
        cart_id: UUID,
        *,
        silenced: str | None = None,
        withheld: str | None = None,
        declined: str | None = None,
        sent_by: Channel | None = None,
    ) -> None:
        """Store what became of a cart's reminders, for the figures and the list."""
        await self._tx.execute(
            """
            UPDATE onboarding.carts
               SET silenced_reason = coalesce($3, silenced_reason), withheld_reason = coalesce($4, withheld_reason),
                   declined_reason = coalesce($5, declined_reason), messaged = messaged OR $6::text IS NOT NULL,
                   sent_sms = sent_sms OR coalesce($6 = 'sms', false), sent_push = sent_push OR coalesce($6 = 'push', false)
             WHERE site_id = $1 AND cart_id = $2
            """,
            site_id,
            cart_id,
            silenced,
            withheld,
            declined,
            None if sent_by is None else sent_by.value,
        )

    async def cart_closed_by(self, site_id: UUID, report_ids: Sequence[UUID]) -> UUID | None:
        """The cart that one of an order's reports has closed, for the order's entry on a timeline."""
        found: UUID | None = await self._tx.fetchval(
            """
            SELECT cart_id FROM onboarding.carts WHERE site_id = $1 AND closed_by = ANY($2::uuid[])
             ORDER BY changed_at DESC LIMIT 1
            """,
            site_id,
            list(report_ids),
        )
        return found

    async def put_order(self, event: OrderReconciled) -> None:
        """Store the whole state of an order; the latest holds. Its revenue is verified where order and credit are."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.orders AS o (site_id, order_key, status, credit, verified, total_minor, total_currency,
                                                cart_id, placed_at, told_at, order_id, witnesses, report_ids,
                                                cart_seen, contact_known, cart_reader)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                ON CONFLICT (site_id, order_key) DO UPDATE
               SET status = excluded.status, credit = excluded.credit, verified = excluded.verified,
                   total_minor = excluded.total_minor, total_currency = excluded.total_currency,
                   cart_id = excluded.cart_id, told_at = excluded.told_at, order_id = excluded.order_id,
                   witnesses = excluded.witnesses, report_ids = excluded.report_ids, cart_seen = excluded.cart_seen,
                   contact_known = excluded.contact_known, cart_reader = excluded.cart_reader
             WHERE o.told_at <= excluded.told_at
            """,
            event.site_id,
            event.order_key,
            event.status,
            event.credit.value,
            event.verified and event.credit_verified is not False,
            None if event.total is None else event.total.minor,
            None if event.total is None else event.total.currency,
            event.cart_id,
            event.placed_at,
            event.received_at,
            event.order_id,
            [witness.value for witness in event.witnesses],
            list(event.report_ids),
            None if event.coverage is None else event.coverage.cart_seen,
            None if event.coverage is None else event.coverage.contact_known,
            None if event.coverage is None else event.coverage.cart_reader,
        )

    async def timeline(self, site_id: UUID, cart_id: UUID) -> list[Entry]:
        """Everything about a cart, and replies of its shopper's phone meanwhile, in the order of their arrival."""
        rows = await self._tx.fetch(
            """
            SELECT event, happened_at FROM onboarding.timeline
             WHERE site_id = $1
               AND (cart_id = $2 OR (cart_id IS NULL AND visitor_id = (
                    SELECT visitor_id FROM onboarding.carts WHERE site_id = $1 AND cart_id = $2)))
             ORDER BY happened_at, event_id LIMIT 500
            """,
            site_id,
            cart_id,
        )
        return [entry_of(json.loads(row["event"]), row["happened_at"]) for row in rows]

    async def figures(self, site_id: UUID) -> Figures:
        """The overview's numbers."""
        row = await self._tx.fetchrow(
            """
            SELECT count(*) AS carts, count(*) FILTER (WHERE abandoned) AS abandoned,
                   count(*) FILTER (WHERE messaged) AS messaged
              FROM onboarding.carts WHERE site_id = $1
            """,
            site_id,
        )
        assert row is not None, "an aggregate always has a row"
        recovered = await self._tx.fetch(
            """
            SELECT total_currency, sum(total_minor)::bigint AS minor, verified, count(*) AS n FROM onboarding.orders
             WHERE site_id = $1 AND credit = 'recovered' AND status = 'placed' GROUP BY total_currency, verified
            """,
            site_id,
        )
        return Figures(
            carts=row["carts"],
            abandoned=row["abandoned"],
            messaged=row["messaged"],
            silenced=await self._silenced(site_id),
            withheld=await self._withheld(site_id),
            recovered_orders=sum(each["n"] for each in recovered),
            recovered=_amounts(recovered, verified=True),
            recovered_unverified=_amounts(recovered, verified=False),
            recovered_without_total=sum(each["n"] for each in recovered if each["total_currency"] is None),
        )

    async def _silenced(self, site_id: UUID) -> dict[str, int]:
        rows = await self._tx.fetch(
            """
            SELECT silenced_reason AS reason, count(*) AS n FROM onboarding.carts
             WHERE site_id = $1 AND silenced_reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC
            """,
            site_id,
        )
        return {row["reason"]: row["n"] for row in rows}

    async def _withheld(self, site_id: UUID) -> dict[str, int]:
        rows = await self._tx.fetch(
            """
            SELECT withheld_reason AS reason, count(*) AS n FROM onboarding.carts
             WHERE site_id = $1 AND withheld_reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC
            """,
            site_id,
        )
        return {row["reason"]: row["n"] for row in rows}


def _amounts(rows: Sequence[asyncpg.Record], *, verified: bool) -> tuple[Money, ...]:
    return tuple(
        Money(minor=row["minor"], currency=row["total_currency"])
        for row in rows
        if row["verified"] is verified and row["total_currency"] is not None
    )
