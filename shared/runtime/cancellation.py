"""Cancellation of tasks that arrives even where a library swallows it.

``asyncio.wait_for`` returns the result and drops the cancellation when both come at once (python/cpython issue 86296, mended in
Python 3.12), and aiokafka calls it in each request: a loop around such a call would go on for ever.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 2.0
"""Longer than a task needs to clean up, which a second cancellation would cut short."""


async def cancel(tasks: Iterable[asyncio.Task[Any]], again_seconds: float = AGAIN_SECONDS) -> None:
    """Cancel tasks, again where one was swallowed, and return when all have ended. What they raised is dropped."""
    every = set(tasks)
    left = {task for task in every if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=again_seconds)
    await asyncio.gather(*every, return_exceptions=True)
