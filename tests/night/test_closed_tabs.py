"""The carts of 400 tabs that are closed at once, in each browser."""

from pathlib import Path

import pytest

from tests.support.browsers.tabs import Browser, chromium_tabs, firefox_tabs
from tests.support.stories.closed_tabs import carts_of_closed_tabs

TABS, LEAST_SHARE = 400, 0.995


@pytest.mark.parametrize("open_browser", [chromium_tabs, firefox_tabs], ids=["chromium", "firefox"])
async def test_carts_of_four_hundred_tabs_that_are_closed_at_once(open_browser: Browser, tmp_path: Path) -> None:
    arrived = await carts_of_closed_tabs(open_browser, TABS, tmp_path)

    print(
        f"\n{open_browser.__name__}: {arrived.at_once} of {TABS} carts of tabs that were closed at once, "
        f"{arrived.by_next_page} by the next page"
    )
    assert arrived.at_once >= LEAST_SHARE * TABS
