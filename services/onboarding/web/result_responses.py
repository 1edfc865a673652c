"""What the HTTP API answers about carts and people, as types."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.onboarding.web.responses import Body, SetupStep
from shared.events.envelope import Money


class SiteName(Body, frozen=True):
    """A site in the list."""

    site_id: UUID
    name: str
    paused: bool
    stopped: bool


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
    recovered_without_total: int


class CoverageCounts(Body, frozen=True):
    """How many orders, and of how many the cart, or an e-mail address or phone, was known before."""

    orders: int
    carts: int
    contacts: int


class CoverageOfDay(CoverageCounts, frozen=True):
    """The same of one day in the site's time zone."""

    day: date


class CoverageOfOrders(Body, frozen=True):
    """Five weeks of orders that had a cart to be seen; ``broken`` names the shares that have fallen."""

    total: CoverageCounts
    days: list[CoverageOfDay]
    read_by: dict[str, int]
    broken: list[SetupStep]


class BoughtBy(Body, frozen=True):
    """An order that bought a cart, and its witnesses."""

    order_id: str | None
    status: str
    witnesses: list[str]
    verified: bool


class Cart(Body, frozen=True):
    """A cart in the list; ``items`` counts its pieces, ``unread_lines`` what could not be read of it.

    ``reason``: why no reminder went out, or none any more.
    """

    cart_id: UUID
    state: str
    items: int
    unread_lines: int
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
    """All that the console itself has of a contact."""

    opted_out_at: datetime | None
    events: list[dict[str, Any]]
    visitor_ids: list[str]
    carts: list[dict[str, Any]]
    request_id: Annotated[UUID | None, Field(description="By which everything that the other services have is asked for")]


class DataRequest(Body, frozen=True):
    """A request for a person's data: who has answered, and when it is complete."""

    request_id: UUID
    kind: str
    asked_at: datetime
    asked_by: str
    complete: bool
    completed_at: datetime | None
    answered: dict[str, datetime]
    waiting_for: list[str]
    deleted_at: datetime


class PersonExport(Body, frozen=True):
    """All that is kept of a person, as they may ask for it. A part that has not been answered yet is null."""

    request: DataRequest
    about: str
    orders: dict[str, Any] | None
    messages: dict[str, Any] | None
    console: dict[str, Any]


class SealedReply(Body, frozen=True):
    """A reply that is no keyword, unopened; ``cart_id`` is of the reminder that it answers, where it answers one."""

    reply_id: UUID
    cart_id: UUID | None
    received_at: datetime
    openings: int
    opened_at: datetime | None
    opened_by: str | None


class Replies(Body, frozen=True):
    """A page of replies, newest first. ``next`` is what ``after`` is for the page behind it; null at the end."""

    kept: int
    unopened: int
    replies: list[SealedReply]
    next: str | None


class ReplyOpening(Body, frozen=True):
    """Somebody opened a reply."""

    at: datetime
    by: str
    way: str


class OpenedReply(Body, frozen=True):
    """A reply, opened for this call, and everybody who has opened it."""

    reply_id: UUID
    received_at: datetime
    text: str
    openings: list[ReplyOpening]
