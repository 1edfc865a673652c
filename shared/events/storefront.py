"""storefront-events: what shops report. Written by ingest; markers (``shared/events/markers.py``) by orders alone."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events.envelope import (
    CartItem,
    Channel,
    ContactIndex,
    Event,
    Identity,
    LinkId,
    Money,
    OpenSet,
    Origin,
    PagePath,
    PathSuffix,
    RandomId,
    Recipient,
    SealedContact,
    UtcDatetime,
    VisitorId,
)
from shared.events.markers import BarrierMarked, ErasureMarked, PersonDataMarked, PersonResolved

OtherReadings = Annotated[tuple[ContactIndex, ...], Field(max_length=8)]
"""What the same field may mean as well, of the same kind: it silences and withdraws like the first, and is never spoken to."""

ReaderName = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,16}( [a-z]{1,16})?$")]
"""What read a cart from the shop's page, such as ``data layer``: letters alone, so that no number travels in it."""

Hash256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class PageSeen(Event, frozen=True):
    """A page of the shop was shown; ``in_head``: whether the tracking code ran from the document's head.

    ``office_visitor`` is the browser in the back office by whose link it was opened.
    """

    type: Literal["page.seen"] = "page.seen"
    version: Literal[1] = 1
    visitor_id: VisitorId
    origin: Origin
    path: PagePath | None
    in_head: bool | None = None
    office_visitor: VisitorId | None = None


class CartUpdated(Event, frozen=True):
    """The whole cart as it now is. The highest ``cart_version`` wins; no items and no unread lines mean emptied.

    ``earliest_at`` is how early it may have been so, where its browser's clock was set meanwhile.
    ``acted_at`` is when the browser last saw its shopper put something into a cart; None where it saw nothing of the kind, as
    on a page that only shows a cart.
    """

    type: Literal["cart.updated"] = "cart.updated"
    version: Literal[1] = 1
    visitor_id: VisitorId
    origin: Origin
    cart_id: UUID
    cart_seq: Annotated[int, Field(ge=1)]
    cart_version: Annotated[int, Field(ge=0)]
    items: Annotated[tuple[CartItem, ...], Field(max_length=100)]
    unread_lines: Annotated[int, Field(ge=0)] = 0
    """Lines that lie in it as well and could not be read."""
    total: Money | None
    currency_assumed: bool = False
    return_path: PagePath | None = None
    return_suffix: PathSuffix | None = None
    """What follows the path where that alone is not the cart's page: ``?was=korb``, ``#/cart``."""
    shop_cart: Identity | None = None
    earliest_at: UtcDatetime | None = None
    acted_at: UtcDatetime | None = None
    reader: ReaderName | None = None
    """What read it from the page; None for a cart that the shop's own code reported."""


class ShopperIdentified(Event, frozen=True):
    """This browser named a contact: that silences across browsers, and never makes us speak."""

    type: Literal["shopper.identified"] = "shopper.identified"
    version: Literal[1] = 1
    visitor_id: VisitorId
    origin: Origin
    contact: SealedContact
    also: OtherReadings = ()


class ConsentSource(OpenSet):
    """Where the opt-in was given."""

    CHECKOUT_BOX = "checkout_box"
    SHOP_SERVER = "shop_server"
    IMPORT = "import"
    OTHER = "other"


class ConsentGiven(Event, frozen=True):
    """A shopper ticked the opt-in box; the evidence (47 CFR 64.1200(f)(9)) travels once and is kept by notify."""

    type: Literal["consent.given"] = "consent.given"
    version: Literal[1] = 1
    visitor_id: VisitorId
    origin: Origin
    channel: Channel
    purpose: Literal["cart_reminders"] = "cart_reminders"
    contact: SealedContact
    text_hash: Hash256
    wording: Annotated[str, Field(max_length=2000)] | None = None
    text_version: Annotated[str, Field(max_length=64)] | None = None
    page_path: PagePath | None = None
    box_state: Literal["ticked_by_shopper", "pre_ticked", "unknown"]
    locale: Annotated[str, Field(max_length=35)] | None = None
    time_zone: Annotated[str, Field(max_length=64)] | None = None
    ip: SealedContact | None = None
    user_agent: SealedContact | None = None
    source: ConsentSource
    also: OtherReadings = ()


class ConsentWithdrawn(Event, frozen=True):
    """A shopper took consent back in the shop."""

    silences: ClassVar[bool] = True
    type: Literal["consent.withdrawn"] = "consent.withdrawn"
    version: Literal[1] = 1
    visitor_id: VisitorId | None
    channel: Channel
    recipient: Recipient
    also: OtherReadings = ()


class PushSubscribed(Event, frozen=True):
    """This browser agreed to web push; ``subscription`` seals endpoint and keys for notify."""

    type: Literal["push.subscribed"] = "push.subscribed"
    version: Literal[1] = 1
    visitor_id: VisitorId
    origin: Origin
    subscription: SealedContact
    vapid_public: Annotated[str, Field(max_length=128)]


class PushUnsubscribed(Event, frozen=True):
    """This browser's subscription is gone."""

    silences: ClassVar[bool] = True
    type: Literal["push.unsubscribed"] = "push.unsubscribed"
    version: Literal[1] = 1
    visitor_id: VisitorId
    recipient: Recipient | None


class PushShown(Event, frozen=True):
    """The worker showed a notification."""

    type: Literal["push.shown"] = "push.shown"
    version: Literal[1] = 1
    visitor_id: VisitorId
    attempt_id: RandomId


class PushClicked(Event, frozen=True):
    """The shopper tapped a notification."""

    type: Literal["push.clicked"] = "push.clicked"
    version: Literal[1] = 1
    visitor_id: VisitorId
    attempt_id: RandomId


class PushDismissed(Event, frozen=True):
    """The shopper closed a notification."""

    type: Literal["push.dismissed"] = "push.dismissed"
    version: Literal[1] = 1
    visitor_id: VisitorId
    attempt_id: RandomId


class LinkFollowed(Event, frozen=True):
    """A person, not a preview, came back by a link: reported by the snippet or by the hosted cart page."""

    type: Literal["link.followed"] = "link.followed"
    version: Literal[1] = 1
    visitor_id: VisitorId
    link_id: LinkId
    via: Literal["snippet", "hosted_page"]


class Witness(OpenSet):
    """Who reported an order."""

    BROWSER = "browser"
    SERVER = "server"
    WEBHOOK = "webhook"
    POLL = "poll"
    MAILBOX = "mailbox"
    OTHER = "other"


class OrderReported(Event, frozen=True):
    """A witness reported an order. Every report silences, whatever its status; unread fields are null.

    ``effective_at`` is the moment that it claims, give or take ``uncertainty_seconds``; carts that were opened up to
    ``fences_until`` are silenced. A record that was written before that field was added silences up to its moment and its
    uncertainty: ``silences_until`` reads both.

    ``changed_at`` is of a report of what became of an order since, such as a refund of a part: the latest has its total.
    """

    silences: ClassVar[bool] = True
    type: Literal["order.reported"] = "order.reported"
    version: Literal[1] = 1
    witness: Witness
    verified: bool
    status: Literal["placed", "cancelled", "refunded"]
    origin: Origin
    order_id: Annotated[str, Field(min_length=1, max_length=128)] | None
    placed_at: UtcDatetime | None = None
    changed_at: UtcDatetime | None = None
    effective_at: UtcDatetime
    uncertainty_seconds: Annotated[int, Field(ge=0)]
    fences_until: UtcDatetime | None = None
    identities: Annotated[tuple[Identity, ...], Field(min_length=1, max_length=16)]
    total: Money | None = None
    currency_assumed: bool = False
    items: Annotated[tuple[CartItem, ...], Field(max_length=100)] = ()

    @property
    def silences_until(self) -> datetime:
        """Until when a cart must have been opened for this report to silence it."""
        return self.fences_until or self.effective_at + timedelta(seconds=self.uncertainty_seconds)


class SourceSynced(Event, frozen=True):
    """A polled back office has reported every order up to ``synced_through``."""

    type: Literal["source.synced"] = "source.synced"
    version: Literal[1] = 1
    source: Annotated[str, Field(min_length=1, max_length=32)]
    synced_through: UtcDatetime


StorefrontEvent = (
    PageSeen
    | CartUpdated
    | ShopperIdentified
    | ConsentGiven
    | ConsentWithdrawn
    | PushSubscribed
    | PushUnsubscribed
    | PushShown
    | PushClicked
    | PushDismissed
    | LinkFollowed
    | OrderReported
    | SourceSynced
    | BarrierMarked
    | ErasureMarked
    | PersonDataMarked
    | PersonResolved
)
