"""cart-events: what became of carts and orders. Written by orders; a public contract."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events.envelope import (
    CartItem,
    Channel,
    Event,
    Identity,
    Money,
    OpenSet,
    Origin,
    PagePath,
    PathSuffix,
    SealedAnswer,
    UtcDatetime,
    Value,
    VisitorId,
)
from shared.events.storefront import ReaderName, Witness

MOST_REPORTS = 20


class PlannedNudge(Value, frozen=True):
    """A step that will fall due unless something ends it first."""

    nudge_id: UUID
    step: Annotated[int, Field(ge=1)]
    due_at: UtcDatetime
    channels: tuple[Channel, ...]


class CartAbandoned(Event, frozen=True):
    """A shopper fell silent with a full cart. ``abandonment`` counts how often this cart was, from 1.

    ``reader`` is what read its newest snapshot from the shop's page; None where the shop's own code reported it.
    """

    type: Literal["cart.abandoned"] = "cart.abandoned"
    version: Literal[1] = 1
    cart_id: UUID
    visitor_id: VisitorId
    abandonment: Annotated[int, Field(ge=1)]
    items: tuple[CartItem, ...]
    unread_lines: Annotated[int, Field(ge=0)] = 0
    total: Money | None
    return_path: PagePath | None
    return_suffix: PathSuffix | None = None
    opened_at: UtcDatetime
    abandoned_at: UtcDatetime
    planned: tuple[PlannedNudge, ...]
    reader: ReaderName | None = None


class CartResumed(Event, frozen=True):
    """The shopper came back to an abandoned cart; its steps that were not yet due are cancelled."""

    type: Literal["cart.resumed"] = "cart.resumed"
    version: Literal[1] = 1
    cart_id: UUID
    visitor_id: VisitorId
    abandonment: int


class CartOutcome(OpenSet):
    """How a cart ended."""

    BOUGHT = "bought"
    BOUGHT_UNCERTAIN = "bought_uncertain"
    EMPTIED = "emptied"
    EXPIRED = "expired"
    ERASED = "erased"
    OTHER = "other"


class CartClosed(Event, frozen=True):
    """A cart ended. ``order_event_id`` names the report that closed it, where one did."""

    type: Literal["cart.closed"] = "cart.closed"
    version: Literal[1] = 1
    cart_id: UUID
    visitor_id: VisitorId
    outcome: CartOutcome
    total: Money | None
    opened_at: UtcDatetime
    order_event_id: UUID | None = None


class Credit(OpenSet):
    """What a reminder had to do with an order."""

    RECOVERED = "recovered"
    INFLUENCED = "influenced"
    RETURNED = "returned"
    NONE = "none"
    OTHER = "other"


class OrderCoverage(Value):
    """What was known of a shopper before an order; ``cart_reader`` read the cart, None where the shop's own code sent it."""

    cart_seen: bool
    contact_known: bool
    cart_reader: ReaderName | None = None


class OrderReconciled(Event, frozen=True):
    """One order as its signed witnesses report it, else as all do. The whole state: a later one replaces an earlier one.

    ``verified`` is of the order, ``credit_verified`` of what a reminder had to do with it (None: a record of before).
    ``report_ids`` name the reports of its witnesses, as ``cart.closed`` names the one that closed a cart.
    ``credit`` is ``returned`` for an abandoned cart bought without our help, ``none`` where no abandoned cart was.
    ``coverage`` is None of an order that staff keyed in, and in a record of before.
    """

    type: Literal["order.reconciled"] = "order.reconciled"
    version: Literal[1] = 1
    order_key: UUID
    order_id: str | None
    status: Literal["placed", "cancelled", "refunded"]
    origin: Origin
    witnesses: tuple[Witness, ...]
    report_ids: Annotated[tuple[UUID, ...], Field(max_length=MOST_REPORTS)] = ()
    verified: bool
    total: Money | None
    placed_at: UtcDatetime
    credit: Credit
    credit_verified: bool | None = None
    cart_id: UUID | None
    nudge_id: UUID | None
    coverage: OrderCoverage | None = None


class ShopperErased(Event, frozen=True):
    """A shopper's data was erased in orders: who keeps what this topic held before erases it too."""

    type: Literal["shopper.erased"] = "shopper.erased"
    version: Literal[1] = 1
    erasure_id: UUID
    visitor_ids: tuple[VisitorId, ...]
    identities: tuple[Identity, ...]


class ShopperDataCollected(SealedAnswer, frozen=True):
    """What orders knows of a person: carts, orders, browsers, reminders. Sealed for who asked."""

    type: Literal["shopper_data.collected"] = "shopper_data.collected"
    version: Literal[1] = 1


CartEvent = CartAbandoned | CartResumed | CartClosed | OrderReconciled | ShopperErased | ShopperDataCollected
