"""Somebody who has never seen Beckon sets up a shop alone: from the sign-up to both codes verified."""

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browsers.newcomer import Newcomer
from tests.support.processes.running import Running

MOST_SECONDS = 180
MOST_CLICKS = 15


@pytest.fixture
def newcomer(browser: Browser, beckon: Running) -> Newcomer:
    return Newcomer(browser, beckon)


def test_a_newcomer_has_codes_and_cart_verified_in_three_minutes_and_fifteen_clicks(newcomer: Newcomer) -> None:
    newcomer.signs_up("newcomer@shop.example")
    expect(newcomer.console.get_by_text("Nexternal:").first, "the platform was recognised").to_be_visible()
    newcomer.assert_shows("tracking", "To do")
    newcomer.pastes(newcomer.copies("tracking"), newcomer.copies("confirmation"))
    newcomer.looks_at_the_shop()
    newcomer.assert_shows("tracking", "Verified")
    newcomer.assert_shows("carts", "No cart has been read yet")
    newcomer.places_a_test_order()
    newcomer.assert_shows("confirmation", "Verified")
    newcomer.assert_shows("carts", "Compare it with the cart in your shop")
    newcomer.assert_shows("contacts", "Not found yet: phone")
    expect(newcomer.console.locator("#read-cart")).to_contain_text("Old Harbor Red")
    newcomer.click(newcomer.console, "Yes, as in my shop")
    newcomer.assert_shows("carts", "Verified")
    took = time.monotonic() - newcomer.began

    print(f"\nnewcomer: {took:.1f} s, {newcomer.clicks} clicks")
    assert newcomer.clicks <= MOST_CLICKS
    assert took <= MOST_SECONDS


def test_a_newcomer_with_wrongly_pasted_codes_sees_what_is_wrong_and_corrects_it(newcomer: Newcomer) -> None:
    newcomer.signs_up("mistaken@shop.example")
    tracking, confirmation = newcomer.copies("tracking"), newcomer.copies("confirmation")

    newcomer.pastes(confirmation, tracking)
    newcomer.assert_shows("tracking", "Swap the two codes")
    newcomer.pastes(f"{tracking}\n{tracking}", confirmation)
    newcomer.assert_shows("tracking", "Delete one of the two")
    newcomer.pastes(with_another_key(tracking), confirmation)
    newcomer.assert_shows("tracking", "the code of another shop")
    newcomer.pastes(f"</head><body>{tracking}", confirmation)
    newcomer.assert_shows("tracking", "Move it to the end of the head")
    newcomer.pastes(tracking, confirmation)
    newcomer.looks_at_the_shop()
    newcomer.assert_shows("tracking", "Verified")


def with_another_key(code: str) -> str:
    key = code.partition("'bk_")[2][:16]
    return code.replace(key, "0" * 16)


def test_a_developer_gets_the_codes_by_a_link_without_a_login_until_it_ends(newcomer: Newcomer, browser: Browser) -> None:
    newcomer.signs_up("delegates@shop.example")
    newcomer.click(newcomer.console, "Make a link for a developer")
    link = newcomer.console.locator("#developer-link").inner_text()

    with browser.new_context() as elsewhere:
        page = elsewhere.new_page()
        page.goto(link)
        shown = page.locator("#tracking-code").inner_text()
        newcomer.click(newcomer.console, "End the link that is out")
        answer = page.goto(link)
        guessed = page.goto(link[:-4] + "AAAA")

    assert shown == newcomer.console.locator("#tracking-code").inner_text()
    assert answer is not None
    assert guessed is not None
    assert (answer.status, guessed.status) == (404, 404)
