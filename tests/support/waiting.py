"""Waiting for a condition with a deadline, and for nothing else."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

DEADLINE_SECONDS = 90.0
"""Costs nothing where all goes well, and a machine may be busy with more than this suite."""
T = TypeVar("T")
_PAUSE = threading.Event()  # never set: its wait is the pause between two checks


def wait_for(
    what: str, check: Callable[[], T | None], seconds: float = DEADLINE_SECONDS, instead: Callable[[], object] = lambda: ""
) -> T:
    """Return the first true value of a check, or fail by name and with what there was ``instead``."""
    deadline = time.monotonic() + seconds
    while True:
        seen = check()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"within {seconds:.0f} s there was not: {what} {instead()}"
        _PAUSE.wait(0.1)


def stays(what: str, check: Callable[[], bool], seconds: float) -> None:
    """Check for so many seconds, and fail by name as soon as it is no longer so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert check(), f"it should have stayed so: {what}"
        _PAUSE.wait(0.1)


async def eventually(condition: Callable[[], Awaitable[object]], seconds: float = DEADLINE_SECONDS) -> None:
    """Return as soon as the condition holds; fail when it does not within the deadline."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.01)
