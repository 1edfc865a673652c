"""Story 8: it goes on after Ctrl-C. Story 9: crash at named points."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.support.processes.database import Database
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import Thread, report_order
from tests.support.waiting import wait_for

NewThread = Callable[[str], Thread]


@pytest.fixture
def thread(browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi) -> NewThread:
    return lambda number: Thread(browser, beckon, carrier, console, number)


def test_a_reminder_that_was_pending_at_ctrl_c_comes_after_the_next_start_once(
    thread: NewThread, beckon: Running, database: Database, number: str
) -> None:
    story = thread(number)
    story.abandons_a_cart()

    beckon.interrupt()
    beckon.start()

    story.assert_reminded_once()


def test_notify_killed_before_the_attempt_is_prepared_reminds_once(
    thread: NewThread, beckon: Running, database: Database, number: str
) -> None:
    story = thread(number)
    with ExitStack() as locks:
        with story.before_the_reminder():
            locks.enter_context(database.locked("notify.attempts"))
        wait_for("notify to want an attempt", lambda: waits_for(database, "INSERT INTO notify.attempts"))
        beckon.kill("notify")

    story.assert_reminded_once()


def waits_for(database: Database, statement: str) -> bool:
    """Somebody is stopped by our lock in the middle of this statement."""
    return bool(
        database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'", statement
        )
    )


def test_notify_killed_while_the_carrier_holds_its_answer_reminds_once(
    thread: NewThread, beckon: Running, carrier: CarrierLog, number: str
) -> None:
    story = thread(number)
    with story.before_the_reminder():
        carrier.switch(hold=True, callbacks="held")
    wait_for("the held call", lambda: carrier.reminders_to(number))
    beckon.kill("notify")
    carrier.switch(hold=False, callbacks="on")

    story.assert_reminded_once()
    assert story.sees("message.accepted")


def test_notify_killed_between_the_carriers_answer_and_its_storage_reminds_once(
    thread: NewThread, beckon: Running, carrier: CarrierLog, database: Database, number: str
) -> None:
    story = thread(number)
    with story.before_the_reminder():
        carrier.switch(hold=True, callbacks="held")
    wait_for("the held call", lambda: carrier.reminders_to(number))
    with database.locked("notify.attempts"):
        carrier.switch(hold=False)
        wait_for("notify to store what it knows", lambda: waits_for(database, "notify.attempts"))
        beckon.kill("notify")
    carrier.switch(callbacks="on")

    story.assert_reminded_once()
    assert story.sees("message.accepted")


def test_a_call_that_died_before_the_carrier_took_it_is_given_up_and_never_repeated(
    thread: NewThread, beckon: Running, carrier: CarrierLog, number: str
) -> None:
    story = thread(number)
    with story.before_the_reminder():
        carrier.switch(faults=[{"kind": "timeout", "to": number, "accepted": False, "times": None}])
    wait_for("the call", lambda: len(carrier.calls_to(number)) >= 3)
    beckon.kill("notify")
    carrier.switch(faults=[])

    entry = story.sees("message.unresolved", "given_up")
    assert entry["title"] == "Reminder unresolved, given up"
    assert not carrier.reminders_to(number)


def test_orders_killed_between_ask_and_answer_reminds_once(
    thread: NewThread, beckon: Running, database: Database, number: str
) -> None:
    story = thread(number)
    with ExitStack() as locks:
        with story.before_the_reminder():
            locks.enter_context(database.locked("orders.markers"))
        wait_for("a marker to be waited for", lambda: waits_for(database, "INSERT INTO orders.markers"))
        beckon.kill("orders")

    story.assert_reminded_once()


def test_ingest_killed_after_the_2xx_of_an_unread_order_keeps_the_cart_silent(
    thread: NewThread, beckon: Running, secret_key: str, number: str
) -> None:
    story = thread(number)
    story.abandons_a_cart()
    release = beckon.kill_and_hold("orders")
    report_order(beckon, secret_key, order_id=f"K-{number[-4:]}", status="placed", phone=number)
    beckon.kill("ingest")
    release()
    beckon.wait_ready("orders")
    beckon.wait_ready("ingest")

    story.assert_silenced()


@pytest.mark.parametrize("server", ["kafka", "postgres"])
def test_a_server_killed_while_a_reminder_is_pending_reminds_once(
    thread: NewThread, beckon: Running, number: str, server: str
) -> None:
    story = thread(number)
    story.abandons_a_cart()
    beckon.kill(server)

    story.assert_reminded_once(90)


@pytest.mark.parametrize("server", ["kafka", "postgres"])
def test_a_server_killed_after_the_2xx_of_an_order_keeps_it_silent(
    thread: NewThread, beckon: Running, secret_key: str, number: str, server: str
) -> None:
    story = thread(number)
    story.abandons_a_cart()
    report_order(beckon, secret_key, order_id=f"V-{server}-{number[-4:]}", status="placed", phone=number)
    beckon.kill(server)

    story.assert_silenced(60)
