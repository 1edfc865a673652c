"""Admission: strict for what could cause a message, lenient for what silences."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from services.ingest.origin import RequestOrigin

BODY_BYTES = 65_536
EVENT_BYTES = 16_384
EVENTS_PER_BODY = 100
EVENT_DEPTH = 6  # a body around an event adds two levels: eight in all
OLDEST_SPEECH = timedelta(days=8)  # the snippet's outbox keeps seven days


class Refusal(StrEnum):
    """Why something was not taken. Closed and counted; the answer's ``reason``."""

    UNKNOWN_SITE = "unknown_site"
    FOREIGN_ORIGIN = "foreign_origin"
    BACK_OFFICE = "back_office"
    OVER_LIMIT = "over_limit"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown_type"
    BOT = "bot"
    TOO_OLD = "too_old"
    UNREADABLE_FIELD = "unreadable_field"
    NO_IDENTITY = "no_identity"
    SEVERAL_ORDERS = "several_orders"
    ENCODED = "encoded"
    TOO_SLOW = "too_slow"
    NOT_FOUND = "not_found"
    NO_METHOD = "method_not_allowed"
    BAD_KEY = "bad_key"
    BAD_SIGNATURE = "bad_signature"
    STALE_SIGNATURE = "stale_signature"
    NOT_READY = "not_ready"
    NOT_DURABLE = "not_durable"


SILENCING = frozenset({"order.reported", "consent.withdrawn", "push.unsubscribed"})
IN_THE_BACK_OFFICE = frozenset({"page.seen", "order.reported"})
ON_THE_HOSTED_PAGE = frozenset({"link.followed"})
IN_A_SANDBOX = frozenset({"page.seen", "shopper.identified"})
"""What silences or postpones, and opens nothing: a sandboxed frame of any page in the world has the same origin."""

# CUBOT makes phones.
_BOTS = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|facebookexternalhit|embedly|preview|scan|monitor|pingdom|lighthouse"
    r"|phantomjs|headless|curl/|wget/|python|java/|go-http|okhttp|libwww|httpclient|node-fetch|axios|undici",
    re.IGNORECASE,
)
_TEST_BROWSERS = re.compile(r"HeadlessChrome", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """What is known of an event before its fields are read."""

    type: str
    origin: RequestOrigin
    age: timedelta
    user_agent: str
    size: int
    depth: int


def refuse(event: Candidate, *, test_browsers: bool) -> Refusal | None:
    """Why an event may not come in, or None. An order report always may: whatever is wrong with it, it silences."""
    if event.type in SILENCING:
        return None
    return _refuse_shape(event) or _refuse_origin(event) or _refuse_sender(event, test_browsers)


def _refuse_shape(event: Candidate) -> Refusal | None:
    if event.size > EVENT_BYTES:
        return Refusal.OVERSIZED
    return Refusal.MALFORMED if event.depth > EVENT_DEPTH else None


def _refuse_origin(event: Candidate) -> Refusal | None:
    match event.origin:
        case RequestOrigin.FOREIGN:
            return Refusal.FOREIGN_ORIGIN
        case RequestOrigin.BACK_OFFICE if event.type not in IN_THE_BACK_OFFICE:
            return Refusal.BACK_OFFICE  # staff open no cart and bind nothing
        case RequestOrigin.HOSTED_PAGE if event.type not in ON_THE_HOSTED_PAGE:
            return Refusal.FOREIGN_ORIGIN
        case RequestOrigin.SANDBOX if event.type not in IN_A_SANDBOX:
            return Refusal.FOREIGN_ORIGIN
        case RequestOrigin.STOREFRONT | RequestOrigin.BACK_OFFICE | RequestOrigin.HOSTED_PAGE | RequestOrigin.SANDBOX:
            return None


def _refuse_sender(event: Candidate, test_browsers: bool) -> Refusal | None:
    if is_bot(event.user_agent) and not (test_browsers and _TEST_BROWSERS.search(event.user_agent)):
        return Refusal.BOT
    return Refusal.TOO_OLD if event.age > OLDEST_SPEECH else None


@lru_cache(maxsize=4096)
def is_bot(user_agent: str) -> bool:
    """Whether this is a machine by its own name. No name at all counts as one."""
    return not user_agent or _BOTS.search(user_agent) is not None
