"""Orders are counted once by what was known before them; a fall is on the overview, on the meter and in the gauge."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry

from services.onboarding.consumers import apply_cart_events
from services.onboarding.metrics import OnboardingMetrics
from services.onboarding.results.coverage_routes import CoverageGauge
from services.onboarding.setup.shop_checks import ShopChecks
from shared.events.cart import Credit, OrderCoverage, OrderReconciled
from shared.events.envelope import Origin
from shared.events.storefront import Witness
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.processes.shop_pages import Shop
from tests.support.stories.console_client import ConsoleClient

DAY = timedelta(days=1)
SEEN = OrderCoverage(cart_seen=True, contact_known=True, cart_reader="shopify")
MISSED = OrderCoverage(cart_seen=False, contact_known=True)
NUMBERS: Iterator[int] = count(1)


def an_order(site_id: UUID, coverage: OrderCoverage | None, days_ago: int = 0, key: UUID | None = None) -> OrderReconciled:
    """As orders emits it."""
    placed_at = datetime.now(UTC) - timedelta(minutes=5) - days_ago * DAY
    return OrderReconciled(
        event_id=uuid4(),
        site_id=site_id,
        occurred_at=placed_at,
        received_at=placed_at + next(NUMBERS) * timedelta(milliseconds=1),
        order_key=key or uuid4(),
        order_id=None,
        status="placed",
        origin=Origin.STOREFRONT,
        witnesses=(Witness.BROWSER,),
        verified=False,
        total=None,
        placed_at=placed_at,
        credit=Credit.NONE,
        cart_id=None,
        nudge_id=None,
        coverage=coverage,
    )


async def apply(pool: Pool, *orders: OrderReconciled) -> None:
    async with transaction(pool) as tx:
        await apply_cart_events(orders, tx)


async def meter(anna: ConsoleClient) -> dict[str, Any]:
    body: dict[str, Any] = (await anna.http.get(f"/api{anna.site('/coverage')}")).json()
    return body


async def test_each_order_counts_once_as_it_was_reconciled_last(anna: ConsoleClient, pool: Pool) -> None:
    key, repeated = uuid4(), an_order(anna.site_id, MISSED)

    await apply(pool, an_order(anna.site_id, MISSED, key=key), repeated, an_order(anna.site_id, None))
    await apply(pool, an_order(anna.site_id, SEEN, key=key), repeated)
    shown = await meter(anna)

    assert shown["total"] == {"orders": 2, "carts": 1, "contacts": 2}
    assert shown["read_by"] == {"no cart was seen": 1, "shopify": 1}
    assert [day["orders"] for day in shown["days"]] == [2]


async def test_the_meter_shows_shares_by_day_and_by_reader(anna: ConsoleClient, pool: Pool) -> None:
    empty = await anna.http.get(anna.site("/coverage"))
    await apply(pool, *(an_order(anna.site_id, coverage) for coverage in (SEEN, SEEN, SEEN, MISSED)))

    page = await anna.http.get(anna.site("/coverage"))

    assert "The first order that your shop reports shows here." in empty.text
    for text in ('<b id="carts-share">75%</b>', '<b id="contacts-share">100%</b>', "<td>shopify</td>"):
        assert text in page.text


async def test_a_fall_is_on_the_overview_and_in_the_gauge_until_it_has_passed(anna: ConsoleClient, pool: Pool) -> None:
    checks = ShopChecks(pool, Shop(), SystemClock(), "https://in.example")
    await apply(pool, *(an_order(anna.site_id, SEEN, days_ago) for days_ago in range(1, 25)))
    await checks.check(anna.site_id)
    before = await fallen(pool)
    await apply(pool, *(an_order(anna.site_id, MISSED) for _ in range(12)))
    await checks.check(anna.site_id)
    during, overview = await fallen(pool), await anna.http.get(anna.site(""))
    await pool.execute("UPDATE onboarding.orders SET cart_seen = true")
    await checks.check(anna.site_id)

    assert [before, during, await fallen(pool)] == [0, 1, 0]
    assert "Carts seen before orders" in overview.text
    assert "0%; of those before, for 100%" in overview.text


async def fallen(pool: Pool) -> float:
    """As Prometheus reads it."""
    registry = CollectorRegistry()
    await CoverageGauge(pool, OnboardingMetrics(registry)).measure()
    value = registry.get_sample_value("beckon_onboarding_sites_with_fallen_coverage", {"what": "cart"})
    assert value is not None
    return value


async def test_nobody_sees_another_accounts_meter(anna: ConsoleClient, mallory: ConsoleClient, pool: Pool) -> None:
    await apply(pool, an_order(anna.site_id, SEEN))

    assert (await mallory.http.get(anna.site("/coverage"))).status_code == 404
    assert (await mallory.http.get(f"/api{anna.site('/coverage')}")).status_code == 404
