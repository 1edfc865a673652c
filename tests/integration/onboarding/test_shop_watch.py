"""A code that goes from a shop's page is shown as broken at the next look, and as good when it is back."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.onboarding.consumers import apply_cart_events, apply_site_signals
from services.onboarding.setup.shop_check import Fetcher
from services.onboarding.setup.shop_checks import AT_ONCE_UNSEEN, ShopChecks
from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.watches import TAKE_DUE, TAKE_OPEN
from shared.events.cart import CartAbandoned
from shared.events.envelope import CartItem
from shared.events.signals import SignalKind, SiteSignalled
from shared.messages.item_names import name_hash
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.security.outbound import Answer, NotReached
from tests.support.stories.console_client import ConsoleClient
from tests.support.waiting import eventually


class Shop:
    """A shop whose page can be changed, that can be away, or never answer."""

    def __init__(self) -> None:
        self.page: str | None = ""
        self.further: dict[str, str] = {}
        self.hosts: list[str] = []
        self.slow: set[str] = set()
        self.breaks: set[str] = set()

    async def get(self, host: str, path: str) -> Answer:
        """Its page as it is now."""
        self.hosts.append(host)
        if path != "/":
            found = self.further.get(path)
            return Answer(404 if found is None else 200, {"content-type": "text/html"}, (found or "").encode())
        if host in self.slow:
            await asyncio.Event().wait()
        if host in self.breaks:
            raise ZeroDivisionError
        if self.page is None:
            raise NotReached("away")
        return Answer(200, {"content-type": "text/html"}, self.page.encode())


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def checks(pool: Pool, shop: Shop) -> ShopChecks:
    fetcher: Fetcher = shop
    return ShopChecks(pool, fetcher, SystemClock(), "https://in.example")


async def tracking_of(anna: ConsoleClient) -> tuple[str, str]:
    """State and fault of the step, as the API returns them."""
    steps = (await anna.http.get(f"/api{anna.site('/setup')}")).json()["steps"]
    return next((step["state"], step["fault"]) for step in steps if step["key"] == "tracking")


async def page_with_code(anna: ConsoleClient) -> str:
    key = (await anna.http.get(f"/api{anna.site('/codes')}")).json()["site_key"]
    return f'<html><head><script async src="https://in.example/s/{key}.js"></script></head><body></body></html>'


async def overview_of(anna: ConsoleClient) -> list[str]:
    """The faults that the API names."""
    return [step["fault"] for step in (await anna.http.get(f"/api{anna.site('/overview')}")).json()["broken"]]


async def is_due(pool: Pool) -> None:
    """Time has passed, and every shop is due again."""
    async with pool.acquire() as connection:
        await connection.execute("UPDATE onboarding.shop_watches SET due_at = now() - interval '1 second'")


async def signals(anna: ConsoleClient, pool: Pool, kind: SignalKind, path: str, *, ago: timedelta = timedelta(0)) -> None:
    """What ingest noticed on one of the shop's pages."""
    at = datetime.now(UTC) - ago
    signal = SiteSignalled(
        event_id=uuid4(), site_id=anna.site_id, occurred_at=at, received_at=at, kind=kind, count=1,
        host="shop.example", path=path,
    )  # fmt: skip
    async with transaction(pool) as tx:
        await apply_site_signals([signal], tx)


async def a_visit(anna: ConsoleClient, pool: Pool) -> None:
    now = datetime.now(UTC)
    seen = SiteSignalled(
        event_id=uuid4(), site_id=anna.site_id, occurred_at=now, received_at=now, kind=SignalKind.BEACON_SEEN, count=1,
        host="shop.example", path="/", in_head=True,
    )  # fmt: skip
    async with transaction(pool) as tx:
        await apply_site_signals([seen], tx)


async def test_a_code_that_goes_is_broken_at_the_next_check_and_good_when_it_is_back(
    anna: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks
) -> None:
    states, with_code = [], await page_with_code(anna)
    await a_visit(anna, pool)
    for page in (with_code, "<html></html>", None, "<html></html>", with_code):
        shop.page = page
        await checks.check(anna.site_id)
        await a_visit(anna, pool)  # of who had a page open from before
        states.append(await tracking_of(anna))

    gone = ("broken", "code_gone")
    assert states == [("verified", ""), gone, gone, gone, ("verified", "")]
    assert "is not there any more" not in (await anna.http.get(anna.site("/setup"))).text


@pytest.mark.parametrize("path", ["/cart", "/wines/old-harbor-red"])
async def test_a_code_gone_from_cart_or_product_is_broken_on_set_up_and_overview(
    anna: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks, path: str
) -> None:
    with_code = await page_with_code(anna)
    shop.page = with_code + '<a href="/cart">Cart</a><a href="/wines/old-harbor-red">Red</a>'
    shop.further = {"/cart": with_code, "/wines/old-harbor-red": with_code}
    await a_visit(anna, pool)
    await checks.check(anna.site_id)
    good = (await tracking_of(anna), await overview_of(anna))
    shop.further[path] = "<html></html>"
    later = ShopChecks(pool, shop, Later(), "https://in.example")
    await later.check(anna.site_id)

    assert good == (("verified", ""), [])
    assert (await tracking_of(anna), await overview_of(anna)) == (("broken", "code_gone"), ["code_gone"])
    pages = (await anna.http.get(f"/api{anna.site('/setup')}")).json()["pages"]
    assert [page["path"] for page in pages if page["gone_at"] is not None] == [path]
    for page in (anna.site("/setup"), anna.site()):
        assert f"The code was on {path}, and is not there any more" in (await anna.http.get(page)).text


class Later(SystemClock):
    """A minute later than it is."""

    def now(self) -> datetime:
        return super().now() + timedelta(minutes=1)


async def test_a_shop_whose_pages_nobody_has_open_is_watched_by_one_replica(
    anna: ConsoleClient, pool: Pool, shop: Shop
) -> None:
    shop.page = await page_with_code(anna)
    replicas = [ShopChecks(pool, shop, SystemClock(), "https://in.example") for _ in range(3)]
    running = asyncio.gather(*(replica.run() for replica in replicas))
    await eventually(lambda: fault_is(pool, anna, 1, gone=False))
    looks = len(shop.hosts)
    shop.page = "<html></html>"
    await is_due(pool)
    await eventually(lambda: fault_is(pool, anna, 1, gone=True))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert (looks, len(shop.hosts)) == (1, 2)


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
    await eventually(lambda: has_slow_looks(shop, AT_ONCE_UNSEEN))
    await checks.watch(anna.site_id)
    await eventually(lambda: was_looked_at(shop))
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


async def has_slow_looks(shop: Shop, count: int) -> bool:
    return shop.hosts.count("slow.example") >= count


async def was_looked_at(shop: Shop) -> bool:
    return "shop.example" in shop.hosts


async def test_a_confirmation_without_its_code_is_broken_until_the_next_order(anna: ConsoleClient, pool: Pool) -> None:
    states = []
    for kind in (SignalKind.CART_SEEN, SignalKind.EMAIL_SEEN):
        await signals(anna, pool, kind, "/checkout", ago=timedelta(minutes=31))
    for kind, minutes in (
        (SignalKind.ORDER_SEEN, 30),
        (SignalKind.CONFIRMATION_WITHOUT_ORDER, 20),
        (SignalKind.CONFIRMATION_WITHOUT_ORDER, 10),
        (SignalKind.ORDER_SEEN, 5),
        (SignalKind.CONFIRMATION_WITHOUT_ORDER, 1),
    ):
        await signals(anna, pool, kind, "/orders/1", ago=timedelta(minutes=minutes))
        states.append(await overview_of(anna))
    async with pool.acquire() as connection:
        count = await connection.fetchval("SELECT count FROM onboarding.signals WHERE kind = 'confirmation_without_order'")

    assert states == [[], ["code_gone"], ["code_gone"], [], ["code_gone"]]
    assert count == 1


async def test_names_of_left_items_are_searched_on_their_own_pages(anna: ConsoleClient, pool: Pool, shop: Shop) -> None:
    shop.further = {
        "/wines/red": "<title>Old Harbor Red | Harbor &amp; Vine</title>",
        "/search/call-me": "<title>Zadzwoń</title>",
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


async def test_a_code_that_never_stood_on_the_page_has_not_gone(
    anna: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks
) -> None:
    shop.page = "<html><script src='https://tags.example/manager.js'></script></html>"
    await a_visit(anna, pool)
    await checks.check(anna.site_id)

    assert await tracking_of(anna) == ("verified", "")


async def test_a_shop_at_another_address_begins_anew(anna: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks) -> None:
    await a_visit(anna, pool)
    shop.page = await page_with_code(anna)
    await checks.check(anna.site_id)
    await anna.posts(anna.site("/settings/shop"), name="Harbor", hosts="new.example, shop.example")
    shop.page = ""
    await checks.check(anna.site_id)

    assert shop.hosts[-1] == "new.example"
    assert await tracking_of(anna) == ("verified", "")


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

    async def others_were_looked_at() -> bool:
        return {"slow0.example", "slow1.example"} <= set(shop.hosts) and shop.hosts.count("shop.example") >= 2

    await eventually(others_were_looked_at)

    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
