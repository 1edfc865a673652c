"""Every page of the console, full, empty and with an error: no violation that axe knows, light and dark, light in weight."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.e2e.test_console_pages import PAGES, signed_in
from tests.support.browsers.shoppers import Shopper
from tests.support.processes.running import Running
from tests.support.stories.console_api import ConsoleApi
from tests.support.waiting import wait_for

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
RUN = """async (rules) => (await axe.run(document, {runOnly: rules})).violations
    .map(found => found.id + ': ' + found.nodes.map(node => node.html).slice(0, 3).join(' | '))"""
MOST_BYTES = 60_000
OPEN_PAGES = ("/signin", "/signup", "/forgot", "/order-api")


def violations(page: Page) -> list[str]:
    """Of every rule in light, and of the rules of colour once more in dark."""
    page.evaluate(f"() => {{ {AXE} }}")
    page.emulate_media(color_scheme="light")
    found: list[str] = page.evaluate(RUN, RULES)
    page.emulate_media(color_scheme="dark")
    found += page.evaluate(RUN, COLOURS)
    return found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Without transitions: a colour that is on its way to the dark scheme is none of either."""
    with browser.new_context(reduced_motion="reduce") as context:
        yield context.new_page()


def check(page: Page, address: str) -> list[str]:
    page.goto(address)
    return [f"{address}: {found}" for found in violations(page)]


@pytest.fixture
def carts(browser: Browser, beckon: Running, console: ConsoleApi) -> list[dict[str, Any]]:
    """What the stories left; where none was reported before, one more shopper's."""
    if not console.carts():
        Shopper(browser, beckon).fills_a_cart()
    return wait_for("a cart in the console", console.carts)


def test_pages_with_the_stories_data_have_no_violation(
    page: Page, beckon: Running, console: ConsoleApi, carts: list[dict[str, Any]]
) -> None:
    signed_in(beckon, page)
    site = beckon.console(f"/sites/{console.site_id}")
    addresses = [site + path for path in PAGES] + [f"{site}/carts/{cart['cart_id']}" for cart in carts[:3]]

    found = [each for address in addresses for each in check(page, address)]

    assert found == []


def test_pages_of_an_empty_shop_have_no_violation(page: Page, beckon: Running) -> None:
    page.goto(beckon.console("/signup"))
    page.get_by_label("E-mail").fill("empty@shop.example")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_label("Address of your shop").fill("nowhere.example")
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Set-up", exact=True).wait_for()
    site = page.url.removesuffix("/setup")

    found = [each for path in (*PAGES, "/nothing-here") for each in check(page, site + path)]

    assert found == []


def test_pages_with_an_error_and_pages_before_signing_in_have_no_violation(
    page: Page, beckon: Running, console: ConsoleApi
) -> None:
    found = [each for path in OPEN_PAGES for each in check(page, beckon.console(path))]
    page.goto(beckon.console("/signin"))
    page.get_by_label("E-mail").fill("nobody@shop.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    found += violations(page)
    signed_in(beckon, page)
    page.goto(beckon.console(f"/sites/{console.site_id}/campaign"))
    page.get_by_label("A cart counts as abandoned after", exact=True).fill("never")
    page.get_by_role("button", name="Save campaign").click()
    page.get_by_role("alert").wait_for()

    assert found + violations(page) == []


def test_a_page_with_all_it_loads_is_light(browser: Browser, beckon: Running, console: ConsoleApi) -> None:
    with browser.new_context() as context:
        signed_in(beckon, context.new_page())
        weights = {path or "/": weight(context, beckon.console(f"/sites/{console.site_id}{path}")) for path in PAGES}

    print("\n" + "\n".join(f"{path}: {size:,} bytes" for path, size in weights.items()))
    assert all(0 < size <= MOST_BYTES for size in weights.values()), weights


def weight(context: BrowserContext, address: str) -> int:
    """Bytes of a page and of everything that it loads, as they travel in gzip."""
    page, answers = context.new_page(), list[Response]()

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    page.goto(address)
    page.wait_for_load_state("load")
    finished = [answer for answer in answers if not answer.url.endswith("/stream") and "/stream?" not in answer.url]
    total = sum(len(gzip.compress(answer.body(), 6)) for answer in finished)
    page.close()
    return total
