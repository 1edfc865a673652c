"""Tabs that are closed at once, 300 ms away from ingest and over TLS that begins cold: their carts arrive."""

from pathlib import Path

import pytest

from tests.support.browsers.tabs import Browser, chromium_tabs, firefox_tabs
from tests.support.stories.closed_tabs import ADDS, TYPES_ON, arrived_of_closed_tabs

TABS, FEWEST = 60, 59
TYPED, FEWEST_TYPED = 30, 29


@pytest.mark.parametrize("open_browser", [chromium_tabs, firefox_tabs], ids=["chromium", "firefox"])
async def test_the_cart_of_a_tab_that_is_closed_at_once_arrives(open_browser: Browser, tmp_path: Path) -> None:
    arrived = await arrived_of_closed_tabs(ADDS, open_browser, TABS, tmp_path)

    assert arrived.at_once >= FEWEST


@pytest.mark.parametrize("open_browser", [chromium_tabs, firefox_tabs], ids=["chromium", "firefox"])
async def test_an_address_that_is_typed_in_a_tab_that_is_closed_arrives(open_browser: Browser, tmp_path: Path) -> None:
    arrived = await arrived_of_closed_tabs(TYPES_ON, open_browser, TYPED, tmp_path)

    assert arrived.at_once >= FEWEST_TYPED
