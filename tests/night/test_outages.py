"""A browser that quits at once with sixty tabs, for half of which the server is down; a server that is down for ten minutes."""

from pathlib import Path

import pytest

from tests.support.browsers.tabs import Browser, chromium_tabs, firefox_tabs
from tests.support.stories.outages import quit_at_once, ten_minutes_down

TABS = 60
BROWSERS = pytest.mark.parametrize("open_browser", [chromium_tabs, firefox_tabs], ids=["chromium", "firefox"])


@BROWSERS
async def test_the_carts_of_sixty_tabs_of_a_browser_that_quits_at_once(
    open_browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    arrived = await quit_at_once(open_browser, TABS, tmp_path)

    print(
        f"\n{request.node.callspec.id}: {len(arrived.at_once)} of {TABS // 2} carts arrived of a browser that quit at once, "
        f"{len(arrived.by_next_visit)} of {TABS} by the next visit, the server having been down for half of them"
    )
    assert arrived.by_next_visit == set(range(TABS))


@BROWSERS
async def test_a_server_that_is_down_for_ten_minutes(
    open_browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sent = await ten_minutes_down(open_browser, tmp_path)

    print(f"\n{request.node.callspec.id}: the cart arrived after ten minutes, having been sent {sent:.0f} times meanwhile")
    assert sent > 0
