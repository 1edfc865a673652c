"""Tabs that are closed at once, 300 ms away from ingest and over TLS that begins cold: their carts arrive."""

from pathlib import Path

from tests.support.browsers.tabs import chromium_tabs
from tests.support.stories.closed_tabs import carts_of_closed_tabs

TABS, FEWEST = 60, 59


async def test_the_cart_of_a_tab_that_is_closed_at_once_arrives(tmp_path: Path) -> None:
    assert await carts_of_closed_tabs(chromium_tabs, TABS, tmp_path) >= FEWEST
