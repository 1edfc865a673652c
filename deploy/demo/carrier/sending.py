"""``POST …/Messages.json``: what Twilio checks before it takes a message."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.demo.carrier.errors import (
    BAD_CALLBACK,
    BAD_RECIPIENT,
    BODY_TOO_LONG,
    FOREIGN_SENDER,
    INVALID_PARAMETER,
    NO_BODY,
    NO_RECIPIENT,
    NO_SENDER,
    UNKNOWN_SERVICE,
    Refusal,
)
from deploy.demo.carrier.messages import Account

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LONGEST_BODY = 1600
LONGEST_VALIDITY_SECONDS = 36_000


@dataclass(frozen=True)
class Wanted:
    """A message that may be taken."""

    to: str
    body: str
    status_callback: str
    messaging_service_sid: str


@dataclass(frozen=True)
class Refused:
    """Why a message may not, and what it was about."""

    refusal: Refusal
    about: str = ""


def read(form: Mapping[str, str], account: Account) -> Wanted | Refused:
    """Check the fields in Twilio's order: recipient, sender, body, the rest."""
    wanted = Wanted(
        to=form.get("To", "").strip(),
        body=form.get("Body", ""),
        status_callback=form.get("StatusCallback", ""),
        messaging_service_sid=form.get("MessagingServiceSid", ""),
    )
    refusal = (
        _recipient(wanted.to)
        or _sender(form.get("From", ""), wanted.messaging_service_sid, account)
        or _body(wanted.body)
        or _callback(wanted.status_callback)
        or _validity(form.get("ValidityPeriod", ""))
    )
    return refusal or wanted


def _recipient(to: str) -> Refused | None:
    if not to:
        return Refused(NO_RECIPIENT)
    return None if E164.fullmatch(to) else Refused(BAD_RECIPIENT, to)


def _sender(sender: str, service: str, account: Account) -> Refused | None:
    if service:
        return None if service == account.messaging_service_sid else Refused(UNKNOWN_SERVICE, service)
    if not sender:
        return Refused(NO_SENDER)
    return None if sender == account.number else Refused(FOREIGN_SENDER, sender)


def _body(body: str) -> Refused | None:
    if not body.strip():
        return Refused(NO_BODY)
    return Refused(BODY_TOO_LONG) if len(body) > LONGEST_BODY else None


def _callback(address: str) -> Refused | None:
    parts = urlsplit(address)
    fine = not address or (parts.scheme in ("http", "https") and parts.hostname)
    return None if fine else Refused(BAD_CALLBACK, address)


def _validity(seconds: str) -> Refused | None:
    fine = not seconds or (seconds.isdecimal() and 1 <= int(seconds) <= LONGEST_VALIDITY_SECONDS)
    return None if fine else Refused(INVALID_PARAMETER, "ValidityPeriod")
