"""Story 2: silent after a purchase. Story 3: another device. Story 4: staff. Story 7: nobody is texted by forgery."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from playwright.sync_api import Browser

from tests.support.browsers.shoppers import Clerk, Shopper
from tests.support.processes.database import Database
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import Thread, email_of, paused, report_order
from tests.support.waiting import stays, wait_for

NewThread = Callable[[str], Thread]


@pytest.fixture
def thread(browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi) -> NewThread:
    return lambda number: Thread(browser, beckon, carrier, console, number)


def test_a_purchase_long_before_the_nudge_keeps_it_silent(thread: NewThread, console: ConsoleApi, number: str) -> None:
    story = thread(number)
    story.leaves_a_cart()
    with paused(console):
        story.shopper.pays(story.email, number)

    story.assert_silenced()


def test_a_cached_page_after_a_purchase_opens_no_cart_and_the_same_wine_anew_does(
    thread: NewThread, console: ConsoleApi, number: str
) -> None:
    story = thread(number)
    story.leaves_a_cart()
    with paused(console):
        story.shopper.keeps_a_copy("/wines/old-harbor-red")
        story.shopper.pays(story.email, number)
        bought = story.cart["cart_id"]
    story.shopper.sees_the_copy("/wines/old-harbor-red")
    assert story.shopper.cart_id(console.site_id) == bought
    story.assert_not_reminded()

    story.shopper.fills_a_cart()

    assert story.shopper.cart_id(console.site_id) != bought
    story.assert_reminded_once()


def test_a_purchase_a_second_before_the_nudge_keeps_it_silent(
    thread: NewThread, beckon: Running, database: Database, secret_key: str, number: str
) -> None:
    story = thread(number)
    story.leaves_a_cart()
    cart_id = story.cart["cart_id"]
    due_at = wait_for(
        "a planned nudge", lambda: database.value("SELECT due_at FROM orders.nudges WHERE cart_id::text = $1", cart_id)
    )
    with database.locked("orders.asks"):  # nobody is granted before the acknowledgement, however long it takes
        wait_for("the last second", lambda: datetime.now(UTC) >= due_at - timedelta(seconds=1))
        report_order(beckon, secret_key, order_id=f"L-{number[-4:]}", status="placed", phone=number)

    story.assert_silenced()
    assert story.sees("nudge.cancelled", "bought")


def test_a_purchase_while_notify_is_stopped_with_an_attempt_prepared_is_silent(
    thread: NewThread, beckon: Running, database: Database, secret_key: str, number: str
) -> None:
    story = thread(number)
    story.leaves_a_cart()
    with database.locked("orders.asks"):  # nobody can be granted meanwhile
        wait_for("a prepared attempt", lambda: attempts(database, story))
        release = beckon.kill_and_hold("notify")
        report_order(beckon, secret_key, order_id=f"P-{number[-4:]}", status="placed", phone=number)
    release()
    beckon.wait_ready("notify")

    story.assert_silenced()
    assert story.sees("nudge.cancelled", "bought")


def test_a_pause_holds_what_falls_due_and_releases_it_afterwards(
    thread: NewThread, console: ConsoleApi, carrier: CarrierLog, number: str
) -> None:
    story = thread(number)
    story.leaves_a_cart()
    with paused(console):
        assert story.sees("nudge.postponed", "paused")
        assert not carrier.reminders_to(number)

    story.assert_reminded_once()


def attempts(database: Database, story: Thread) -> list[dict[str, object]]:
    """The reminders of a story's cart that were ever opened."""
    return database.rows(
        "SELECT state FROM notify.attempts WHERE kind = 'reminder' AND cart_id::text = $1", story.cart["cart_id"]
    )


def test_a_purchase_in_another_browser_with_the_same_phone_keeps_it_silent(
    thread: NewThread, browser: Browser, beckon: Running, console: ConsoleApi, number: str
) -> None:
    story = thread(number)
    story.leaves_a_cart(with_email=False)
    with paused(console):
        other = Shopper(browser, beckon)
        other.fills_a_cart("breakwater-syrah")
        other.pays(f"other{number[-4:]}@mail.example", number)

    story.assert_silenced()


def test_a_phone_given_in_the_other_browser_only_after_the_purchase_silences_too(
    thread: NewThread, browser: Browser, beckon: Running, console: ConsoleApi, number: str
) -> None:
    story = thread(number)
    other = Shopper(browser, beckon)
    story.leaves_a_cart(with_email=False)
    with paused(console):
        other.fills_a_cart("breakwater-syrah")
        other.pays(f"other{number[-4:]}@mail.example")
        other.fills_a_cart("lighthouse-pinot")
        other.gives(phone=number)

    story.assert_silenced()


def test_a_server_report_with_an_address_of_another_browser_alone_silences(
    thread: NewThread, browser: Browser, beckon: Running, console: ConsoleApi, secret_key: str, number: str
) -> None:
    story = thread(number)
    known_there = f"only-there{number[-4:]}@mail.example"
    story.leaves_a_cart(with_email=False)
    with paused(console):
        other = Shopper(browser, beckon)
        other.fills_a_cart("breakwater-syrah")
        other.gives(known_there, number)
        report_order(beckon, secret_key, order_id=f"E-{number[-4:]}", status="placed", email=known_there)

    story.assert_silenced()


def test_staff_silence_the_customer_they_served_and_nobody_else(
    browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi, database: Database
) -> None:
    numbers = [f"+14235550{n}" for n in (901, 902, 903)]
    clerk = Clerk(browser, beckon)
    threads = [Thread(browser, beckon, carrier, console, each) for each in numbers]
    with paused(console):  # three carts take longer to fill than one takes to fall due
        for thread in threads:
            thread.shopper.fills_a_cart()
            thread.shopper.gives(thread.email, thread.number, opts_in=True)
            thread.shopper.page.get_by_role("button", name="Continue to payment").click()
        clerk.serves(email_of(numbers[1]))
        clerk.serves(email_of(numbers[2]))
        carts_before = database.value("SELECT count(*) FROM orders.carts")
        clerk.keys_in_an_order(email_of(numbers[0]))
    for each in numbers[1:]:
        wait_for("the opt-in question", partial(carrier.questions_to, each))
        carrier.reply(each, "YES")

    wait_for("both others to be reminded", lambda: carrier.reminders_to(numbers[1]) and carrier.reminders_to(numbers[2]), 40)
    threads[0].assert_silenced()
    assert carrier.questions_to(numbers[0]) == []  # bought over the phone since the tick, known by an e-mail address alone
    assert database.value("SELECT count(*) FROM orders.carts") == carts_before


def test_a_strangers_beacons_never_text_a_victim_more_than_the_one_question(
    thread: NewThread, browser: Browser, beckon: Running, carrier: CarrierLog, number: str
) -> None:
    strangers = [Shopper(browser, beckon) for _ in range(2)]
    for stranger in strangers:
        stranger.fills_a_cart("breakwater-syrah")
        stranger.gives(phone=number, opts_in=True)
        wait_for("the one question", lambda: carrier.questions_to(number))
    carrier.reply(number, "YES")

    victim = Shopper(browser, beckon)
    victim.fills_a_cart()
    victim.gives(phone=number, opts_in=True)

    stays("one question", lambda: len(carrier.questions_to(number)) == 1, 6)
    assert len(carrier.reminders_to(number)) <= 1  # of the one cart whose tick stood alone when YES was answered, if any did
    assert all("Syrah" not in text and "Old Harbor" not in text for text in carrier.to(number))
