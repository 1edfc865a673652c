"""kill -9 at each point of a call, against the sandbox carrier over HTTP: never two messages, and never a lost end."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.notify.channels.sms import SmsSender
from services.notify.channels.sms.twilio import Twilio
from shared.events.message import MessageAccepted, MessagePrepared, MessageUnresolved
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool
from tests.integration.notify.dying_sender import POINTS
from tests.support.builders.notify import ANNAS_NUMBER, a_consent, some_secrets
from tests.support.builders.notify_answers import granted, now
from tests.support.processes.demo import CHECKOUT, DemoProcess
from tests.support.processes.notify import Bench
from tests.support.stories.carrier_log import CarrierLog

SENT_AT_MOST = {"asked": 1, "clearing": 1, "before_the_call": 0, "after_the_call": 1}


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[DemoProcess]:
    """The sandbox carrier without callbacks: no report resolves what the list must."""
    process = DemoProcess(tmp_path / "carrier")
    process.start()
    process.client.post("/_control", json={"callbacks": "off"}).raise_for_status()
    yield process
    process.stop()


@pytest.fixture
async def shop(pool: Pool, carrier: DemoProcess) -> AsyncIterator[Bench]:
    """A shop with an account at that carrier, and Anna, who may be written to."""
    bench = Bench(pool, wire=Twilio(SystemClock().now, f"http://127.0.0.1:{carrier.port}"))
    account = carrier.client.get("/_account").json()
    sender = SmsSender(account["sid"], account["auth_token"], account["number"])
    await bench.open_shop(secrets=some_secrets(sender=sender))
    await bench.storefront(a_consent(occurred_at=now() - timedelta(minutes=5)))
    await pool.execute("UPDATE notify.bindings SET state = 'confirmed', confirmed_at = clock_timestamp()")
    yield bench
    await bench.close()


def log_of(carrier: DemoProcess) -> CarrierLog:
    return CarrierLog(f"http://127.0.0.1:{carrier.port}")


async def run_until_it_dies(dsn: str, carrier: DemoProcess, point: str) -> None:
    address = f"http://127.0.0.1:{carrier.port}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.notify.dying_sender",
        dsn,
        address,
        point,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )
    assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL


@pytest.mark.parametrize("point", POINTS)
async def test_a_process_that_dies_sends_at_most_one_message(
    shop: Bench, carrier: DemoProcess, database: str, point: str
) -> None:
    due = await shop.due()
    await run_until_it_dies(database, carrier, point)
    # The time that others wait before they sweep up after a dead process.
    await shop.pool.execute(
        "UPDATE notify.attempts SET opened_at = opened_at - interval '1 minute', called_at = called_at - interval '16 seconds'"
    )
    shop.start("dispatcher", "reconciliation")
    granting = asyncio.create_task(grant_everything(shop))

    async def known() -> bool:
        states = await shop.pool.fetch("SELECT state FROM notify.attempts WHERE state <> 'not_sent'")
        return [row["state"] for row in states] == [("unresolved" if point == "before_the_call" else "accepted")]

    await shop.eventually(known)
    granting.cancel()

    log = log_of(carrier)
    assert len(log.reminders_to(ANNAS_NUMBER)) == SENT_AT_MOST[point]
    accepted = [event for event in await shop.emitted(MessageAccepted) if event.nudge_id == due.nudge_id]
    assert len(accepted) == SENT_AT_MOST[point]
    assert len(await shop.emitted(MessageUnresolved)) == (0 if point in ("asked", "clearing") else 1)


async def grant_everything(bench: Bench) -> None:
    """orders, in a shop where nobody buys."""
    answered: set[str] = set()
    while True:
        for ask in await bench.emitted(MessagePrepared):
            if ask.attempt_id not in answered:
                answered.add(ask.attempt_id)
                await bench.nudges(granted(ask))
        await asyncio.sleep(0.01)


async def test_a_call_without_a_report_is_given_up_and_not_repeated(shop: Bench, carrier: DemoProcess, database: str) -> None:
    await shop.due()
    await run_until_it_dies(database, carrier, "before_the_call")
    await shop.pool.execute("UPDATE notify.attempts SET called_at = called_at - interval '1 hour'")
    shop.start("dispatcher", "reconciliation")

    async def given_up() -> bool:
        return any(event.given_up for event in await shop.emitted(MessageUnresolved))

    await shop.eventually(given_up)

    assert log_of(carrier).reminders_to(ANNAS_NUMBER) == []
    assert await shop.pool.fetchval("SELECT state FROM notify.nudges") == "ended"
    assert len(await shop.emitted(MessagePrepared)) == 1
