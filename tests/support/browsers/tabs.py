"""Many tabs of one browser, Chromium or Firefox, that come and go beside each other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Page, async_playwright

from tests.support.browsers.firefox import Firefox
from tests.support.browsers.shoppers import FLAGS, HEADLESS_SHELL

NO_PUSH_SERVER = "ws://127.0.0.1:9/"


class Tab(Protocol):
    """One page of a shop."""

    async def runs(self, function: str) -> object:
        """Run a function in the page. Returns what it returns."""
        ...

    async def leaves(self, function: str) -> None:
        """Show it, run a function in the page and close it, as by its button."""
        ...


class Tabs(Protocol):
    """A browser that takes any certificate."""

    async def opens(self, address: str) -> Tab:
        """Begin to load a page in a new tab."""
        ...


class ChromiumTabs:
    """By Playwright."""

    def __init__(self, new_page: Any) -> None:
        self._new_page = new_page

    async def opens(self, address: str) -> Tab:
        page: Page = await self._new_page()
        await page.goto(address, wait_until="commit")
        return ChromiumTab(page)


class ChromiumTab:
    """By Playwright."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def runs(self, function: str) -> object:
        return await self._page.evaluate(function)

    async def leaves(self, function: str) -> None:
        await self._page.evaluate(function)
        await self._page.close()


class FirefoxTabs:
    """By WebDriver BiDi, in a thread, one command at a time. Each is the shown tab of its window, as a shopper's is."""

    def __init__(self, firefox: Firefox) -> None:
        self._firefox = firefox
        self._lock = asyncio.Lock()
        self._free: list[str] = []

    async def opens(self, address: str) -> Tab:
        window = self._free.pop() if self._free else await self._create(type="window")
        tab = await self._create(type="tab", referenceContext=window, background=False)
        await self.command("browsingContext.navigate", context=tab, url=address, wait="none")
        return FirefoxTab(self, window, tab)

    async def leaves(self, window: str, tab: str, function: str) -> None:
        """Run a function in its page and close it; the window goes on to the next."""
        await self.runs(tab, function)
        await self.command("browsingContext.close", context=tab)
        self._free.append(window)

    async def runs(self, tab: str, function: str) -> object:
        """What a function of its page returns: a text, a number or nothing."""
        expression, target = f"({function})()", {"context": tab}
        answer = await self.command("script.evaluate", expression=expression, target=target, awaitPromise=False)
        return answer["result"].get("value")

    async def _create(self, **parameters: object) -> str:
        made = await self.command("browsingContext.create", **parameters)
        return str(made["context"])

    async def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command and its answer."""
        async with self._lock:
            answer = await asyncio.to_thread(self._firefox.command, method, **parameters)
        assert answer.get("type") != "exception", answer
        return answer


class FirefoxTab:
    """By WebDriver BiDi."""

    def __init__(self, tabs: FirefoxTabs, window: str, tab: str) -> None:
        self._tabs = tabs
        self._window = window
        self._tab = tab

    async def runs(self, function: str) -> object:
        return await self._tabs.runs(self._tab, function)

    async def leaves(self, function: str) -> None:
        await self._tabs.leaves(self._window, self._tab, function)


@asynccontextmanager
async def chromium_tabs(profile: Path) -> AsyncIterator[Tabs]:
    """Chromium with that profile; it quits at the end."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(profile), executable_path=HEADLESS_SHELL, args=[*FLAGS, "--ignore-certificate-errors"], headless=True
        )
        try:
            yield ChromiumTabs(context.new_page)
        finally:
            await context.close()


@asynccontextmanager
async def firefox_tabs(profile: Path) -> AsyncIterator[Tabs]:
    """Firefox with that profile; it quits at the end."""
    firefox = await asyncio.to_thread(Firefox, profile, NO_PUSH_SERVER, {"acceptInsecureCerts": True})
    try:
        yield FirefoxTabs(firefox)
    finally:
        await asyncio.to_thread(firefox.closes)


Browser = Callable[[Path], AbstractAsyncContextManager[Tabs]]
