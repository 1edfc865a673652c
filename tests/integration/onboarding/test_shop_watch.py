"""A code that goes from a shop's page is shown as broken at the next check, and as good when it is back."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.onboarding.consumers import apply_site_signals
from services.onboarding.setup.shop_checks import ShopChecks
from shared.events.signals import SignalKind, SiteSignalled
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.processes.shop_pages import Shop, page_with_code
from tests.support.stories.console_client import ConsoleClient


async def tracking_of(anna: ConsoleClient) -> tuple[str, str]:
    """State and fault of the step, as the API returns them."""
    steps = (await anna.http.get(f"/api{anna.site('/setup')}")).json()["steps"]
    return next((step["state"], step["fault"]) for step in steps if step["key"] == "tracking")


async def overview_of(anna: ConsoleClient) -> list[str]:
    """The faults that the API names."""
    return [step["fault"] for step in (await anna.http.get(f"/api{anna.site('/overview')}")).json()["broken"]]


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
