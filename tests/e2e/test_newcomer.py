"""Somebody who has never seen Beckon sets up a shop alone: from the sign-up to both codes verified."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.people import OUTBOX_IS_EMPTY
from tests.support.running import Running

MOST_SECONDS = 180
MOST_CLICKS = 15
PASSWORD = "a newcomer's long password"
LIVE_MS = 30_000


class Newcomer:
    """Counts the own clicks. Typing and going to an address are no clicks; pasting is done by keyboard."""

    def __init__(self, browser: Browser, beckon: Running) -> None:
        self.beckon = beckon
        self.shop = f"http://second.localhost:{beckon.ports.of('demo')}"
        context = browser.new_context()
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=beckon.console("").rstrip("/"))
        self.console, self.store = context.new_page(), context.new_page()
        self.clicks = 0
        self.began = time.monotonic()

    def click(self, page: Page, name: str) -> None:
        self.clicks += 1
        page.get_by_role("button", name=name, exact=True).click()

    def signs_up(self, email: str) -> None:
        self.console.goto(self.beckon.console("/signup"))
        self.console.get_by_label("E-mail").fill(email)
        self.console.get_by_label("Password").fill(PASSWORD)
        self.console.get_by_label("Address of your shop").fill(self.shop)
        self.click(self.console, "Create account")
        expect(self.console.get_by_role("heading", name="Set-up", exact=True)).to_be_visible()

    def copies(self, which: str) -> str:
        self.click(self.console, f"Copy the {which} code")
        copied: str = self.console.evaluate("() => navigator.clipboard.readText()")
        assert "bk_" in copied
        return copied

    def pastes(self, tracking: str, confirmation: str) -> None:
        self.store.goto(f"{self.shop}/admin")
        self.store.get_by_label("Tracking Code", exact=True).fill(tracking)
        self.store.get_by_label("Order/Affiliate Addendum").fill(confirmation)
        self.click(self.store, "Save codes")

    def looks_at_the_shop(self) -> None:
        self.store.goto(self.shop)
        self.store.wait_for_load_state("networkidle")
        self.store.wait_for_function(OUTBOX_IS_EMPTY)

    def places_a_test_order(self) -> None:
        self.store.goto(f"{self.shop}/wines/old-harbor-red")
        self.click(self.store, "Add to cart")
        self.store.goto(f"{self.shop}/checkout")
        self.store.get_by_label("E-mail").fill("newcomer.test@mail.example")
        self.click(self.store, "Continue to payment")
        self.click(self.store, "Place order")
        self.store.locator("#order-number").wait_for()
        self.store.wait_for_function(OUTBOX_IS_EMPTY)

    def sees(self, step: str, text: str) -> None:
        """On the page that stays open: nothing is loaded again."""
        expect(self.console.locator(f"#state-{step}")).to_contain_text(text, timeout=LIVE_MS)


@pytest.fixture
def newcomer(browser: Browser, beckon: Running) -> Newcomer:
    return Newcomer(browser, beckon)


def test_a_newcomer_has_both_codes_verified_within_three_minutes_and_fifteen_clicks(newcomer: Newcomer) -> None:
    newcomer.signs_up("newcomer@shop.example")
    assert newcomer.console.get_by_text("Nexternal:").first.is_visible(), "the platform was recognised"
    newcomer.sees("tracking", "To do")
    newcomer.pastes(newcomer.copies("tracking"), newcomer.copies("confirmation"))
    newcomer.looks_at_the_shop()
    newcomer.sees("tracking", "Verified")
    newcomer.places_a_test_order()
    newcomer.sees("confirmation", "Verified")
    took = time.monotonic() - newcomer.began

    print(f"\nnewcomer: {took:.1f} s, {newcomer.clicks} clicks")
    assert newcomer.clicks <= MOST_CLICKS
    assert took <= MOST_SECONDS


def test_a_newcomer_who_pastes_the_codes_wrongly_is_told_what_is_wrong_and_puts_it_right(newcomer: Newcomer) -> None:
    newcomer.signs_up("mistaken@shop.example")
    tracking, confirmation = newcomer.copies("tracking"), newcomer.copies("confirmation")

    newcomer.pastes(confirmation, tracking)
    newcomer.sees("tracking", "Swap the two codes")
    newcomer.pastes(f"{tracking}\n{tracking}", confirmation)
    newcomer.sees("tracking", "Delete one of the two")
    newcomer.pastes(with_another_key(tracking), confirmation)
    newcomer.sees("tracking", "the code of another shop")
    newcomer.pastes(f"</head><body>{tracking}", confirmation)
    newcomer.sees("tracking", "Move it to the end of the head")
    newcomer.pastes(tracking, confirmation)
    newcomer.looks_at_the_shop()
    newcomer.sees("tracking", "Verified")


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
