"""The console in a browser: without scripts, by keyboard, on a narrow screen, in light and in dark."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from deploy.local.services import DEMO_ACCOUNT
from tests.support.processes.running import Running
from tests.support.stories.console_api import ConsoleApi

PAGES = (
    "",
    "/activity",
    "/carts",
    "/observed",
    "/coverage",
    "/campaign",
    "/people",
    "/replies",
    "/live",
    "/limits",
    "/setup",
    "/pointing",
    "/texting",
    "/settings",
    "/settings/look",
)


def signed_in(beckon: Running, page: Page) -> Page:
    """By keyboard alone."""
    page.goto(beckon.console("/signin"))
    page.get_by_label("E-mail").focus()
    page.keyboard.type(DEMO_ACCOUNT)
    page.keyboard.press("Tab")
    page.keyboard.type(beckon.secrets()["console_password"])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Overview").wait_for()
    return page


def test_pausing_works_without_scripts_and_is_shown_at_once(browser: Browser, beckon: Running, console: ConsoleApi) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = signed_in(beckon, context.new_page())
        page.goto(beckon.console(f"/sites/{console.site_id}/carts"))

        page.get_by_role("button", name="Pause sending").press("Enter")
        expect(page.get_by_text("Sending is paused", exact=True)).to_be_visible()
        paused_at = page.url
        page.get_by_role("button", name="Resume sending").press("Enter")

        expect(page.get_by_role("button", name="Pause sending")).to_be_visible()
        assert paused_at == beckon.console(f"/sites/{console.site_id}/carts")


def test_opt_outs_are_brought_as_a_file(browser: Browser, beckon: Running, console: ConsoleApi, tmp_path: Path) -> None:
    rows = "name;phone\nAnna;+1 202 555 0177\nBen;(202) 555-0178\nCarl;none of your business\n"
    (tmp_path / "opt-outs.csv").write_text(rows)
    page = signed_in(beckon, browser.new_context().new_page())
    page.goto(beckon.console(f"/sites/{console.site_id}/people"))

    page.get_by_label("Or choose a file").set_input_files(tmp_path / "opt-outs.csv")
    expect(page.get_by_label("One phone number or e-mail address per line")).to_have_value(rows)
    page.get_by_role("button", name="Import list").click()

    expect(page.locator("#read")).to_contain_text("2 people read")


def test_pages_fit_every_screen_and_name_their_parts(browser: Browser, beckon: Running, console: ConsoleApi) -> None:
    with browser.new_context() as context:
        page = signed_in(beckon, context.new_page())
        messages: list[str] = []
        page.on("console", lambda message: messages.append(message.text))

        for path in PAGES:
            page.goto(beckon.console(f"/sites/{console.site_id}{path}"))
            for width in (1280, 320):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            assert page.get_by_role("heading", level=1).count() == 1, path
            assert unnamed(page) == [], path

        assert messages == []


def unnamed(page: Page) -> list[str]:
    """Fields and buttons that no assistive technology could name, and tables without a caption."""
    found: list[str] = page.evaluate(
        """
        () => [
          ...[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter((each) => !each.labels.length),
          ...[...document.querySelectorAll('button, a')].filter((part) => !part.textContent.trim()),
          ...[...document.querySelectorAll('table')].filter((table) => !table.caption),
        ].map((part) => part.outerHTML)
        """
    )
    return found


def test_the_back_office_of_a_shop_in_a_shared_folder_is_filled_in(beckon: Running, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.goto(beckon.console("/signup"))
    office = page.get_by_label("Where your staff key in orders")

    page.get_by_label("Address of your shop").fill("https://store.nexternal.com/harborvine/")
    page.keyboard.press("Tab")

    expect(office).to_have_value("nexternal.com/harborvine, www.nexternal.com/harborvine")


def test_a_back_office_that_was_typed_is_left_as_it_is(beckon: Running, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.goto(beckon.console("/signup"))
    office = page.get_by_label("Where your staff key in orders")
    office.fill("office.example")

    page.get_by_label("Address of your shop").fill("store.nexternal.com/harborvine")
    page.keyboard.press("Tab")

    expect(office).to_have_value("office.example")
