"""What the HTTP API answers about carts and people, as types."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.onboarding.api_answers import Body, SetupStep
from shared.events.envelope import Money


class SiteName(Body, frozen=True):
    """A site in the list."""

    site_id: UUID
    name: str
    paused: bool


class Sites(Body, frozen=True):
    """The account's sites."""

    sites: list[SiteName]


class Overview(Body, frozen=True):
    """What is broken of its codes, and figures of a site; ``silenced`` and ``withheld`` count carts by reason."""

    broken: list[SetupStep]
    carts: int
    abandoned: int
    messaged: int
    silenced: dict[str, int]
    withheld: dict[str, int]
    recovered_orders: int
    recovered: list[Money]
    recovered_unverified: list[Money]


class BoughtBy(Body, frozen=True):
    """An order that bought a cart, and who told of it."""

    order_id: str | None
    status: str
    witnesses: list[str]
    verified: bool


class Cart(Body, frozen=True):
    """A cart in the list; ``items`` counts its lines. ``reason``: why no reminder went out, or none any more."""

    cart_id: UUID
    state: str
    items: int
    names: str
    total: Money | None
    opened_at: datetime
    abandoned: bool
    messaged: bool
    silenced_reason: str | None
    withheld_reason: str | None
    reason: str | None
    channels: list[str]
    orders: list[BoughtBy]


class Carts(Body, frozen=True):
    """A page of carts, newest first. ``next`` is what ``after`` is for the page behind it; null at the end."""

    carts: list[Cart]
    next: str | None


class TimelineEntry(Body, frozen=True):
    """Something that happened; ``title`` and ``sentence`` are for people."""

    at: datetime
    type: str
    title: str
    sentence: str
    reason: str | None


class CartWithTimeline(Cart, frozen=True):
    """A cart and all that happened."""

    timeline: list[TimelineEntry]


class LiveEvent(TimelineEntry, frozen=True):
    """An event of a site."""

    cart_id: UUID | None


class Activity(Body, frozen=True):
    """The last events, newest first; the stream goes on from ``after``."""

    events: list[LiveEvent]
    after: str


class WouldSend(Body, frozen=True):
    """A reminder that observing alone held back."""

    cart_id: UUID
    at: datetime
    step: int
    channel: str
    text: str
    bought_later: bool


class WouldAsk(Body, frozen=True):
    """A shopper who would have been asked to answer YES; ``text`` would have followed, or nothing for ``reason``."""

    cart_id: UUID
    at: datetime
    question: str
    step: int
    text: str
    reason: str | None
    bought_later: bool


class WouldNot(Body, frozen=True):
    """A cart that was left and would have got nothing."""

    cart_id: UUID
    at: datetime
    reason: str


class Observed(Body, frozen=True):
    """The lists of observe mode."""

    would_send: list[WouldSend]
    would_ask: list[WouldAsk]
    would_not: list[WouldNot]


class Person(Body, frozen=True):
    """All that the console has of a contact, as it may be asked for (GDPR, article 15)."""

    opted_out_at: datetime | None
    events: list[dict[str, Any]]
    visitor_ids: list[str]
    carts: list[dict[str, Any]]
    kept_elsewhere: str
