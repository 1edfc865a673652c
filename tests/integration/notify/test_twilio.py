"""The adapter that ships, against the sandbox carrier: every answer and every silence read by the table."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notify.channels.results import Accepted, NotSent, Outcome, Rejected, Unknown
from services.notify.channels.sms import Sms, SmsSender
from services.notify.channels.sms.twilio import Twilio, is_signed, signature_of
from shared.events.reasons import Reason
from shared.runtime.clock import SystemClock
from tests.support.builders.notify import ANNAS_NUMBER
from tests.support.processes.demo import DemoProcess
from tests.support.processes.servers import free_port
from tests.support.stories.carrier_log import CarrierLog

SMS = Sms(ANNAS_NUMBER, "Vine: hello", "https://go.example/cb/x", 60)


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    folder: Path = tmp_path_factory.mktemp("carrier")
    process = DemoProcess(folder)
    process.start()
    process.client.post("/_control", json={"callbacks": "off"}).raise_for_status()
    yield process
    process.stop()


@pytest.fixture
async def twilio(carrier: DemoProcess) -> AsyncIterator[Twilio]:
    adapter = Twilio(SystemClock().now, f"http://127.0.0.1:{carrier.port}")
    yield adapter
    await adapter.close()


@pytest.fixture
def sender(carrier: DemoProcess) -> SmsSender:
    account = carrier.client.get("/_account").json()
    return SmsSender(account["sid"], account["auth_token"], account["number"])


def switch(carrier: DemoProcess, **changes: Any) -> None:
    CarrierLog(f"http://127.0.0.1:{carrier.port}").switch(**changes)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "answer", "status": 429, "retry_after": 3}, NotSent(3.0, slow_down=True)),
        ({"kind": "answer", "status": 400, "code": 21610}, Rejected(Reason.SUPPRESSED)),
        ({"kind": "answer", "status": 400, "code": 21211}, Rejected(Reason.CONTACT_INVALID)),
        ({"kind": "answer", "status": 400, "code": 21408}, Rejected(Reason.CARRIER_REFUSED)),
        ({"kind": "answer", "status": 500, "accepted": True}, Unknown()),
        ({"kind": "answer", "status": 503}, Unknown()),
        ({"kind": "reset", "accepted": True}, Unknown()),
        ({"kind": "reset"}, Unknown()),
        ({"kind": "malformed", "accepted": True}, Unknown()),
        ({"kind": "timeout", "accepted": True}, Unknown()),
    ],
)
async def test_an_answer_or_its_absence_is_read_by_the_table(
    carrier: DemoProcess, twilio: Twilio, sender: SmsSender, fault: dict[str, Any], expected: Outcome
) -> None:
    switch(carrier, faults=[fault])
    calls = len(CarrierLog(f"http://127.0.0.1:{carrier.port}").calls_to(ANNAS_NUMBER))

    outcome = await twilio.send(sender, SMS)

    assert outcome == expected
    assert len(CarrierLog(f"http://127.0.0.1:{carrier.port}").calls_to(ANNAS_NUMBER)) == calls + 1


async def test_a_message_that_is_taken_has_the_carriers_id_and_is_listed(
    carrier: DemoProcess, twilio: Twilio, sender: SmsSender
) -> None:
    outcome = await twilio.send(sender, SMS)

    listed = await twilio.list_sent(sender, ANNAS_NUMBER)
    assert isinstance(outcome, Accepted)
    (found,) = [message for message in listed if message.carrier_id == outcome.carrier_id]
    assert found.body == SMS.body
    assert abs(found.created_at - datetime.now(UTC)) < timedelta(seconds=30)


async def test_a_wrong_token_is_a_fault_of_the_account_and_not_of_the_shopper(carrier: DemoProcess, twilio: Twilio) -> None:
    account = carrier.client.get("/_account").json()

    outcome = await twilio.send(SmsSender(account["sid"], "wrong", account["number"]), SMS)

    assert outcome == NotSent(60.0, Reason.ACCOUNT_REFUSED)


async def test_where_nobody_listens_provably_nothing_was_sent(sender: SmsSender) -> None:
    nobody = Twilio(SystemClock().now, f"http://127.0.0.1:{free_port()}")

    assert await nobody.send(sender, SMS) == NotSent()
    assert await nobody.list_sent(sender, ANNAS_NUMBER) == []
    await nobody.close()


@pytest.fixture
def proxy_in_the_environment() -> Iterator[None]:
    """The address of a proxy at which nobody listens."""
    os.environ["HTTP_PROXY"] = f"http://127.0.0.1:{free_port()}"
    yield
    del os.environ["HTTP_PROXY"]


@pytest.mark.usefixtures("proxy_in_the_environment")
async def test_a_proxy_in_the_environment_is_not_used(carrier: DemoProcess, sender: SmsSender) -> None:
    adapter = Twilio(SystemClock().now, f"http://127.0.0.1:{carrier.port}")

    assert isinstance(await adapter.send(sender, SMS), Accepted)
    await adapter.close()


def test_a_signature_is_twilios_own() -> None:
    """The vector of Twilio's documentation."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    address = "https://mycompany.com/myapp.php?foo=1&bar=2"

    assert signature_of("12345", address, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert is_signed("12345", address, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not is_signed("12345", address + "3", form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not is_signed("12345", address, form | {"More": ""}, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not is_signed("12345", address, form, "")


def test_a_secret_is_never_shown() -> None:
    assert "s3cret" not in repr(SmsSender("AC1", "s3cret", ANNAS_NUMBER))
    assert ANNAS_NUMBER not in repr(SMS)
