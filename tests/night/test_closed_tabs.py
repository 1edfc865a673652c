"""Carts and addresses of 400 tabs that are closed at once, in each browser."""

from pathlib import Path

import pytest

from tests.support.browsers.tabs import Browser, chromium_tabs, firefox_tabs
from tests.support.stories.closed_tabs import ADDS, TYPES_ON, LastAct, arrived_of_closed_tabs

TABS = 400
GOALS = {"carts": (ADDS, 0.995), "typed addresses": (TYPES_ON, 0.99)}


@pytest.mark.parametrize("open_browser", [chromium_tabs, firefox_tabs], ids=["chromium", "firefox"])
@pytest.mark.parametrize(("last", "least_share"), GOALS.values(), ids=GOALS)
async def test_what_was_done_last_in_four_hundred_tabs_that_are_closed_at_once(
    last: LastAct, least_share: float, open_browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    arrived = await arrived_of_closed_tabs(last, open_browser, TABS, tmp_path)

    print(f"\n{request.node.callspec.id}: {arrived.at_once} of {TABS} arrived at once, {arrived.by_next_page} by the next page")
    assert arrived.at_once >= least_share * TABS
