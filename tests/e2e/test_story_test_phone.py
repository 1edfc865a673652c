"""A merchant's own phone: it proves itself by writing, gets the words of the preview, and tries the shop before it is live."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_story_observe import set_mode
from tests.support.browsers.shoppers import Handset
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import Thread
from tests.support.waiting import wait_for

MERCHANTS_PHONE, SHOPPERS_PHONE = "+14235550701", "+14235550702"


@pytest.fixture
def merchant(browser: Browser, beckon: Running, console: ConsoleApi) -> Iterator[Page]:
    """The merchant's browser, signed in. The shop is live again afterwards, and has no test phone, whatever happens."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(beckon.console("/signin"))
    page.get_by_label("E-mail").fill(console.email)
    page.get_by_label("Password").fill(console.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Set-up")).to_be_visible()
    yield page
    for phone in console.get(f"/api/sites/{console.site_id}/texting")["test_phones"]:
        console.post("/texting/phones/remove", index=phone["index"])
    set_mode(console, "live")
    context.close()


def test_a_proven_phone_gets_the_preview_and_is_alone_reminded_in_test_mode(
    browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi, merchant: Page
) -> None:
    handset = Handset(browser, beckon, MERCHANTS_PHONE)
    site = f"/sites/{console.site_id}"

    merchant.goto(beckon.console(f"{site}/texting"))
    merchant.get_by_role("button", name="Show a code for my phone").click()
    handset.answers(merchant.locator("#test-code").inner_text())
    expect(merchant.locator("#state-test_phone")).to_contain_text("Verified")

    merchant.goto(beckon.console(f"{site}/campaign"))
    shown = merchant.locator("#preview-1").inner_text()
    merchant.get_by_role("button", name="Send reminder 1 to my phone").click()
    expect(merchant.get_by_role("heading", name="Test sent")).to_be_visible()
    wait_for("the test", lambda: carrier.to(MERCHANTS_PHONE))
    assert carrier.to(MERCHANTS_PHONE) == [shown]

    set_mode(console, "test")
    stranger = Thread(browser, beckon, carrier, console, SHOPPERS_PHONE)
    stranger.shopper.fills_a_cart()
    stranger.shopper.gives(phone=SHOPPERS_PHONE, opts_in=True)
    mine = Thread(browser, beckon, carrier, console, MERCHANTS_PHONE)
    mine.leaves_a_cart(with_email=False)
    wait_for("the reminder", lambda: carrier.reminders_to(MERCHANTS_PHONE)[1:], 30)
    assert stranger.sees("nudge.due")
    assert carrier.to(SHOPPERS_PHONE) == []


def test_a_sample_link_is_marked_as_one(browser: Browser, merchant: Page, beckon: Running, console: ConsoleApi) -> None:
    merchant.goto(beckon.console(f"/sites/{console.site_id}/campaign"))
    words = merchant.locator("#preview-1").inner_text()
    address = next(word for word in words.split() if "/l/" in word)

    merchant.goto(address if "://" in address else f"http://{address}")

    expect(merchant.get_by_role("heading", name="This is a sample link")).to_be_visible()
