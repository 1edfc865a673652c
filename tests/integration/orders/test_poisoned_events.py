"""An event that every reader understands and no database takes is set aside with a hold; the orders beside it still silence."""

from datetime import datetime
from typing import Any

import pytest

from services.orders.app import subscriptions
from shared.events.envelope import Event, Identity, IdentityKind
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool
from tests.support.builders.orders import LAPTOP, PHONE, SITE, a_cart_update, a_visit, an_order, visitor
from tests.support.records import a_record, apply, held_sites

NUL = Identity(kind=IdentityKind.CART, index="a\0b")
LAST = datetime.fromisoformat("9999-12-31T23:59:59+00:00")
FIRST = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "poison",
    [
        an_order(visitor(PHONE), order_id="B-\0", name="p"),
        an_order(visitor(PHONE), NUL, name="p"),
        an_order(visitor(PHONE), total=10**30, name="p"),
        an_order(visitor(PHONE), uncertainty=10**30, name="p"),
        an_order(visitor(PHONE), uncertainty=10**12, name="p"),
        an_order(visitor(PHONE), when=LAST, name="p"),
        an_order(visitor(PHONE), when=FIRST, name="p"),
        a_cart_update(PHONE, version=2**63, name="p"),
        a_cart_update(PHONE, when=LAST, name="p"),
        a_visit(PHONE, when=FIRST),
    ],
    ids=lambda event: f"{event.type}",
)
async def test_what_cannot_be_stored_costs_itself_and_silences_its_site(pool: Pool, poison: Event) -> None:
    nobody: Any = None
    storefront = next(each for each in subscriptions(SystemClock(), nobody) if each.topic == "storefront-events")
    good: list[Event] = [a_cart_update(LAPTOP, name="a"), an_order(visitor(LAPTOP), name="b")]

    came = await apply(pool, "orders", storefront, [a_record(event) for event in [good[0], poison, good[1]]])

    assert [event for event in came.events if event is not poison and event != poison] == good
    assert await pool.fetchval("SELECT count(*) FROM orders.fences WHERE key LIKE '%' || $1", LAPTOP) == 1
    letters = await pool.fetchval("SELECT count(*) FROM orders.outbox WHERE topic = 'storefront-events-dlq'")
    assert letters + (poison in came.events) == 1
    assert await held_sites(pool, "orders") == ({SITE} if letters else set())
