"""A message at the carrier: its states, and how Twilio writes it down."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import assert_never

API_VERSION = "2010-04-01"


class Direction(StrEnum):
    """Who began."""

    API = "outbound-api"
    REPLY = "outbound-reply"  # the carrier's own answer to a keyword
    INBOUND = "inbound"


class Status(StrEnum):
    """Twilio's states of a message; they never go back."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


def rank(status: Status) -> int:
    """How far a message has come: a later state has a higher one."""
    match status:
        case Status.ACCEPTED:
            return 0
        case Status.QUEUED:
            return 1
        case Status.SENDING:
            return 2
        case Status.SENT:
            return 3
        case Status.DELIVERED | Status.UNDELIVERED | Status.FAILED | Status.RECEIVED:
            return 4
        case _:
            assert_never(status)


@dataclass(frozen=True)
class Account:
    """The sandbox account: one customer of the carrier, with one number."""

    sid: str
    auth_token: str
    number: str
    number_sid: str
    messaging_service_sid: str
    sms_url: str


@dataclass(frozen=True)
class Message:
    """One text, either way."""

    sid: str
    direction: Direction
    handset: str
    body: str
    status: Status
    created_at: datetime
    accepted_monotonic: float
    status_callback: str = ""
    messaging_service_sid: str = ""
    error_code: int | None = None
    sent_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def came_from_handset(self) -> bool:
        """Typed on the phone."""
        return self.direction is Direction.INBOUND


def segments(body: str) -> int:
    """About what Twilio would bill. Good enough for a field that Beckon must not rely on."""
    single, joined = (160, 153) if body.isascii() else (70, 67)
    return 1 if len(body) <= single else -(-len(body) // joined)


def as_twilio(message: Message, account: Account) -> dict[str, object]:
    """The resource as the API shows it."""
    uri = f"/{API_VERSION}/Accounts/{account.sid}/Messages/{message.sid}"
    inbound = message.came_from_handset
    return {
        "account_sid": account.sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": format_datetime(message.created_at),
        "date_sent": format_datetime(message.sent_at) if message.sent_at else None,
        "date_updated": format_datetime(message.updated_at or message.created_at),
        "direction": message.direction.value,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.handset if inbound else account.number,
        "messaging_service_sid": message.messaging_service_sid or None,
        "num_media": "0",
        "num_segments": str(segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status.value,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": account.number if inbound else message.handset,
        "uri": f"{uri}.json",
    }


def status_callback(message: Message, account: Account, status: Status) -> dict[str, str]:
    """What Twilio posts when a message moves on."""
    parameters = {
        "AccountSid": account.sid,
        "ApiVersion": API_VERSION,
        "From": account.number,
        "MessageSid": message.sid,
        "MessageStatus": status.value,
        "SmsSid": message.sid,
        "SmsStatus": status.value,
        "To": message.handset,
    }
    if message.messaging_service_sid:
        parameters["MessagingServiceSid"] = message.messaging_service_sid
    if message.error_code is not None and status in (Status.UNDELIVERED, Status.FAILED):
        parameters["ErrorCode"] = str(message.error_code)
    return parameters


def inbound_webhook(message: Message, account: Account) -> dict[str, str]:
    """What Twilio posts when a handset has answered."""
    return {
        "AccountSid": account.sid,
        "ApiVersion": API_VERSION,
        "Body": message.body,
        "From": message.handset,
        "FromCountry": "US",
        "MessageSid": message.sid,
        "NumMedia": "0",
        "NumSegments": str(segments(message.body)),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": Status.RECEIVED.value,
        "To": account.number,
        "ToCountry": "US",
    }
