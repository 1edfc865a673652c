"""A code that goes from a shop's page is shown as broken at the next look, and as good when it is back."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.onboarding.consumers import apply_site_signals
from services.onboarding.shop_check import Fetcher
from services.onboarding.shop_checks import ShopChecks
from shared.events.signals import SignalKind, SiteSignalled
from shared.runtime.clock import SystemClock
from shared.runtime.outbound import Answer, NotReached
from shared.runtime.postgres import Pool, transaction
from tests.support.console_client import ConsoleClient
from tests.support.waiting import eventually


class Shop:
    """A shop whose page can be changed, that can be away, or never answer."""

    def __init__(self) -> None:
        self.page: str | None = ""
        self.hosts: list[str] = []
        self.slow: set[str] = set()
        self.breaks: set[str] = set()

    async def get(self, host: str, path: str) -> Answer:
        """Its page as it is now."""
        self.hosts.append(host)
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
    """State and fault of the step, as the API tells them."""
    steps = (await anna.http.get(f"/api{anna.site('/setup')}")).json()["steps"]
    return next((step["state"], step["fault"]) for step in steps if step["key"] == "tracking")


async def page_with_code(anna: ConsoleClient) -> str:
    key = (await anna.http.get(f"/api{anna.site('/codes')}")).json()["site_key"]
    return f'<html><head><script async src="https://in.example/s/{key}.js"></script></head><body></body></html>'


async def a_visit(anna: ConsoleClient, pool: Pool) -> None:
    now = datetime.now(UTC)
    seen = SiteSignalled(
        event_id=uuid4(), site_id=anna.site_id, occurred_at=now, received_at=now, kind=SignalKind.BEACON_SEEN, count=1,
        host="shop.example", path="/", in_head=True,
    )  # fmt: skip
    async with transaction(pool) as tx:
        await apply_site_signals([seen], tx)


async def test_a_code_that_goes_is_broken_at_the_next_look_and_good_when_it_is_back(
    anna: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks
) -> None:
    states, with_code = [], await page_with_code(anna)
    await a_visit(anna, pool)
    for page in (with_code, "<html></html>", None, "<html></html>", with_code):
        shop.page = page
        await checks.look(anna.site_id)
        await a_visit(anna, pool)  # of who had a page open from before
        states.append(await tracking_of(anna))

    gone = ("broken", "code_gone")
    assert states == [("verified", ""), gone, gone, gone, ("verified", "")]
    assert "is not there any more" not in (await anna.http.get(anna.site("/setup"))).text


async def test_a_code_that_never_stood_on_the_page_has_not_gone(
    anna: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks
) -> None:
    shop.page = "<html><script src='https://tags.example/manager.js'></script></html>"
    await a_visit(anna, pool)
    await checks.look(anna.site_id)

    assert await tracking_of(anna) == ("verified", "")


async def test_a_shop_at_another_address_begins_anew(anna: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks) -> None:
    await a_visit(anna, pool)
    shop.page = await page_with_code(anna)
    await checks.look(anna.site_id)
    await anna.posts(anna.site("/settings/shop"), name="Harbor", hosts="new.example, shop.example")
    shop.page = ""
    await checks.look(anna.site_id)

    assert shop.hosts[-1] == "new.example"
    assert await tracking_of(anna) == ("verified", "")


async def test_a_shop_that_never_answers_or_brings_out_a_bug_costs_the_others_nothing(
    anna: ConsoleClient, mallory: ConsoleClient, pool: Pool, shop: Shop, checks: ShopChecks
) -> None:
    for number in range(2):
        await mallory.posts("/sites", name="Slow", host=f"slow{number}.example")
    shop.slow, shop.breaks = {"slow0.example"}, {"slow1.example"}
    for site in (await mallory.http.get("/api/sites")).json()["sites"]:
        checks.watch(UUID(site["site_id"]))
    checks.watch(anna.site_id)
    running = asyncio.create_task(checks.run())

    async def others_were_looked_at() -> bool:
        return {"slow0.example", "slow1.example"} <= set(shop.hosts) and shop.hosts.count("shop.example") >= 2

    await eventually(others_were_looked_at)

    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
