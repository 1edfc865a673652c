"""What can be wrong with a shop, made so in the shop itself, and named on the set-up's open page; then put right."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser

from tests.support.browsers.newcomer import Newcomer
from tests.support.processes.running import Running

PHONE = "+1 423 555 0990"
CHECKOUT = "Save appearance"
BOX = "Box_for_SMS_messages_beside_the_phone"


@pytest.fixture
def newcomer(browser: Browser, beckon: Running, request: pytest.FixtureRequest) -> Newcomer:
    """With both codes pasted as they should be, and a shop that nobody has visited."""
    newcomer = Newcomer(browser, beckon)
    newcomer.signs_up(f"{request.node.name.replace('_', '-')[:50]}@shop.example")
    newcomer.sets(CHECKOUT, Cookie_banner="none", **{"Content-Security-Policy": "", BOX: "unticked"})
    newcomer.pastes(newcomer.copies("tracking"), newcomer.copies("confirmation"))
    return newcomer


def test_a_policy_of_the_shop_that_keeps_the_code_out(newcomer: Newcomer) -> None:
    newcomer.sets(CHECKOUT, **{"Content-Security-Policy": "script-src 'self' 'unsafe-inline'"})
    newcomer.looks_at_the_shop()
    newcomer.assert_shows("tracking", "Add the address in the code to script-src and connect-src")

    newcomer.sets(CHECKOUT, **{"Content-Security-Policy": ""})
    newcomer.looks_at_the_shop()
    newcomer.assert_shows("tracking", "Verified")


def test_a_banner_that_never_consents(newcomer: Newcomer) -> None:
    newcomer.sets(CHECKOUT, Cookie_banner="declines")
    newcomer.looks_at_the_shop()
    newcomer.assert_shows("tracking", "Let the banner call setConsent with storage granted")

    newcomer.sets(CHECKOUT, Cookie_banner="none")
    newcomer.looks_at_the_shop()
    newcomer.assert_shows("tracking", "Verified")


def test_no_box_then_a_ticked_one_then_one_that_the_shopper_ticks(newcomer: Newcomer) -> None:
    newcomer.sets(CHECKOUT, **{BOX: "none"})
    newcomer.types_a_phone(PHONE)
    newcomer.assert_shows("opt_in", "Add the box")

    newcomer.sets(CHECKOUT, **{BOX: "ticked"})
    newcomer.types_a_phone(PHONE)
    newcomer.assert_shows("opt_in", "Leave the box unticked")

    newcomer.sets(CHECKOUT, **{BOX: "unticked"})
    newcomer.store.context.clear_cookies(domain="second.localhost")
    newcomer.types_a_phone(PHONE, ticks=True)
    newcomer.assert_shows("opt_in", "Verified")


def test_a_clock_that_is_wrong(newcomer: Newcomer) -> None:
    newcomer.store.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=20))
    newcomer.looks_at_the_shop()

    newcomer.assert_shows("tracking", "Set the clock of the computer you test with")


def test_a_worker_file_that_is_missing_then_of_the_wrong_type_then_old(newcomer: Newcomer) -> None:
    with newcomer.console.expect_download() as download:
        newcomer.console.get_by_role("link", name="Download the worker file").click()
    worker = download.value.path().read_text()
    newcomer.click(newcomer.console, "The file is there")
    newcomer.assert_shows("push", "Upload the file there")

    newcomer.sets("Save file", **{"beckon-worker.js": worker, "Served_as": "text/plain"})
    newcomer.assert_shows("push", "Have it served as text/javascript")
    newcomer.sets("Save file", **{"beckon-worker.js": worker.replace("version 1", "version 0"), "Served_as": "text/javascript"})
    newcomer.assert_shows("push", "Upload the file of this page in its place")
    newcomer.sets("Save file", **{"beckon-worker.js": worker})
    newcomer.assert_shows("push", "Verified")


def test_a_key_that_was_revoked(newcomer: Newcomer) -> None:
    settings = newcomer.console.context.new_page()
    settings.goto(newcomer.console.url.replace("/setup", "/settings"))
    newcomer.click(settings, "Make a new site key")
    settings.get_by_role("button", name="Revoke …").last.click()

    newcomer.looks_at_the_shop()
    newcomer.assert_shows("tracking", "Paste the codes of this page in its place")


def test_an_order_whose_keywords_the_shop_did_not_replace(newcomer: Newcomer) -> None:
    tracking, confirmation = newcomer.copies("tracking"), newcomer.copies("confirmation")
    newcomer.pastes(tracking, re.sub(r"\[(\w+)\]", r"[No \1]", confirmation))
    newcomer.places_a_test_order()
    newcomer.assert_shows("confirmation", "Put the code where keywords are replaced")

    newcomer.pastes(tracking, confirmation)
    newcomer.places_a_test_order()
    newcomer.assert_shows("confirmation", "Verified")


def test_codes_that_go_from_the_shop_again(newcomer: Newcomer) -> None:
    tracking, confirmation = newcomer.copies("tracking"), newcomer.copies("confirmation")
    newcomer.places_a_test_order()
    newcomer.assert_shows("confirmation", "Verified")
    newcomer.pastes(tracking, "")
    newcomer.places_a_test_order()
    newcomer.assert_shows("confirmation", "Paste it again")
    newcomer.pastes("", "")
    newcomer.assert_shows("tracking", "is not there any more")

    newcomer.pastes(tracking, confirmation)
    newcomer.places_a_test_order()
    newcomer.assert_shows("confirmation", "Verified")
    newcomer.assert_shows("tracking", "Verified")
