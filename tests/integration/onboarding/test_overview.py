"""The overview's figures: recovered orders are counted and added up by currency, and one without its total is not lost."""

from datetime import UTC, datetime
from uuid import uuid4

from services.onboarding.consumers import apply_cart_events
from shared.events.cart import Credit, OrderReconciled
from shared.events.envelope import Money, Origin
from shared.events.storefront import Witness
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ConsoleClient


async def apply_recovered_order(anna: ConsoleClient, pool: Pool, total: Money | None) -> None:
    """An order that the shop's server reported, and that a reminder brought."""
    now = datetime.now(UTC)
    order = OrderReconciled(
        event_id=uuid4(),
        site_id=anna.site_id,
        occurred_at=now,
        received_at=now,
        order_key=uuid4(),
        order_id=None,
        status="placed",
        origin=Origin.STOREFRONT,
        witnesses=(Witness.SERVER,),
        verified=True,
        credit_verified=True,
        total=total,
        placed_at=now,
        credit=Credit.RECOVERED,
        cart_id=None,
        nudge_id=None,
    )
    async with transaction(pool) as tx:
        await apply_cart_events([order], tx)


async def test_a_recovered_order_without_a_total_is_shown_as_such(anna: ConsoleClient, pool: Pool) -> None:
    before = (await anna.http.get(anna.site(""))).text
    await apply_recovered_order(anna, pool, None)
    page = (await anna.http.get(anna.site(""))).text
    await apply_recovered_order(anna, pool, Money(minor=2450, currency="USD"))
    await apply_recovered_order(anna, pool, None)
    both = (await anna.http.get(anna.site(""))).text
    figures = (await anna.http.get(f"/api{anna.site('/overview')}")).json()

    assert ("Nothing yet" in before, "no total" in before) == (True, False)
    assert ("Nothing yet" in page, "Total unknown" in page) == (False, True)
    assert "1 recovered order: no total was sent" in page
    assert "2 recovered orders: no total was sent" in both
    assert (figures["recovered_orders"], figures["recovered_without_total"]) == (3, 2)
    assert figures["recovered"] == [{"minor": 2450, "currency": "USD"}]
