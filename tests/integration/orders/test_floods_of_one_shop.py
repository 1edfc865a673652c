"""A stranger who floods one shop does not hold up the others: a batch costs so many statements, however its events repeat."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.orders.consumers import apply_storefront_events
from services.orders.handlers.order_reports import MOST_REPORTS
from services.orders.storage.postgres import SqlStore
from shared.events.storefront import LinkFollowed, StorefrontEvent
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.builders.orders import (
    LAPTOP,
    NOON,
    SITE,
    a_cart_update,
    an_id,
    an_identification,
    an_order,
    at,
    email,
    visitor,
)

CROWD = [f"visitor{number:015}" for number in range(40)]
"""More browsers than a reminder is ever sent for; all of them named one address."""
FEW, MANY = 5, 50


async def statements_of(pool: Pool, events: Sequence[StorefrontEvent]) -> int:
    """How many statements it took to apply them as one batch."""
    counted = 0

    def count(_: Any) -> None:
        nonlocal counted
        counted += 1

    async with transaction(pool) as tx, pool.acquire() as _:
        connection: asyncpg.Connection = tx  # type: ignore[assignment]
        connection.add_query_logger(count)
        await apply_storefront_events(events, SqlStore(tx), NOON + timedelta(hours=1))
        connection.remove_query_logger(count)
    return counted


def a_followed_link(number: int) -> LinkFollowed:
    return LinkFollowed(
        event_id=an_id(),
        site_id=SITE,
        occurred_at=NOON,
        received_at=NOON,
        visitor_id=CROWD[0],
        link_id=f"{number:032x}",
        via="snippet",
    )


def orders(number: int, order_id: str | None = None) -> list[StorefrontEvent]:
    named = [visitor(CROWD[0]), email("all")]
    return [an_order(*named, when=at(1), order_id=order_id or f"{number}-{each}", total=each) for each in range(number)]


@pytest.fixture
async def crowded(pool: Pool) -> Pool:
    """A shop whose address book has many readers, each with a cart, and orders for all of them."""
    identified = [an_identification(each, email("all")) for each in CROWD]
    await statements_of(pool, [*identified, *(a_cart_update(each) for each in CROWD), *orders(FEW)])
    return pool


async def test_invented_links_cost_no_more_than_to_record_them(crowded: Pool) -> None:
    few = await statements_of(crowded, [a_followed_link(number) for number in range(FEW)])
    many = await statements_of(crowded, [a_followed_link(FEW + number) for number in range(MANY)])

    assert many - few <= MANY - FEW


async def test_orders_for_an_address_that_many_share_read_each_browser_once(crowded: Pool) -> None:
    carts = [a_cart_update(each, at(2), seq=2) for each in CROWD]

    few = await statements_of(crowded, [*carts, *orders(FEW)])
    many = await statements_of(crowded, orders(MANY))

    assert many - few <= 30 * (MANY - FEW)


async def test_reports_of_one_order_are_reconciled_once_and_few_of_them_kept(crowded: Pool) -> None:
    few = await statements_of(crowded, orders(FEW, "1001"))
    many = await statements_of(crowded, orders(2 * MOST_REPORTS, "1001"))

    assert many - few <= 3 * 2 * MOST_REPORTS
    assert await crowded.fetchval("SELECT count(*) FROM orders.reports WHERE report LIKE '%\"1001\"%'") == MOST_REPORTS
    assert await crowded.fetchval("SELECT count(*) FROM orders.fences WHERE key LIKE '%' || $1", CROWD[0]) >= 2 * MOST_REPORTS


async def test_many_carts_of_one_browser_are_closed_together(pool: Pool) -> None:
    await statements_of(pool, [a_cart_update(LAPTOP, seq=number) for number in range(1, 20)])

    assert await statements_of(pool, [an_order(visitor(LAPTOP), when=at(1))]) < 60
    assert await pool.fetchval("SELECT count(*) FROM orders.carts WHERE state = 'bought'") == 19
