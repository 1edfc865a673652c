"""Takes a beacon body apart: whose it is, who sends it, and its events before their fields are read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from services.ingest.admission import EVENT_BYTES, EVENT_DEPTH, EVENTS_PER_BODY, SILENCING
from services.ingest.beacons.cart_moment import earliest_filling
from services.ingest.beacons.parsing import Beacon
from services.ingest.orders.reports import to_visitor
from services.ingest.wire_fields import Fields, depth_of, milliseconds, read_json, text

FURTHEST_BACK = timedelta(days=30)


@dataclass(frozen=True)
class RawEvent:
    """One entry of ``e``. ``named`` is its client id as the sender wrote it, to name it in an answer."""

    type: str
    named: str | None
    age: timedelta
    size: int
    depth: int
    content: Fields
    made_at: datetime | None
    sent_at: datetime | None

    @property
    def silences(self) -> bool:
        """Whether losing it could let a message out."""
        return self.type in SILENCING

    def at(self, received_at: datetime) -> Beacon:
        """The beacon, placed on our own clock."""
        fields = self.content.get("d")
        return Beacon(
            type=self.type,
            client_id=self.named or (_digest(self.content) if self.silences else None),
            occurred_at=received_at - self.age,
            earliest_at=earliest_filling(self.made_at, self.sent_at, received_at),
            path=text(self.content.get("p"), 1024),
            fields=fields if isinstance(fields, dict) else {},
        )


@dataclass(frozen=True)
class Body:
    """A whole body."""

    site_key: str
    visitor_id: str | None
    events: tuple[RawEvent, ...]
    sent_at: datetime | None


class MalformedBody(Exception):
    """This is not a body of ours. The message names what is missing, for the sender."""


class OversizedBody(Exception):
    """More events than one body may hold."""


def read_body(raw: bytes) -> Body:
    """Take a body apart.

    Raises:
        MalformedBody: not JSON, not an object, or without a list of events.
        OversizedBody: too many events.
    """
    try:
        body = read_json(raw)
    except ValueError:
        raise MalformedBody("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise MalformedBody("The body is not a JSON object.")
    entries = body.get("e")
    if not isinstance(entries, list) or not entries:
        raise MalformedBody("The body has no list of events 'e'.")
    if len(entries) > EVENTS_PER_BODY:
        raise OversizedBody
    sent_at = milliseconds(body.get("z"))
    small = len(raw) <= EVENT_BYTES
    flat = raw.count(b"{") + raw.count(b"[") <= EVENT_DEPTH  # so few brackets cannot be nested too deeply
    events = tuple(_raw_event(entry, sent_at, small=small, flat=flat) for entry in entries)
    return Body(text(body.get("k"), 64) or "", to_visitor(body.get("u")), events, sent_at)


def _raw_event(entry: object, sent_at: datetime | None, *, small: bool, flat: bool) -> RawEvent:
    fields: Mapping[str, object] = entry if isinstance(entry, dict) else {}
    named = fields.get("t")
    event_type = named if isinstance(named, str) else ""
    made_at = milliseconds(fields.get("a"))
    return RawEvent(
        type=event_type,
        named=text(fields.get("i"), 64),
        age=_age(sent_at, made_at, silences=event_type in SILENCING),
        size=0 if small else len(json.dumps(entry)),
        depth=0 if flat else depth_of(entry, EVENT_DEPTH),
        content=fields,
        made_at=made_at,
        sent_at=sent_at,
    )


def _age(sent_at: datetime | None, at: datetime | None, *, silences: bool) -> timedelta:
    """How long before its sending an event happened, by the browser's own clock.

    A browser's outbox keeps a week. An older order is a clock that was set meanwhile: it counts as of now, for dating
    it back would let pass the very cart that was bought.
    """
    if sent_at is None or at is None or at > sent_at:
        return timedelta(0)
    age = sent_at - at
    if age > FURTHEST_BACK:
        return timedelta(0) if silences else FURTHEST_BACK
    return age


def _digest(content: Fields) -> str:
    """An id for a report that brought none: its repeat has the same."""
    return sha256(json.dumps(content, sort_keys=True, default=str).encode("utf-8", "replace")).hexdigest()[:22]
