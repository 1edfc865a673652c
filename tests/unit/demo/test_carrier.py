"""The sandbox carrier behaves as Twilio documents it."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from deploy.demo.carrier.controls import Fault, FaultKind, Switchboard
from deploy.demo.carrier.errors import BAD_RECIPIENT, BODY_TOO_LONG, FOREIGN_SENDER, NO_RECIPIENT, NO_SENDER
from deploy.demo.carrier.keywords import Keyword, keyword_in
from deploy.demo.carrier.listing import as_list, fits, page_from
from deploy.demo.carrier.messages import Account, Direction, Message, Status, status_callback
from deploy.demo.carrier.sending import Refused, Wanted, read
from deploy.demo.carrier.signature import sign

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACCOUNT = Account("AC1", "token", "+12055550100", "PN1", "MG1", "")
PHONE = "+14235550123"


def a_message(sid: str = "SM1", at: datetime = NOON, to: str = PHONE) -> Message:
    return Message(sid, Direction.API, to, "hello", Status.DELIVERED, at, 1.0, sent_at=at)


def test_a_signature_is_the_one_that_twilio_publishes() -> None:
    parameters = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }

    signature = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", parameters)

    assert signature == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        ("STOP", Keyword.STOP),
        (" stop ", Keyword.STOP),
        ("Unstop", Keyword.START),
        ("YES", Keyword.START),
        ("info", Keyword.HELP),
        ("STOP PLEASE", None),
        ("", None),
    ],
)
def test_only_a_message_of_one_word_is_a_keyword(body: str, keyword: Keyword | None) -> None:
    assert keyword_in(body) is keyword


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"From": ACCOUNT.number, "Body": "x"}, Refused(NO_RECIPIENT)),
        ({"To": "123", "From": ACCOUNT.number, "Body": "x"}, Refused(BAD_RECIPIENT, "123")),
        ({"To": PHONE, "Body": "x"}, Refused(NO_SENDER)),
        ({"To": PHONE, "From": "+19995550100", "Body": "x"}, Refused(FOREIGN_SENDER, "+19995550100")),
        ({"To": PHONE, "From": ACCOUNT.number, "Body": "x" * 1601}, Refused(BODY_TOO_LONG)),
    ],
)
def test_a_message_that_twilio_would_refuse_is_refused(form: dict[str, str], refused: Refused) -> None:
    assert read(form, ACCOUNT) == refused


def test_a_message_may_name_the_messaging_service_and_no_number() -> None:
    wanted = read({"To": PHONE, "MessagingServiceSid": "MG1", "Body": "x", "ValidityPeriod": "60"}, ACCOUNT)

    assert wanted == Wanted(PHONE, "x", "", "MG1")


def test_the_list_is_cut_by_day_by_second_and_by_number() -> None:
    message = a_message()

    assert fits(message, {"DateSent": "2026-06-01", "To": PHONE}, ACCOUNT)
    assert fits(message, {"DateSent>": "2026-06-01T12:00:00Z"}, ACCOUNT)
    assert not fits(message, {"DateSent>": "2026-06-01T12:00:01Z"}, ACCOUNT)
    assert not fits(message, {"DateSent<": "2026-05-31"}, ACCOUNT)
    assert not fits(message, {"To": "+14235550124"}, ACCOUNT)


def test_pages_of_the_list_follow_each_other_without_a_gap() -> None:
    found = [a_message(f"SM{number}", NOON - timedelta(minutes=number)) for number in range(5)]
    query = {"PageSize": "2"}
    sids: list[str] = []

    while True:
        page = as_list(found, query, page_from(query), ACCOUNT)
        messages = page["messages"]
        assert isinstance(messages, list)
        sids += [message["sid"] for message in messages]
        if page["next_page_uri"] is None:
            break
        query = dict(part.split("=") for part in str(page["next_page_uri"]).split("?")[1].split("&"))

    assert sids == ["SM0", "SM1", "SM2", "SM3", "SM4"]


def test_an_error_code_is_reported_only_with_the_failure() -> None:
    message = Message("SM1", Direction.API, PHONE, "x", Status.QUEUED, NOON, 1.0, error_code=30003)

    assert "ErrorCode" not in status_callback(message, ACCOUNT, Status.SENT)
    assert status_callback(message, ACCOUNT, Status.UNDELIVERED)["ErrorCode"] == "30003"


def test_a_fault_is_used_up_by_the_number_that_it_is_for() -> None:
    switchboard = Switchboard()
    switchboard.change({"faults": [{"kind": "reset", "to": PHONE, "times": 2}]})

    assert switchboard.take_fault("+14235550199") is None
    assert switchboard.take_fault(PHONE) == Fault(kind=FaultKind.RESET, to=PHONE, times=2)
    assert switchboard.take_fault(PHONE) == Fault(kind=FaultKind.RESET, to=PHONE, times=1)
    assert switchboard.take_fault(PHONE) is None


def test_switches_that_make_no_sense_change_nothing() -> None:
    switchboard = Switchboard()

    with pytest.raises(ValidationError):
        switchboard.change({"hold": True, "callbacks": "perhaps"})

    assert switchboard.now.hold is False
