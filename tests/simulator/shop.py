"""Two shops and their shoppers: carts, and orders that come at any moment, by any linked identity."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from uuid import UUID

from services.ingest.orders.reports import OrderMoment, order_moment
from shared.events.catalogue import STOREFRONT_EVENTS
from shared.events.envelope import CartItem, Channel, ContactKind, Event, Identity, IdentityKind, Money, Origin, SealedContact
from shared.events.identifiers import browser_event_id, cart_id_of
from shared.events.merchant import TestMessageRequested
from shared.events.settings import Campaign, CampaignStep, Caps, SiteConfigured
from shared.events.storefront import CartUpdated, ConsentGiven, OrderReported, PageSeen, ShopperIdentified, Witness
from shared.messages.rendering import DEFAULT_TEMPLATE
from shared.runtime.kafka.producer import partition_of
from tests.simulator.virtual_time import NOON
from tests.support.builders import notify

FIRST = notify.SITE
PARTITION = partition_of(FIRST, STOREFRONT_EVENTS.partitions)


def _neighbour() -> UUID:
    """A site in the same partition: its asks and ours share markers."""
    candidates = (UUID(int=FIRST.int + step) for step in range(1, 10_000))
    return next(site for site in candidates if partition_of(site, STOREFRONT_EVENTS.partitions) == PARTITION)


SECOND = _neighbour()
NUMBERS = {FIRST: "+1202555{:04d}", SECOND: "+44740012{:04d}"}
COUNTRIES = {FIRST: "US", SECOND: "GB"}
"""In North America a cart gets one message; elsewhere nothing but the protocol stands before a second one."""


CLOCKS = (0.0, 0.0, -120.0, -5 * 3600.0, 120.0, -3 * 86_400.0)
"""By how many seconds the clock of whoever reports an order is ahead: slow, fast, on local time, or set in between."""

Moment = Callable[[datetime | None, datetime, Origin], OrderMoment]
"""What ingest makes of the moment that a report claims."""


@cache
def settings_of(site_id: UUID) -> SiteConfigured:
    """Silent for two seconds is abandoned; two reminders follow."""
    steps = tuple(
        CampaignStep(delay_seconds=delay, channel_order=(Channel.SMS,), template=DEFAULT_TEMPLATE) for delay in (1, 9)
    )
    return notify.a_site(
        site_id=site_id,
        country=COUNTRIES[site_id],
        campaign=Campaign(id="c1", steps=steps),
        abandoned_after_seconds=2,
        caps=Caps(per_recipient_per_day=50),
        test_recipients=(merchants_phone(site_id).index,),
    )


@cache
def phone_of(site_id: UUID, number: int) -> SealedContact:
    """The sealed number of a shopper."""
    return notify.sealed(NUMBERS[site_id].format(100 + number), site_id)


def merchants_phone(site_id: UUID) -> SealedContact:
    """Where a merchant looks at what shoppers would get."""
    return phone_of(site_id, 99)


def a_test_message(site_id: UUID, random: Random, seconds: float) -> TestMessageRequested:
    """The merchant presses the button once."""
    at = NOON + timedelta(seconds=seconds)
    return TestMessageRequested(
        event_id=UUID(int=random.getrandbits(128)),
        site_id=site_id,
        occurred_at=at,
        received_at=at,
        channel=Channel.SMS,
        step=1,
        contact=merchants_phone(site_id),
    )


def email_of(site_id: UUID, number: int) -> SealedContact:
    """The sealed address of a shopper. Nobody in the simulation opens it."""
    index = f"i1.p1.{site_id.int % 97:02d}{number:02d}".ljust(28, "e")
    return SealedContact(kind=ContactKind.EMAIL, index=index, box=phone_of(site_id, 0).box)


@dataclass(frozen=True)
class Shopper:
    """Somebody with a laptop, where the cart is, and a tablet, where they tick the box: both have named something of theirs."""

    site_id: UUID
    number: int
    moment: Moment = order_moment

    @property
    def laptop(self) -> str:
        """The browser with the cart."""
        return f"laptop{self.number}".ljust(22, "L")

    @property
    def tablet(self) -> str:
        """Another browser of theirs."""
        return f"tablet{self.number}".ljust(22, "T")

    @property
    def phone(self) -> SealedContact:
        """Their number, confirmed on the laptop."""
        return phone_of(self.site_id, self.number)

    @property
    def email(self) -> SealedContact:
        """Their address, named on the tablet alone."""
        return email_of(self.site_id, self.number)

    def common(self, random: Random, seconds: float) -> dict[str, object]:
        """What every event of theirs has."""
        at = NOON + timedelta(seconds=seconds)
        event_id = browser_event_id(self.site_id, self.laptop, f"{random.getrandbits(64):x}")
        return {"event_id": event_id, "site_id": self.site_id, "occurred_at": at, "received_at": at}

    def consent(self, random: Random, seconds: float) -> ConsentGiven:
        """They tick the box on the laptop."""
        changes = self.common(random, seconds) | {"visitor_id": self.laptop, "contact": self.phone}
        return notify.a_consent(**changes)

    @property
    def second_phone(self) -> SealedContact:
        """A number that they give on the tablet, and that has answered nothing yet."""
        return phone_of(self.site_id, self.number + 50)

    def ticks(self, random: Random, seconds: float) -> ConsentGiven:
        """They tick the box on the tablet: the number is to be asked."""
        changes = self.common(random, seconds) | {"visitor_id": self.tablet, "contact": self.second_phone}
        return notify.a_consent(**changes)

    def cart(self, random: Random, seconds: float, version: int, *, seq: int = 1, acted: bool = False) -> CartUpdated:
        """The cart as it is now: the first, one that a page shows once more, or one that they were seen to fill."""
        price = Money(minor=6495, currency="USD")
        return CartUpdated.model_validate(
            self.common(random, seconds)
            | {
                "visitor_id": self.laptop,
                "origin": Origin.STOREFRONT,
                "cart_id": cart_id_of(self.site_id, self.laptop, seq),
                "cart_seq": seq,
                "cart_version": version,
                "items": (CartItem(product_id="w1", name="Barolo", quantity=version, unit_price=price),),
                "total": Money(minor=6495 * version, currency="USD"),
                "return_path": "/cart",
                "acted_at": NOON + timedelta(seconds=seconds) if acted else None,
            }
        )

    def links_tablet(self, random: Random, seconds: float) -> list[Event]:
        """The tablet names the same number, and an address."""
        named = (self.phone, self.email)
        return [
            ShopperIdentified.model_validate(
                self.common(random, seconds) | {"visitor_id": self.tablet, "origin": Origin.STOREFRONT, "contact": contact}
            )
            for contact in named
        ]

    def visit(self, random: Random, seconds: float) -> PageSeen:
        """They are in the shop."""
        return PageSeen.model_validate(
            self.common(random, seconds) | {"visitor_id": self.laptop, "origin": Origin.STOREFRONT, "path": "/"}
        )

    def order(self, random: Random, seconds: float) -> OrderReported:
        """They buy, known by one of their identities, reported at once or a little later, by a clock that may be wrong."""
        named = random.choice(
            (
                Identity(kind=IdentityKind.VISITOR, index=self.laptop),
                Identity(kind=IdentityKind.VISITOR, index=self.tablet),
                Identity(kind=IdentityKind.PHONE, index=self.phone.index),
                Identity(kind=IdentityKind.PHONE, index=self.second_phone.index),
                Identity(kind=IdentityKind.EMAIL, index=self.email.index),
            )
        )
        common = self.common(random, seconds)
        placed_at = NOON + timedelta(seconds=seconds - random.choice((0.0, 0.0, 2.0)))
        claimed = random.choice((None, *(placed_at + timedelta(seconds=offset) for offset in CLOCKS)))
        moment = self.moment(claimed, NOON + timedelta(seconds=seconds), Origin.UNKNOWN)
        changes = asdict(moment) | {"identities": (named,), "placed_at": claimed, "order_id": f"{self.number}"}
        return notify.an_order_report(**common, **changes, witness=Witness.SERVER)
