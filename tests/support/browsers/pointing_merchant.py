"""A merchant who opens the shop by the console's link and points at what it shows, in either browser, by mouse and by keys."""

import asyncio
import json
import time
from typing import Any, Protocol

from playwright.async_api import Page

from tests.support.browsers.firefox import Firefox
from tests.support.waiting import DEADLINE_SECONDS

MIDDLE = """() => {
    const root = (document.querySelector('beckon-picker') || {}).shadowRoot;
    const found = %s;
    if (!found) return null;
    found.scrollIntoView({block: 'center'});
    const box = found.getBoundingClientRect();
    return [box.left + Math.min(box.width / 2, 20), box.top + box.height / 2];
}"""
BUTTON = (
    "root && [...root.querySelectorAll('button')].find((each) => (each.getAttribute('aria-label') || each.textContent) === %s)"
)
TEXTS = """() => {
    const root = (document.querySelector('beckon-picker') || {}).shadowRoot;
    return root && [...root.querySelectorAll('section > p')].map((each) => each.textContent).join(' ');
}"""
READS = """() => Object.fromEntries(
    [...document.querySelector('beckon-picker').shadowRoot.querySelectorAll('li')]
        .map((row) => [row.querySelector('b').textContent, row.querySelector('q').textContent]))"""


class Hand(Protocol):
    """A browser with a mouse and a keyboard."""

    async def goes_to(self, address: str) -> None:
        """Load a page whole."""
        ...

    async def runs(self, function: str) -> Any:
        """What a function returns in the page."""
        ...

    async def clicks_at(self, x: float, y: float) -> None:
        """Press and release there."""
        ...

    async def presses(self, key: str) -> None:
        """One key, by its name in the DOM."""
        ...


class ChromiumHand:
    """By Playwright."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def goes_to(self, address: str) -> None:
        await self._page.goto("about:blank")  # an address that differs in its fragment alone loads nothing
        await self._page.goto(address)

    async def runs(self, function: str) -> Any:
        return await self._page.evaluate(function)

    async def clicks_at(self, x: float, y: float) -> None:
        await self._page.mouse.click(x, y)

    async def presses(self, key: str) -> None:
        await self._page.keyboard.press(key)


class FirefoxHand:
    """By WebDriver BiDi, in a thread: its socket blocks, and the shop answers in this one."""

    def __init__(self, firefox: Firefox) -> None:
        self._firefox = firefox

    async def goes_to(self, address: str) -> None:
        await asyncio.to_thread(self._firefox.goes_to, "about:blank")
        await asyncio.to_thread(self._firefox.goes_to, address)

    async def runs(self, function: str) -> Any:
        return await asyncio.to_thread(self._firefox.asks, function)

    async def clicks_at(self, x: float, y: float) -> None:
        await asyncio.to_thread(self._firefox.clicks_at, round(x), round(y))

    async def presses(self, key: str) -> None:
        await asyncio.to_thread(self._firefox.presses, {"Enter": "\ue007", "ArrowDown": "\ue015", "Escape": "\ue00c"}[key])


class PointingMerchant:
    """Finds the panel's controls by their names. Counts the clicks."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.clicks = 0

    async def opens(self, address: str) -> None:
        """Load a page, and wait for the panel."""
        await self.hand.goes_to(address)
        await self.wait_for_text("Save before")

    async def presses_button(self, name: str) -> None:
        """A button of the panel."""
        await self._clicks(BUTTON % json.dumps(name))

    async def points_at(self, part: str, selector: str) -> None:
        """At an element of the shop's page, which the panel then reads."""
        await self.presses_button(f"Point at {part.lower()}")
        await self.clicks_on(selector)
        await self.wait_for_text(f"{part} reads:")

    async def clicks_on(self, selector: str) -> None:
        """Something of the shop's page."""
        await self._clicks(f"document.querySelector({json.dumps(selector)})")

    async def moves_to(self, part: str, text: str) -> None:
        """The same by keys alone: downwards until the panel reads out the text, then Enter."""
        await self.presses_button(f"Point at {part.lower()}")
        for _ in range(80):
            await self.hand.presses("ArrowDown")
            if str(await self.hand.runs(TEXTS)).startswith(text):
                break
        await self.hand.presses("Enter")
        await self.wait_for_text(f"{part} reads:")

    async def readings(self) -> dict[str, str]:
        """What each choice reads on this page."""
        found: dict[str, str] = await self.hand.runs(READS)
        return found

    async def wait_for_text(self, text: str) -> str:
        """Wait until the panel shows it. Returns all that it shows."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while text not in (shown := str(await self.hand.runs(TEXTS))):
            assert time.monotonic() < deadline, shown
            await asyncio.sleep(0.03)
        return shown

    async def wait_for(self, condition: str) -> None:
        """Wait until a function of the page returns true."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not await self.hand.runs(condition):
            assert time.monotonic() < deadline, condition
            await asyncio.sleep(0.03)

    async def _clicks(self, found: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (at := await self.hand.runs(MIDDLE % found)) is None:
            assert time.monotonic() < deadline, f"there is no {found}"
            await asyncio.sleep(0.03)
        self.clicks += 1
        await self.hand.clicks_at(*at)
