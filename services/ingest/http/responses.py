"""What ingest answers: a status and, unless all is well, a reason and what to do about it, in plain English."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from types import MappingProxyType

from services.ingest.admission import Refusal

Headers = tuple[tuple[str, str], ...]

_ANSWERS: Mapping[Refusal, tuple[int, str]] = MappingProxyType(
    {
        Refusal.UNKNOWN_SITE: (404, "Copy the code again from the console: this site key is not in use."),
        Refusal.FOREIGN_ORIGIN: (403, "Add this page's host to the site's hosts in the console."),
        Refusal.BACK_OFFICE: (422, "Pages of the back office report orders only; nothing else is kept of them."),
        Refusal.OVER_LIMIT: (429, "Send again after the time in Retry-After."),
        Refusal.OVERSIZED: (413, "A body holds at most 64 KiB and 100 events, an event 16 KiB: send less at once."),
        Refusal.MALFORMED: (400, "Send a JSON object as the reference of this address describes it."),
        Refusal.SEVERAL_ORDERS: (400, "Send each order in a call of its own: this is a list of several."),
        Refusal.UNKNOWN_TYPE: (422, "Use one of the event types in the reference."),
        Refusal.BOT: (422, "Only browsers of shoppers may report this."),
        Refusal.TOO_OLD: (422, "Events are kept for a week; drop this one."),
        Refusal.UNREADABLE_FIELD: (422, "Correct the field that is named."),
        Refusal.NO_IDENTITY: (400, "Name the shopper by at least one of e-mail, phone, customer, cart or visitor id."),
        Refusal.ENCODED: (415, "Send the body without a content encoding."),
        Refusal.TOO_SLOW: (408, "Send the whole body within five seconds."),
        Refusal.NOT_FOUND: (404, "There is nothing at this address."),
        Refusal.NO_METHOD: (405, "Use the method that Allow names."),
        Refusal.BAD_KEY: (
            401,
            "Sign with a secret key of the site: Authorization: Bearer bsk_..., or Beckon-Signature.",
        ),
        Refusal.BAD_SIGNATURE: (
            401,
            "Copy the secret with which your shop signs its webhooks into the set-up, where its platform is chosen too.",
        ),
        Refusal.STALE_SIGNATURE: (401, "Sign with the present time: the signature is older or newer than 5 minutes."),
        Refusal.NOT_READY: (503, "Nothing was kept. Send again after the time in Retry-After."),
        Refusal.NOT_DURABLE: (503, "Nothing is known to be kept. Send again after the time in Retry-After."),
    }
)


@dataclass(frozen=True)
class Response:
    """A whole answer."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Headers = field(default=())


@dataclass(frozen=True)
class Rejected:
    """One event that was not taken, by the client id it came with."""

    client_id: str | None
    reason: Refusal
    field: str | None = None


NO_CONTENT = Response(204)


def refusal(reason: Refusal, *, field: str | None = None, retry_after: float | None = None) -> Response:
    """The answer that nothing was taken, and why."""
    status, remedy = _ANSWERS[reason]
    content = {"reason": reason.value, "remedy": remedy} | ({} if field is None else {"field": field})
    wait: Headers = () if retry_after is None else (("retry-after", str(max(1, ceil(retry_after)))),)
    return to_json(status, content, wait)


def some_rejected(rejected: Sequence[Rejected]) -> Response:
    """The answer that some events were refused, while the others are durable."""
    entries = [
        {"i": one.client_id, "reason": one.reason.value, "remedy": _ANSWERS[one.reason][1]}
        | ({} if one.field is None else {"field": one.field})
        for one in rejected
    ]
    return to_json(422, {"reason": "rejected", "remedy": "See each event's reason.", "rejected": entries})


def to_json(status: int, content: object, headers: Headers = ()) -> Response:
    """An answer in JSON."""
    return Response(status, json.dumps(content).encode(), "application/json", headers)
