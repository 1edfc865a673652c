"""Shops are checked by one replica, in turn, few at once, and none at another's cost."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.onboarding.consumers import apply_cart_events
from services.onboarding.setup.shop_checks import AT_ONCE_UNSEEN, ShopChecks
from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.watches import TAKE_DUE, TAKE_OPEN
from shared.events.cart import CartAbandoned
from shared.events.envelope import CartItem
from shared.messages.item_names import name_hash
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.processes.shop_pages import Shop, page_with_code
from tests.support.stories.console_client import ConsoleClient
from tests.support.waiting import eventually


async def is_due(pool: Pool) -> None:
    """Time has passed, and every shop is due again."""
    async with pool.acquire() as connection:
        await connection.execute("UPDATE onboarding.shop_watches SET due_at = now() - interval '1 second'")


async def test_a_shop_whose_pages_nobody_has_open_is_watched_by_one_replica(
    anna: ConsoleClient, pool: Pool, shop: Shop
) -> None:
    shop.page = await page_with_code(anna)
    replicas = [ShopChecks(pool, shop, SystemClock(), "https://in.example") for _ in range(3)]
    running = asyncio.gather(*(replica.run() for replica in replicas))
    await eventually(lambda: fault_is(pool, anna, 1, gone=False))
    checks = len(shop.hosts)
    shop.page = "<html></html>"
    await is_due(pool)
    await eventually(lambda: fault_is(pool, anna, 1, gone=True))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert (checks, len(shop.hosts)) == (1, 2)


async def fault_is(pool: Pool, anna: ConsoleClient, rows: int, *, gone: bool) -> bool:
    async with pool.acquire() as connection:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM onboarding.shop_checks WHERE site_id = $1 AND (code_gone_at IS NOT NULL) = $2",
            anna.site_id,
            gone,
        )
    return found == rows


async def test_shops_without_an_open_page_are_no_burst_and_keep_nobody_waiting(
    anna: ConsoleClient, pool: Pool, shop: Shop
) -> None:
    checks = ShopChecks(pool, shop, SystemClock(), "https://in.example")
    async with pool.acquire() as connection:
        await connection.execute(
            """
            INSERT INTO onboarding.sites (site_id, account_id, revision, settings, created_at)
            SELECT gen_random_uuid(), s.account_id, 1, replace(s.settings, '"shop.example"', '"slow.example"'), now()
              FROM onboarding.sites AS s, generate_series(1, 1000)
            """
        )
        await connection.execute(
            """
            INSERT INTO onboarding.shop_watches (site_id, due_at, open_until)
            SELECT s.site_id, now() - interval '1 hour', s.created_at FROM onboarding.sites AS s ON CONFLICT DO NOTHING
            """
        )
    shop.slow = {"slow.example"}
    running = asyncio.create_task(checks.run())
    await eventually(lambda: has_slow_checks(shop, AT_ONCE_UNSEEN))
    await checks.watch(anna.site_id)
    await eventually(lambda: was_checked(shop))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert shop.hosts.count("slow.example") == AT_ONCE_UNSEEN


@pytest.mark.parametrize("statement", [TAKE_OPEN, TAKE_DUE])
async def test_taking_what_is_due_does_not_walk_ten_thousand_shops(pool: Pool, statement: str) -> None:
    now = datetime.now(UTC)
    async with pool.acquire() as connection:
        await connection.execute(
            """
            INSERT INTO onboarding.shop_watches (site_id, due_at, open_until)
            SELECT gen_random_uuid(), now() + n * interval '1 second', now() - n * interval '1 second'
              FROM generate_series(1, 10000) AS n
            """
        )
        await connection.execute("ANALYZE onboarding.shop_watches")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}", now, 4, now))

    assert "Seq Scan on shop_watches" not in plan


async def has_slow_checks(shop: Shop, count: int) -> bool:
    return shop.hosts.count("slow.example") >= count


async def was_checked(shop: Shop) -> bool:
    return "shop.example" in shop.hosts


async def test_names_of_left_items_are_searched_on_their_own_pages(anna: ConsoleClient, pool: Pool, shop: Shop) -> None:
    shop.further = {
        "/wines/red": "<title>Old Harbor Red | Harbor &amp; Vine</title>"
        '<meta property="og:image" content="https://cdn.example.net/red.jpg">',
        "/search/call-me": '<title>Zadzwoń</title><meta property="og:image" content="https://elsewhere.example/x.jpg">',
    }
    named = [("Old Harbor Red", "/wines/red"), ("Zadzwoń do nas", "/wines/red"), ("Zadzwoń", "/search/call-me")]
    async with pool.acquire() as connection:
        await connection.execute("UPDATE onboarding.shop_watches SET due_at = now() + interval '1 day'")
    checks = ShopChecks(pool, shop, SystemClock(), "https://in.example")
    async with transaction(pool) as tx:
        await apply_cart_events([left_behind(anna, named)], tx)
    running = asyncio.create_task(checks.run())
    await eventually(lambda: has_names(pool, anna))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    async with transaction(pool) as tx:
        site = await AccountStore(tx).settings_of(anna.site_id)
        sent = await tx.fetchval("SELECT count(*) FROM onboarding.outbox WHERE topic = 'site-settings'")
    assert site is not None
    assert site.page_names == (name_hash("Old Harbor Red"),)
    assert site.picture_hosts == ("cdn.example.net",)
    assert (site.revision, sent) == (2, 2)


async def has_names(pool: Pool, anna: ConsoleClient) -> bool:
    async with transaction(pool) as tx:
        site = await AccountStore(tx).settings_of(anna.site_id)
    return site is not None and bool(site.page_names)


def left_behind(anna: ConsoleClient, named: list[tuple[str, str]]) -> CartAbandoned:
    at = datetime.now(UTC)
    return CartAbandoned(
        event_id=uuid4(), site_id=anna.site_id, occurred_at=at, received_at=at, cart_id=uuid4(), visitor_id="v" * 22,
        total=None, opened_at=at, abandoned_at=at, abandonment=1, planned=(), return_path=None,
        items=tuple(CartItem(product_id=name, name=name, quantity=1, unit_price=None, path=path) for name, path in named),
    )  # fmt: skip


async def test_a_shop_that_never_answers_or_brings_out_a_bug_costs_the_others_nothing(
    anna: ConsoleClient, mallory: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks
) -> None:
    for number in range(2):
        await mallory.posts("/sites", name="Slow", host=f"slow{number}.example")
    shop.slow, shop.breaks = {"slow0.example"}, {"slow1.example"}
    for site in (await mallory.http.get("/api/sites")).json()["sites"]:
        await checks.watch(UUID(site["site_id"]))
    await checks.watch(anna.site_id)
    running = asyncio.create_task(checks.run())

    async def others_were_checked() -> bool:
        return {"slow0.example", "slow1.example"} <= set(shop.hosts) and shop.hosts.count("shop.example") >= 2

    await eventually(others_were_checked)

    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
