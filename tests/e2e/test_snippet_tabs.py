"""Three tabs of one browser, with delays, lost answers and ended pages: the server's last cart is the shopper's."""

import pytest

from tests.support.browsers.snippet_lab import a_lab
from tests.support.browsers.tab_runs import tab_runs

RUNS = 40


@pytest.mark.parametrize("ends", [False, True], ids=["pages that stay", "pages that are ended"])
async def test_the_last_cart_of_three_tabs_is_the_servers_and_nothing_comes_twice(ends: bool) -> None:
    async with a_lab() as lab:
        lab.page("/", tracking=False)
        page = await lab.visit("/")

        runs = [run async for run in tab_runs(lab, page.evaluate, range(RUNS), ends=ends)]

    assert {run.seed: run.faults() for run in runs if run.faults()} == {}
    assert sum(run.records - len(run.events) for run in runs) > RUNS, "answers were lost, so events came again"
