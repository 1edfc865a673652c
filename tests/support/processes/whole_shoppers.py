"""Two shoppers whom a whole Beckon knows: browsers, addresses, phones, orders, carts, reminders, links, push."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.events.envelope import CartItem, Channel, ContactKind, Identity, IdentityKind, Money, Origin, SealedContact
from shared.events.identifiers import cart_id_of
from shared.events.settings import Campaign, CampaignStep
from shared.events.storefront import CartUpdated, LinkFollowed, PageSeen, ShopperIdentified, Witness
from shared.messages.rendering import DEFAULT_TEMPLATE
from shared.runtime.ids import new_uuid7
from shared.runtime.security.sealing import seal_contact
from tests.support.builders.notify import KEYS, PEPPER, SITE, a_consent, an_order_report
from tests.support.builders.notify_answers import now
from tests.support.builders.push import a_push_shop, a_subscription, sealed_subscription
from tests.support.processes.whole_beckon import WholeBeckon, whole_beckon


@dataclass(frozen=True)
class Shopper:
    """Somebody with a browser, an address and a phone."""

    name: str
    number: str

    @property
    def browser(self) -> str:
        return f"{self.name}-laptop".ljust(22, "0")

    @property
    def endpoint(self) -> str:
        return f"https://fcm.googleapis.com/fcm/send/{self.name}"

    def sealed(self, kind: ContactKind, value: str) -> SealedContact:
        return seal_contact(KEYS.public_key(), PEPPER, SITE, kind, value)

    @property
    def contacts(self) -> dict[ContactKind, SealedContact]:
        return {
            ContactKind.EMAIL: self.sealed(ContactKind.EMAIL, f"{self.name}@home.example"),
            ContactKind.PHONE: self.sealed(ContactKind.PHONE, self.number),
            ContactKind.IP: self.sealed(ContactKind.IP, f"192.0.2.{len(self.name)}"),
            ContactKind.USER_AGENT: self.sealed(ContactKind.USER_AGENT, f"Browser of {self.name}"),
            ContactKind.PUSH_ENDPOINT: sealed_subscription(self.endpoint),
        }

    def identity(self, kind: ContactKind) -> Identity:
        return Identity(kind=IdentityKind(kind.value), index=self.contacts[kind].index)

    @property
    def needles(self) -> list[str]:
        return [self.browser, *(contact.index for contact in self.contacts.values()), self.number, f"{self.name}@home"]


ANNA, BERT = Shopper("anna", "+12025550143"), Shopper("berthold", "+12025550144")


def stamped(kind: type[Any], minutes_ago: float, **values: Any) -> Any:
    """An event of the shop."""
    at = now() - timedelta(minutes=minutes_ago)
    return kind(**({"event_id": new_uuid7(), "site_id": SITE, "occurred_at": at, "received_at": at} | values))


def a_cart(browser: str, minutes_ago: float, seq: int = 1) -> CartUpdated:
    """Two bottles."""
    bottle = CartItem(product_id="w1", name="Barolo", quantity=2, unit_price=Money(minor=6495, currency="USD"))
    cart: CartUpdated = stamped(
        CartUpdated,
        minutes_ago,
        visitor_id=browser,
        origin=Origin.STOREFRONT,
        cart_id=cart_id_of(SITE, browser, seq),
        cart_seq=seq,
        cart_version=seq,
        items=(bottle,),
        total=Money(minor=12990, currency="USD"),
        return_path="/cart",
    )
    return cart


def visits(who: Shopper) -> list[Any]:
    """Everything that a shop reports of somebody who names contacts, has bought once, and left a cart since."""
    at = now()
    contacts = who.contacts
    return [
        an_order_report(
            event_id=new_uuid7(),
            occurred_at=at - timedelta(days=20),
            effective_at=at - timedelta(days=20),
            received_at=at - timedelta(days=20),
            witness=Witness.SERVER,
            order_id=f"order of {who.name}",
            identities=(who.identity(ContactKind.EMAIL), who.identity(ContactKind.PHONE)),
        ),
        stamped(PageSeen, 61, visitor_id=who.browser, origin=Origin.STOREFRONT, path="/"),
        a_cart(who.browser, 60),
        stamped(ShopperIdentified, 59, visitor_id=who.browser, origin=Origin.STOREFRONT, contact=contacts[ContactKind.EMAIL]),
        a_consent(
            occurred_at=at - timedelta(minutes=58),
            received_at=at - timedelta(minutes=58),
            visitor_id=who.browser,
            contact=contacts[ContactKind.PHONE],
            ip=contacts[ContactKind.IP],
            user_agent=contacts[ContactKind.USER_AGENT],
        ),
    ]


@asynccontextmanager
async def a_reminded_shop() -> AsyncIterator[WholeBeckon]:
    """A shop whose two shoppers were reminded, and what everybody knows of them."""
    async with whole_beckon() as beckon:
        step = CampaignStep(delay_seconds=60, channel_order=(Channel.SMS,), template=DEFAULT_TEMPLATE)
        site = a_push_shop(campaign=Campaign(id="c1", steps=(step,)), test_recipients=(ANNA.contacts[ContactKind.PHONE].index,))
        await beckon.open_shop(site)
        beckon.start()
        for who in (ANNA, BERT):
            beckon.publish(*visits(who))
        await confirm(beckon, ANNA, BERT)
        await beckon.eventually(lambda: sent(beckon, 2))
        for who in (ANNA, BERT):
            beckon.publish(
                a_subscription(visitor_id=who.browser, subscription=who.contacts[ContactKind.PUSH_ENDPOINT]),
                a_cart(who.browser, 4, seq=2),
                stamped(LinkFollowed, 0, visitor_id=who.browser, link_id=await link_of(beckon, who), via="snippet"),
            )
            assert (await beckon.bench.reply(f"Is this {who.name}'s cart?", number=who.number)).status_code < 300
        await beckon.process_all()
        yield beckon


async def confirm(beckon: WholeBeckon, *who: Shopper) -> None:
    """Each is asked, and answers YES."""
    for shopper in who:

        async def asked(browser: str = shopper.browser) -> Any:
            return await beckon.pools["notify"].fetchval(
                "SELECT true FROM notify.attempts WHERE kind = 'question' AND state = 'accepted' AND visitor_id = $1", browser
            )

        await beckon.eventually(asked)
        assert (await beckon.bench.reply("YES", number=shopper.number)).status_code < 300


async def sent(beckon: WholeBeckon, count: int) -> bool:
    """So many reminders are with the carrier, and orders knows."""
    return bool(await beckon.pools["orders"].fetchval("SELECT count(*) FROM orders.accepted_messages") == count)


async def link_of(beckon: WholeBeckon, who: Shopper) -> str:
    """The link of somebody's reminder."""
    link: str = await beckon.pools["notify"].fetchval(
        "SELECT link_id FROM notify.attempts WHERE visitor_id = $1 AND link_id IS NOT NULL", who.browser
    )
    return link
