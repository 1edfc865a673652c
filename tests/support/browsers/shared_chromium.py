"""One Chromium for all labs of a test process: each takes a context of its own, which knows nothing of any other's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.support.browsers.shoppers import FLAGS, HEADLESS_SHELL
from tests.support.waiting import DEADLINE_SECONDS


class SharedChromium:
    """Started by the first lab that asks for it, and again where it has crashed; ``close`` ends it, in the same loop."""

    def __init__(self) -> None:
        self._opened = AsyncExitStack()
        self._browser: Browser | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def context(self) -> AsyncIterator[BrowserContext]:
        """Somebody's browser, as empty as a new profile."""
        browser = await self._running()
        context = await browser.new_context()
        context.set_default_timeout(DEADLINE_SECONDS * 1000)
        try:
            yield context
        finally:
            await context.close()

    async def _running(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            await self.close()
            self._loop = asyncio.get_running_loop()
            playwright = await self._opened.enter_async_context(async_playwright())
            self._browser = await playwright.chromium.launch(executable_path=HEADLESS_SHELL, args=FLAGS)
            self._opened.push_async_callback(self._browser.close)
        assert self._loop is asyncio.get_running_loop(), "tests that share a browser run in one loop (tests/e2e/conftest.py)"
        return self._browser

    async def close(self) -> None:
        """End it; without one nothing happens."""
        await self._opened.aclose()
        self._browser = None


CHROMIUM_OF_LABS = SharedChromium()
