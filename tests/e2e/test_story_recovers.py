"""Story 1: it recovers. Story 5: STOP. Story 6: the server side."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browsers.shoppers import Shopper
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import Thread, report_order
from tests.support.waiting import stays, wait_for

NewThread = Callable[[str], Thread]
ENDED_BY_A_PURCHASE = ("Cart ended: bought", "Cart ended: probably bought")
"""Within the uncertainty of its clock an order counts as probable; it silences all the same."""


@pytest.fixture
def thread(browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi) -> NewThread:
    return lambda number: Thread(browser, beckon, carrier, console, number)


def test_a_cart_left_behind_makes_a_phone_buzz_and_its_link_brings_it_back(
    thread: NewThread, browser: Browser, beckon: Running, console: ConsoleApi, number: str
) -> None:
    story = thread(number)
    recovered_before = console.overview()["recovered_orders"]
    story.leaves_a_cart()
    story.shopper.leaves()

    text = story.assert_reminded_once()
    assert "Harbor & Vine" in text
    assert "STOP" in text
    elsewhere = Shopper(browser, beckon)
    elsewhere.follows(story.handset.link())
    expect(elsewhere.page.get_by_text("Old Harbor Red").first).to_be_visible()
    elsewhere.pays(story.email, number)

    wait_for("the recovered order", lambda: console.overview()["recovered_orders"] == recovered_before + 1)
    assert any(amount["minor"] >= 2450 for amount in console.overview()["recovered_unverified"])
    types = [entry["type"] for entry in story.cart["timeline"]]
    for step in ("opt_in.handled", "contact.confirmed", "cart.abandoned", "nudge.due", "message.prepared", "nudge.granted"):
        assert step in types
    assert "Recovered by a reminder" in story.sees("order.reconciled")["sentence"]
    assert story.sees("cart.closed")["title"].startswith("Cart ended")


def test_stop_is_answered_once_and_start_with_a_new_yes_opens_it_again(
    thread: NewThread, browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi, number: str
) -> None:
    story = thread(number)
    story.leaves_a_cart()
    story.handset.answers("STOP")
    assert story.sees("message.declined", "suppressed")
    story.assert_not_reminded(2)
    assert sum("opted out" in text for text in carrier.to(number)) == 1

    story.handset.answers("STOP")
    stays("one answer to STOP", lambda: sum("opted out and will" in text for text in carrier.to(number)) == 1, 2)
    story.handset.answers("START")
    wait_for("the answer to START", lambda: any("Reply YES" in text for text in carrier.to(number)))
    story.assert_not_reminded(3)
    story.handset.answers("YES")

    story.assert_reminded_once(90)


def test_an_order_of_the_server_is_one_order_whoever_reports_it_again(
    thread: NewThread, beckon: Running, console: ConsoleApi, database_orders: Callable[[], int], secret_key: str, number: str
) -> None:
    story = thread(number)
    story.leaves_a_cart()
    before = database_orders()
    order = {"order_id": f"S-{number[-4:]}", "status": "placed", "total": "24.50", "currency": "USD", "phone": number}

    first = report_order(beckon, secret_key, **order)
    again = report_order(beckon, secret_key, **order)
    report_order(beckon, secret_key, **{**order, "total": "99.00", "email": story.email})

    assert first == again
    story.assert_silenced()
    assert wait_for("one more order", lambda: database_orders() == before + 1)
    assert story.sees("cart.closed")["title"] in ENDED_BY_A_PURCHASE


def test_an_order_number_that_is_used_again_silences_again(
    thread: NewThread, beckon: Running, database_orders: Callable[[], int], secret_key: str, number: str
) -> None:
    """Shops restart their numbers: what was reported of a number before never moves or hides a later report."""
    order_id = f"A-{number[-4:]}"
    report_order(beckon, secret_key, order_id=order_id, status="placed", email="somebody-else@mail.example")
    story = thread(number)
    story.leaves_a_cart()

    report_order(beckon, secret_key, order_id=order_id, status="placed", phone=number)

    story.assert_silenced()
    assert story.sees("cart.closed")["title"] in ENDED_BY_A_PURCHASE


@pytest.fixture
def database_orders(database: object) -> Callable[[], int]:
    from tests.support.processes.database import Database

    assert isinstance(database, Database)
    return lambda: int(database.value("SELECT count(*) FROM onboarding.orders"))


@pytest.mark.parametrize("key", ["bsk_00000000_wrong", "nonsense", "bsk__"])
def test_an_order_without_a_good_key_is_refused(beckon: Running, key: str) -> None:
    with pytest.raises(AssertionError, match="reason"):
        report_order(beckon, key, order_id="1", status="placed", email="anna@mail.example")
