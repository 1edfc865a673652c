"""What tests of orders are about: a shop, its shoppers, their carts and orders, and orders itself without sockets."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Literal
from uuid import UUID, uuid5

from shared.events.envelope import (
    CartItem,
    Channel,
    ContactKind,
    Identity,
    IdentityKind,
    Money,
    Origin,
    Recipient,
    SealedContact,
)
from shared.events.identifiers import cart_id_of
from shared.events.message import MessagePrepared, QuestionPrepared
from shared.events.nudge import NudgeDue
from shared.events.settings import Campaign, CampaignStep, SiteConfigured, SiteMode
from shared.events.storefront import (
    CartUpdated,
    ConsentGiven,
    ConsentSource,
    OrderReported,
    PageSeen,
    ShopperIdentified,
    Witness,
)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SITE = UUID("0198f0aa-0000-7000-8000-000000000001")
ACCOUNT = UUID("0198f0aa-0000-7000-8000-0000000000aa")
LAPTOP, PHONE, TABLET, CLERK = (name.ljust(22, "0") for name in ("laptop", "phone", "tablet", "clerk"))
DELAY = timedelta(minutes=30)
NAMES = UUID("3f5e1d80-91b5-5f3c-8a2e-0a4f6b1c2d3e")

_numbers = count(1)


def an_id(name: str = "") -> UUID:
    """The same id for the same name; without one, one that nothing else has."""
    return uuid5(NAMES, name or f"#{next(_numbers)}")


def an_index(name: str) -> str:
    """The sealed index of a contact."""
    return f"i1.p1.{uuid5(NAMES, name).hex[:22]}"


def at(minutes: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(minutes=minutes)


def email(name: str) -> Identity:
    """Somebody's e-mail address, as an order names it."""
    return Identity(kind=IdentityKind.EMAIL, index=an_index(f"email {name}"))


def visitor(visitor_id: str) -> Identity:
    """A browser, as an order names it."""
    return Identity(kind=IdentityKind.VISITOR, index=visitor_id)


def number_of(name: str) -> Recipient:
    """Somebody's phone number."""
    return Recipient(kind=ContactKind.PHONE, index=an_index(f"phone {name}"))


def a_cart_update(
    visitor_id: str = LAPTOP,
    when: datetime = NOON,
    *,
    version: int = 1,
    seq: int = 1,
    items: int = 1,
    origin: Origin = Origin.STOREFRONT,
    name: str = "",
) -> CartUpdated:
    """A whole cart with so many lines."""
    return CartUpdated(
        event_id=an_id(name),
        site_id=SITE,
        occurred_at=when,
        received_at=when,
        visitor_id=visitor_id,
        origin=origin,
        cart_id=cart_id_of(SITE, visitor_id, seq),
        cart_seq=seq,
        cart_version=version,
        items=tuple(CartItem(product_id=f"W-{n}", name="Harbor Red", quantity=n + 1) for n in range(items)),
        total=Money(minor=1299 * items, currency="USD"),
        return_path="/cart",
    )


def a_visit(visitor_id: str = LAPTOP, when: datetime = NOON, origin: Origin = Origin.STOREFRONT) -> PageSeen:
    """A page was shown."""
    return PageSeen(
        event_id=an_id(), site_id=SITE, occurred_at=when, received_at=when, visitor_id=visitor_id, origin=origin, path="/"
    )


def an_identification(visitor_id: str, contact: Identity, when: datetime = NOON) -> ShopperIdentified:
    """A browser named a contact."""
    box = "h1.n1.abcdef"
    return ShopperIdentified(
        event_id=an_id(),
        site_id=SITE,
        occurred_at=when,
        received_at=when,
        visitor_id=visitor_id,
        origin=Origin.STOREFRONT,
        contact=SealedContact(kind=ContactKind(contact.kind.value), index=contact.index, box=box),
    )


def an_order(
    *identities: Identity,
    when: datetime = NOON,
    received: datetime | None = None,
    until: datetime | None = None,
    order_id: str | None = "1001",
    witness: Witness = Witness.BROWSER,
    origin: Origin = Origin.STOREFRONT,
    status: Literal["placed", "cancelled", "refunded"] = "placed",
    uncertainty: int = 5,
    verified: bool = False,
    total: int | None = 1299,
    name: str = "",
) -> OrderReported:
    """A witness reports an order. Without ``until`` it is a record of the time before there was such a field."""
    return OrderReported(
        event_id=an_id(name),
        site_id=SITE,
        occurred_at=when,
        received_at=received or when,
        witness=witness,
        verified=verified,
        status=status,
        origin=origin,
        order_id=order_id,
        effective_at=when,
        uncertainty_seconds=uncertainty,
        fences_until=until,
        identities=identities or (visitor(LAPTOP),),
        total=None if total is None else Money(minor=total, currency="USD"),
    )


def a_site(
    *,
    mode: SiteMode = SiteMode.LIVE,
    revision: int = 1,
    control_share: float = 0,
    delays: tuple[int, ...] = (0,),
    channels: tuple[Channel, ...] = (Channel.SMS,),
    test_recipients: tuple[str, ...] = (),
    has_order_source: bool = False,
) -> SiteConfigured:
    """A shop whose reminders follow an abandonment after these seconds."""
    steps = tuple(CampaignStep(delay_seconds=delay, channel_order=channels, template="{link}") for delay in delays)
    return SiteConfigured(
        event_id=an_id(),
        site_id=SITE,
        occurred_at=NOON,
        received_at=NOON,
        revision=revision,
        account_id=ACCOUNT,
        name="Harbor & Vine",
        mode=mode,
        site_keys=(),
        hosts=("shop.example",),
        currency="USD",
        time_zone="America/New_York",
        platform="nexternal",
        campaign=Campaign(id="default", steps=steps),
        abandoned_after_seconds=int(DELAY.total_seconds()),
        control_share=control_share,
        test_recipients=test_recipients,
        has_order_source=has_order_source,
    )


def a_tick(visitor_id: str = LAPTOP, when: datetime = NOON, name: str = "anna") -> ConsentGiven:
    """A shopper ticks the box, and gives a number."""
    recipient = number_of(name)
    return ConsentGiven(
        event_id=an_id(),
        site_id=SITE,
        occurred_at=when,
        received_at=when,
        visitor_id=visitor_id,
        origin=Origin.STOREFRONT,
        channel=Channel.SMS,
        contact=SealedContact(kind=recipient.kind, index=recipient.index, box="h1.n1.abcdef"),
        text_hash="a" * 64,
        box_state="ticked_by_shopper",
        source=ConsentSource.CHECKOUT_BOX,
    )


def a_question(tick: ConsentGiven, when: datetime, *, number: int = 1) -> QuestionPrepared:
    """An attempt at the question for a tick asks to be granted."""
    return QuestionPrepared(
        event_id=an_id(),
        site_id=tick.site_id,
        occurred_at=when,
        received_at=when,
        consent_event_id=tick.event_id,
        attempt_id=uuid5(tick.event_id, str(number)).hex,
        visitor_id=tick.visitor_id,
        channel=tick.channel,
        recipient=Recipient(kind=tick.contact.kind, index=tick.contact.index),
        ticked_at=tick.occurred_at,
        not_after=tick.occurred_at + timedelta(hours=48),
        asked_at=when,
        try_number=number,
    )


def an_ask(due: NudgeDue, *, number: int = 1, recipient: Recipient | None = None) -> MessagePrepared:
    """An attempt at a nudge asks to be granted."""
    return MessagePrepared(
        event_id=an_id(),
        site_id=due.site_id,
        occurred_at=due.occurred_at,
        received_at=due.received_at,
        nudge_id=due.nudge_id,
        attempt_id=uuid5(due.nudge_id, str(number)).hex,
        cart_id=due.cart_id,
        visitor_id=due.visitor_id,
        channel=Channel.SMS,
        recipient=recipient or number_of("anna"),
        asked_at=due.occurred_at,
        try_number=number,
    )
