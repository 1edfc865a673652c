"""What the readers of beacons share: who sends, what came, and the envelope of every event."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.ingest.contacts import Contacts
from services.ingest.origin import RequestOrigin
from services.ingest.sites import Site
from services.ingest.wire_fields import Fields, Unreadable
from shared.events.envelope import Envelope
from shared.events.identifiers import browser_event_id

Value = TypeVar("Value")


@dataclass(frozen=True)
class Sender:
    """Who sends a body, from where, and to which site: the same for all of its events."""

    site: Site
    contacts: Contacts
    request_origin: RequestOrigin
    visitor_id: str | None
    received_at: datetime
    ip: str
    user_agent: str


@dataclass(frozen=True)
class Beacon:
    """One event of a body before its fields are read. ``earliest_at`` is set where its clock cannot be relied on."""

    type: str
    client_id: str | None
    occurred_at: datetime
    path: str | None
    fields: Fields
    earliest_at: datetime | None = None


def envelope_of(beacon: Beacon, sender: Sender) -> Envelope:
    """The envelope of an event: its site, its time, and an id that a repeat of the beacon gets again."""
    client_id = needed("i", beacon.client_id)
    return Envelope(
        event_id=browser_event_id(sender.site.site_id, sender.visitor_id or "", client_id),
        site_id=sender.site.site_id,
        occurred_at=beacon.occurred_at,
        received_at=sender.received_at,
    )


def visitor_of(sender: Sender) -> str:
    """The browser's id. Raises ``Unreadable`` where it has none, for most events cannot do without."""
    return needed("u", sender.visitor_id)


def needed(name: str, value: Value | None) -> Value:
    """A value that has to be there. Raises ``Unreadable`` with the field's name."""
    if value is None:
        raise Unreadable(name)
    return value
