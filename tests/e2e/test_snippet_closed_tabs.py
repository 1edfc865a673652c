"""Tabs that are closed at once, 300 ms away from ingest and over TLS that begins cold: their carts arrive."""

from pathlib import Path

import pytest

from tests.support.browsers.tabs import Browser, chromium_tabs, firefox_tabs
from tests.support.stories.closed_tabs import carts_of_closed_tabs

TABS, FEWEST = 60, 59


@pytest.mark.parametrize("open_browser", [chromium_tabs, firefox_tabs], ids=["chromium", "firefox"])
async def test_the_cart_of_a_tab_that_is_closed_at_once_arrives(open_browser: Browser, tmp_path: Path) -> None:
    arrived = await carts_of_closed_tabs(open_browser, TABS, tmp_path)

    assert arrived.at_once >= FEWEST
