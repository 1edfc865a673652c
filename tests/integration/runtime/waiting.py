"""Waiting for a condition with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable

DEADLINE_SECONDS = 20.0


async def eventually(condition: Callable[[], Awaitable[object]], seconds: float = DEADLINE_SECONDS) -> None:
    """Return as soon as the condition holds; fail when it does not within the deadline."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.01)
