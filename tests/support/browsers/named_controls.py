"""A shop used by accessible names alone, in either browser: links, buttons and fields as a shopper finds them."""

import asyncio
import json
import time
from typing import Any, Protocol

from playwright.async_api import BrowserContext, Page

from tests.support.browsers.firefox import Firefox, PageGone
from tests.support.waiting import DEADLINE_SECONDS

FIND = """(role, name, nth) => {
    const shown = (each) => (each.getAttribute('aria-label') || each.textContent || each.value || '').trim() === name;
    const all = (selector) => [...document.querySelectorAll(selector)];
    const found = {
        link: () => all('a[href]').filter(shown),
        button: () => all('button, input[type=submit], [role=button]').filter(shown),
        field: () => all('label').filter((each) => each.innerText.trim() === name).map((each) => each.control)
            .concat(all('input[aria-label], select[aria-label]').filter(shown)),
    }[role]();
    return document.readyState === 'complete' ? found[nth] : undefined;
}"""


class Visitor(Protocol):
    """Somebody with a browser, at one of its tabs."""

    async def goes_to(self, address: str) -> None:
        """Type an address."""
        ...

    async def follows(self, name: str) -> None:
        """Go where the first link of this name leads, until all of that page is there."""
        ...

    async def clicks(self, name: str) -> None:
        """Click the first button of this name."""
        ...

    async def fills(self, name: str, text: str) -> None:
        """Type into the first field of this name."""
        ...

    async def opens_tab(self, address: str) -> None:
        """Go on in a new tab."""
        ...

    async def shows_first_tab(self) -> None:
        """Go on in the tab that was opened first."""
        ...

    async def goes_back(self) -> None:
        """Press the back button."""
        ...

    async def runs(self, function: str) -> Any:
        """What a function returns in the page."""
        ...


class ChromiumVisitor:
    """By Playwright."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._page: Page | None = None
        self.errors: list[str] = []

    @property
    def _shown(self) -> Page:
        assert self._page is not None, "no page was opened"
        return self._page

    async def goes_to(self, address: str) -> None:
        if self._page is None:
            await self.opens_tab(address)
        else:
            await self._page.goto(address)

    async def follows(self, name: str) -> None:
        link = self._shown.get_by_role("link", name=name, exact=True).first
        await self._shown.goto(str(await link.evaluate("(link) => link.href")))

    async def clicks(self, name: str) -> None:
        await self._shown.get_by_role("button", name=name, exact=True).first.click()

    async def fills(self, name: str, text: str) -> None:
        await self._shown.get_by_label(name, exact=True).first.fill(text)

    async def opens_tab(self, address: str) -> None:
        self._page = await self._context.new_page()
        self._page.on("pageerror", lambda error: self.errors.append(str(error)))
        await self._page.goto(address)

    async def shows_first_tab(self) -> None:
        self._page = next(page for page in self._context.pages if page.url != "about:blank")
        await self._page.bring_to_front()

    async def goes_back(self) -> None:
        await self._shown.go_back()

    async def runs(self, function: str) -> Any:
        return await self._shown.evaluate(function)

    async def settles(self) -> None:
        """Once after a page was opened, until it has asked for nothing for half a second."""
        await self._shown.wait_for_load_state("networkidle")


class FirefoxVisitor:
    """By WebDriver BiDi, in a thread: its socket blocks, and the shop answers in this one."""

    def __init__(self, firefox: Firefox) -> None:
        self._firefox = firefox
        self.errors: list[str] = []
        self._first = firefox.tab

    async def goes_to(self, address: str) -> None:
        await asyncio.to_thread(self._firefox.goes_to, address)

    async def follows(self, name: str) -> None:
        await self.goes_to(str(await self._does("link", name, "(found) => found.href")))

    async def clicks(self, name: str) -> None:
        await self._does("button", name, "(found) => { setTimeout(() => found.click()); return true }")

    async def fills(self, name: str, text: str) -> None:
        typed = f"found.value = {json.dumps(text)}"
        events = "['input', 'change'].forEach((each) => found.dispatchEvent(new Event(each, {bubbles: true})))"
        await self._does("field", name, f"(found) => {{ {typed}; {events}; return true }}")

    async def opens_tab(self, address: str) -> None:
        await asyncio.to_thread(self._firefox.opens_tab)
        await self.goes_to(address)

    async def shows_first_tab(self) -> None:
        await asyncio.to_thread(self._firefox.shows, self._first)

    async def goes_back(self) -> None:
        await asyncio.to_thread(self._firefox.goes_back)

    async def runs(self, function: str) -> Any:
        return await asyncio.to_thread(self._firefox.run, function)

    async def _does(self, role: str, name: str, act: str) -> Any:
        wanted = f"({FIND})({json.dumps(role)}, {json.dumps(name)}, 0)"
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (done := await self._does_now(f"() => {{ const found = {wanted}; return found && ({act})(found) }}")):
            assert time.monotonic() < deadline, f"no {role} is called {name}"
            await asyncio.sleep(0.05)
        return done

    async def _does_now(self, function: str) -> Any:
        try:
            return await self.runs(function)
        except PageGone:  # before it had found anything: an act answers before its page can go
            return None
