"""The carrier over HTTP: what it promises to those who test against it."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from deploy.demo.carrier.signature import HEADER, sign
from tests.support.processes.demo import DemoProcess, Receiver
from tests.support.waiting import wait_for

PHONE = "+14235550123"


def account_of(demo: DemoProcess) -> dict[str, str]:
    account: dict[str, str] = demo.client.get("/_account").json()
    return account


def send(demo: DemoProcess, **fields: str) -> httpx.Response:
    account = account_of(demo)
    form = {"To": PHONE, "From": account["number"], "Body": "hello"} | fields
    address = f"/2010-04-01/Accounts/{account['sid']}/Messages.json"
    return demo.client.post(address, data=form, auth=(account["sid"], account["auth_token"]))


def send_aside(demo: DemoProcess, **fields: str) -> "Future[httpx.Response]":
    """Send from a thread of its own: the answer may not come."""
    return ThreadPoolExecutor(1).submit(send, demo, **fields)


def logged(demo: DemoProcess) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = demo.client.get("/_log", params={"to": PHONE}).json()["messages"]
    return messages


def control(demo: DemoProcess, **switches: object) -> None:
    demo.client.post("/_control", json=switches).raise_for_status()


def test_a_message_is_taken_and_its_status_is_reported_signed(demo: DemoProcess, receiver: Receiver) -> None:
    account = account_of(demo)
    address = f"{receiver.address}/cb/1?x=1"

    answer = send(demo, StatusCallback=address)

    assert answer.status_code == 201
    assert answer.json()["status"] == "queued"
    wait_for("three callbacks", lambda: len(receiver.got) == 3)
    assert {form["MessageStatus"] for _, _, form in receiver.got} == {"queued", "sent", "delivered"}
    for _, headers, form in receiver.got:
        assert headers[HEADER] == sign(account["auth_token"], address, form)


def test_a_wrong_token_is_refused_as_twilio_refuses_it(demo: DemoProcess) -> None:
    sid = account_of(demo)["sid"]

    answer = demo.client.post(f"/2010-04-01/Accounts/{sid}/Messages.json", data={"To": PHONE}, auth=(sid, "guess"))

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert demo.client.get("/_calls").json()["calls"][0]["outcome"] == "unauthenticated"
    assert logged(demo) == []


def test_what_was_logged_before_the_answer_survives_a_kill(demo: DemoProcess) -> None:
    control(demo, hold=True)
    pending = send_aside(demo, Body="held", StatusCallback="http://127.0.0.1:1/cb/held")
    wait_for("the message is in the log", lambda: len(logged(demo)) == 1)

    demo.kill()
    demo.start()

    assert isinstance(pending.exception(timeout=10), httpx.TransportError)
    (message,) = logged(demo)
    assert (message["body"], message["status_callback"]) == ("held", "http://127.0.0.1:1/cb/held")


def test_an_answer_is_held_until_it_is_released(demo: DemoProcess) -> None:
    control(demo, hold=True)
    pending = send_aside(demo)
    wait_for("the message is in the log", lambda: len(logged(demo)) == 1)
    assert not pending.done()

    control(demo, hold=False)

    assert pending.result(timeout=10).status_code == 201


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"kind": "answer", "status": 503}, 503, 20500),
        ({"kind": "answer", "status": 429, "code": 20429, "retry_after": 7}, 429, 20429),
        ({"kind": "answer", "status": 400, "code": 21614}, 400, 21614),
    ],
)
def test_a_failure_is_answered_once_and_nothing_is_taken(
    demo: DemoProcess, fault: dict[str, Any], status: int, code: int
) -> None:
    control(demo, faults=[fault])

    failed, then = send(demo), send(demo)

    assert (failed.status_code, failed.json()["code"]) == (status, code)
    assert failed.headers.get("Retry-After") == (str(fault["retry_after"]) if "retry_after" in fault else None)
    assert then.status_code == 201
    assert len(logged(demo)) == 1


@pytest.mark.parametrize(("accepted", "in_the_log"), [(True, 1), (False, 0)])
def test_a_cut_connection_proves_nothing_of_what_was_taken(demo: DemoProcess, accepted: bool, in_the_log: int) -> None:
    control(demo, faults=[{"kind": "reset", "accepted": accepted}])

    with pytest.raises(httpx.TransportError):
        send(demo)

    assert len(logged(demo)) == in_the_log


def test_a_stopped_handset_is_refused_until_it_starts_again(demo: DemoProcess) -> None:
    demo.client.post("/_control", json={"opt_outs": True}).raise_for_status()
    demo.client.post("/_inbound", json={"from": PHONE, "body": "STOP"}).raise_for_status()
    refused = send(demo)
    demo.client.post("/_inbound", json={"from": PHONE, "body": "START"}).raise_for_status()

    assert (refused.status_code, refused.json()["code"]) == (400, 21610)
    assert send(demo).status_code == 201


def test_a_reply_waits_for_a_webhook_and_for_an_answer(demo: DemoProcess, receiver: Receiver) -> None:
    account = account_of(demo)
    receiver.status = 503
    demo.client.post("/_inbound", json={"from": PHONE, "body": "YES"}).raise_for_status()
    number = f"/2010-04-01/Accounts/{account['sid']}/IncomingPhoneNumbers/{account['number_sid']}.json"

    demo.client.post(number, data={"SmsUrl": f"{receiver.address}/in"}, auth=(account["sid"], account["auth_token"]))
    wait_for("a first try", lambda: len(receiver.got) >= 1)
    demo.kill()
    receiver.status, tried = 204, len(receiver.got)
    demo.start()
    wait_for("the same reply after the restart", lambda: len(receiver.got) > tried)

    path, headers, form = receiver.got[-1]
    assert (path, form["Body"], form["From"], form["To"]) == ("/in", "YES", PHONE, account["number"])
    assert headers[HEADER] == sign(account["auth_token"], f"{receiver.address}/in", form)


def test_callbacks_can_be_withheld_and_the_list_still_shows_the_message(demo: DemoProcess, receiver: Receiver) -> None:
    control(demo, callbacks="off")
    account = account_of(demo)
    sid = send(demo, StatusCallback=receiver.address).json()["sid"]
    auth = (account["sid"], account["auth_token"])
    base = f"/2010-04-01/Accounts/{account['sid']}"

    wait_for("delivered", lambda: demo.client.get(f"{base}/Messages/{sid}.json", auth=auth).json()["status"] == "delivered")

    listed = demo.client.get(f"{base}/Messages.json", params={"To": PHONE}, auth=auth).json()["messages"]
    assert [message["sid"] for message in listed] == [sid]
    assert receiver.got == []


def test_a_page_in_a_browser_cannot_use_the_switches(demo: DemoProcess) -> None:
    answer = demo.client.post("/_control", json={"hold": True}, headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403
    assert demo.client.get("/_control").json()["hold"] is False


def test_a_phone_shows_its_thread_and_answers(demo: DemoProcess) -> None:
    send(demo, Body="Your cart: http://127.0.0.1:1/l/abc Reply STOP")
    phones = demo.at("phones")

    phones.post(f"/threads/{PHONE}", data={"body": "hello <there>"})
    page = phones.get(f"/threads/{PHONE}").text

    assert '<a href="http://127.0.0.1:1/l/abc"' in page
    assert "hello &lt;there&gt;" in page
    assert PHONE in phones.get("/").text
