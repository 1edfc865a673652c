"""A thousand random runs of three tabs, in each browser, with ten thousand events that are sent again and again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.browsers.firefox import Firefox
from tests.support.browsers.shared_chromium import CHROMIUM_OF_LABS
from tests.support.browsers.snippet_lab import Lab, a_lab
from tests.support.browsers.tab_runs import Evaluate, tab_runs
from tests.support.browsers.tabs import NO_PUSH_SERVER

RUNS = 1_000
FEWEST_EVENTS = 10_000
InBrowser = Callable[[Lab, Path], AbstractAsyncContextManager[Evaluate]]


@pytest_asyncio.fixture(autouse=True)
async def labs_end() -> AsyncIterator[None]:
    """The browser that labs share ends with the loop of its test."""
    yield
    await CHROMIUM_OF_LABS.close()


@asynccontextmanager
async def in_chromium(lab: Lab, _folder: Path) -> AsyncIterator[Evaluate]:
    yield (await lab.visit("/")).evaluate


@asynccontextmanager
async def in_firefox(lab: Lab, folder: Path) -> AsyncIterator[Evaluate]:
    firefox = await asyncio.to_thread(Firefox, folder, NO_PUSH_SERVER)

    async def evaluate(function: str) -> Any:
        return await asyncio.to_thread(firefox.run, function)

    try:
        await asyncio.to_thread(firefox.goes_to, lab.shop)
        yield evaluate
    finally:
        await asyncio.to_thread(firefox.closes)


@pytest.mark.parametrize("opened", [in_chromium, in_firefox], ids=["chromium", "firefox"])
async def test_a_thousand_runs_of_three_tabs_end_with_the_shoppers_cart_and_nothing_twice(
    opened: InBrowser, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with a_lab() as lab:
        lab.page("/", tracking=False)
        async with opened(lab, tmp_path / "profile") as evaluate:
            runs = [run async for run in tab_runs(lab, evaluate, range(RUNS // 2), ends=False)]
            runs += [run async for run in tab_runs(lab, evaluate, range(RUNS // 2, RUNS), ends=True)]

    faults = {run.seed: run.faults() for run in runs if run.faults()}
    records, events = sum(run.records for run in runs), sum(len(run.events) for run in runs)
    print(f"\n{request.node.callspec.id}: {RUNS - len(faults)} of {RUNS} runs; {events} events in {records} records")
    assert faults == {}
    assert events >= FEWEST_EVENTS
