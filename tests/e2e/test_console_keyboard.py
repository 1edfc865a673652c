"""From signing in to a live shop without a mouse."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers.newcomer import PASSWORD, Newcomer
from tests.support.processes.running import Running

MOST_TABS = 60
NAME_OF_FOCUSED = """() => {
    const element = document.activeElement;
    const name = element.labels && element.labels.length ? element.labels[0].innerText : element.innerText;
    return name.trim();
}"""
IS_SEEN = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
}"""


class Keyboard:
    """Somebody without a mouse: goes on by Tab until the right thing has the focus, which has to be seen."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def reaches(self, name: str) -> None:
        """Goes on to a link, a button or a field."""
        passed: list[str] = []
        for _ in range(MOST_TABS):
            self._page.keyboard.press("Tab")
            focused = self._page.evaluate(NAME_OF_FOCUSED)
            if focused.startswith(name):
                assert self._page.evaluate(IS_SEEN), f"the focus on {name} is not seen"
                return
            passed.append(focused)
        raise AssertionError(f"no way to {name} by keyboard, only to {passed}")

    def presses(self, name: str, *, then: str) -> None:
        """Goes to it and presses Enter, which leads to a page with this heading."""
        self.reaches(name)
        self._page.keyboard.press("Enter")
        expect(self._page.get_by_role("heading", name=then, exact=True, level=1)).to_be_visible()

    def types(self, name: str, text: str) -> None:
        """Into a field."""
        self.reaches(name)
        self._page.keyboard.type(text)


@pytest.fixture
def newcomer(browser: Browser, beckon: Running) -> Newcomer:
    """Whose codes work already."""
    newcomer = Newcomer(browser, beckon)
    newcomer.signs_up("keyboard@shop.example")
    newcomer.pastes(newcomer.copies("tracking"), newcomer.copies("confirmation"))
    newcomer.looks_at_the_shop()
    newcomer.places_a_test_order()
    newcomer.assert_shows("confirmation", "Verified")
    return newcomer


def test_a_shop_goes_live_by_keyboard_alone(newcomer: Newcomer, browser: Browser, beckon: Running) -> None:
    page = browser.new_context().new_page()
    keyboard = Keyboard(page)
    page.goto(beckon.console("/signin"))
    keyboard.types("E-mail", "keyboard@shop.example")
    keyboard.types("Password", PASSWORD)
    keyboard.presses("Sign in", then="Overview")

    keyboard.presses("Set-up", then="Set-up")
    keyboard.presses("Yes, as in my shop", then="Set-up")
    keyboard.presses("The file is there", then="Set-up")
    keyboard.presses("Campaign", then="Campaign")
    keyboard.reaches("Channel")
    page.keyboard.press("End")
    keyboard.presses("Save campaign", then="Campaign")
    keyboard.presses("People", then="People")
    keyboard.presses("Nobody has opted out yet", then="People")
    keyboard.presses("Set-up", then="Set-up")
    keyboard.presses("Go live", then="Going live")
    keyboard.presses("Go live", then="Going live")

    expect(page.get_by_text("This shop is live")).to_be_visible()
