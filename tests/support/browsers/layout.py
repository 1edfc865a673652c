"""What every shopper can use: no violation that axe knows, no sideways scroll, nothing that moves while it is read."""

from pathlib import Path

from playwright.async_api import Page

AXE = (Path(__file__).parents[2] / "e2e" / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => (await axe.run(document, {runOnly: rules})).violations
    .map(found => found.id + ': ' + found.nodes.map(node => node.html).slice(0, 3).join(' | '))"""
SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((each) => each.hadRecentInput || shifts.push(each.value)))
    .observe({type: 'layout-shift', buffered: true});"""
"""To be run in a page from its beginning on: https://wicg.github.io/layout-instability/."""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


async def assert_nothing_moved(page: Page) -> None:
    """Since the page began, as far as it is painted."""
    await page.evaluate(PAINTED)
    assert await page.evaluate("() => shifts") == []


async def assert_suits_every_shopper(page: Page) -> None:
    """In the light and in the dark scheme, on the narrowest screen and on a wide one."""
    await page.evaluate(f"() => {{ {AXE} }}")
    for width in (320, 1024):
        await page.set_viewport_size({"width": width, "height": 640})
        assert await page.evaluate(OVERFLOW) <= 0, width
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert await page.evaluate(RUN, RULES) == [], (width, scheme)
