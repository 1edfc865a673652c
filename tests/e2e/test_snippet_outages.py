"""Browsers that quit at once, a server that is down, a network that is gone: carts arrive by the next visit at the latest."""

from pathlib import Path

import pytest

from tests.support.browsers.snippet_lab import a_lab
from tests.support.browsers.tabs import Browser, chromium_tabs, firefox_tabs
from tests.support.stories.outages import TEN_MINUTES_MS, quit_at_once, ten_minutes_down

TABS = 8
FEWEST_TRIES, MOST_TRIES = 2, 40


@pytest.mark.parametrize("open_browser", [chromium_tabs, firefox_tabs], ids=["chromium", "firefox"])
async def test_the_carts_of_a_browser_that_quits_at_once_arrive_by_the_next_visit(
    open_browser: Browser, tmp_path: Path
) -> None:
    arrived = await quit_at_once(open_browser, TABS, tmp_path)

    assert max(arrived.at_once, default=0) < TABS // 2, "for these the server was down"
    assert arrived.by_next_visit == set(range(TABS))


async def test_a_server_that_is_down_for_ten_minutes_is_asked_sparingly_and_gets_the_cart(tmp_path: Path) -> None:
    sent = await ten_minutes_down(chromium_tabs, tmp_path)

    assert FEWEST_TRIES <= sent <= MOST_TRIES, "half a second after the first failure, up to a minute after the next ones"


async def test_a_cart_of_ten_minutes_offline_arrives_as_soon_as_there_is_a_network() -> None:
    async with a_lab() as lab:
        lab.page("/")
        page = await lab.context.new_page()
        await page.clock.install()
        await page.goto(lab.shop)
        await lab.wait_for(1, "page.seen")
        await lab.context.set_offline(True)
        await page.evaluate("(cart) => { _beckon.push(cart) }", ["setCart", {"items": [{"productID": "W-1", "quantity": 1}]}])
        await page.clock.run_for(TEN_MINUTES_MS)
        assert lab.events("cart.updated") == []

        await lab.context.set_offline(False)
        await page.clock.run_for(1)
        await lab.wait_for(1, "cart.updated")
