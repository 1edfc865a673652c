"""Each loop of a process serves when it last went around, so that one which hangs grows old."""

import asyncio
import math

import pytest
from prometheus_client import CollectorRegistry

from shared.runtime.clock import SystemClock
from shared.runtime.loops import LOOPS, Loops, ran


class Beat:
    """A loop that goes around until it hangs."""

    def __init__(self) -> None:
        self.hangs = asyncio.Event()
        self.times_around = 0

    async def run(self) -> None:
        """Go around, and hang in the middle of it once that is wanted."""
        while True:
            ran()
            self.times_around += 1
            if self.hangs.is_set():
                await asyncio.Event().wait()
            await asyncio.sleep(0)


def last_run(registry: CollectorRegistry, name: str) -> float:
    """The moment that is served."""
    found = registry.get_sample_value("beckon_loop_last_run_timestamp_seconds", {"loop": name})
    assert found is not None
    return found


async def goes_around(beat: Beat) -> None:
    """Wait until a loop has gone around twice more."""
    before = beat.times_around
    async with asyncio.timeout(10):
        while beat.times_around < before + 2:
            await asyncio.sleep(0)


async def test_a_loop_that_hangs_grows_old_while_the_others_go_on() -> None:
    registry, beats = CollectorRegistry(), {name: Beat() for name in LOOPS["orders"]}
    loops = Loops("orders", SystemClock(), registry)
    assert all(math.isnan(last_run(registry, name)) for name in beats)
    tasks = loops.start(**beats)
    try:
        for beat in beats.values():
            await goes_around(beat)
        beats["timers"].hangs.set()
        await goes_around(beats["outbox"])
        before = {name: last_run(registry, name) for name in beats}
        await goes_around(beats["outbox"])
        await goes_around(beats["granting"])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert last_run(registry, "timers") == before["timers"]
    assert last_run(registry, "outbox") > before["outbox"]
    assert last_run(registry, "granting") > before["granting"]


async def test_a_loop_that_no_metric_knows_is_not_started() -> None:
    with pytest.raises(AssertionError, match="every loop"):
        Loops("orders", SystemClock(), CollectorRegistry()).start(forgotten=Beat())
