"""Bindings: the channels that shoppers' own browsers named, and the facts that the rules take about one."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.notify.rules.suppression import Suppression
from shared.events.reasons import Reason


@dataclass(frozen=True)
class Binding:
    """A channel that this shopper's own browser named. ``confirmed_at`` is when its handset answered YES to the question."""

    site_id: UUID
    visitor_id: str
    channel: str
    recipient_kind: str
    recipient_index: str
    box: str = field(repr=False)
    consent_event_id: UUID
    given_at: datetime
    time_zone: str | None
    box_state: str
    state: str
    refused_reason: str | None
    asked_at: datetime | None
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    vapid_public: str | None = None
    """The key that a push subscription was made with: no other may send to it."""
    cause_span: str | None = field(default=None, compare=False)
    """The span that ticked the box, where that is traced; read with a claim alone."""


@dataclass(frozen=True)
class RecipientFacts:
    """All that the rules need to know of one binding. ``region`` is None for a number that belongs to no country.

    ``no_route`` is why nothing could be sent even if every rule allowed it.
    """

    binding: Binding
    suppression: Suppression
    sent_in_a_day: int
    sent_for_cart: int
    zones: frozenset[str]
    region: str | None
    no_route: Reason | None
