"""Parsing of strangers' bytes off the loop, in few threads of its own: no page of the console and no password waits for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Parsed = TypeVar("Parsed")


class Parser:
    """Threads for one kind of document. What they run must take time in proportion to its input: no thread can be stopped."""

    def __init__(self, threads: int, seconds: float) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="parsing")
        self._seconds = seconds

    async def parse(self, read: Callable[Arguments, Parsed], *given: Arguments.args, **named: Arguments.kwargs) -> Parsed:
        """What ``read`` returns.

        Raises:
            TimeoutError: the threads have had too much to do.
        """
        async with asyncio.timeout(self._seconds):
            return await asyncio.get_running_loop().run_in_executor(self._threads, partial(read, *given, **named))


PAGES = Parser(threads=2, seconds=5.0)
LISTS = Parser(threads=1, seconds=60.0)
"""Twenty thousand numbers take seconds; a page, whatever is in it, a fraction of one."""
