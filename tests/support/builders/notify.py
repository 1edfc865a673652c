"""What tests of notify start from: a shop, a shopper's number, an opt-in, a due nudge."""

import base64
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.notify.channels.push.subscriptions import PushServices
from services.notify.channels.sms import SmsSender
from services.notify.delivery.rate_limiter import RateLimiter
from services.notify.delivery.routes import Routes
from services.notify.rules.bindings import Binding, RecipientFacts
from services.notify.rules.opt_in import QuestionFacts
from services.notify.rules.planning import Moment
from services.notify.rules.suppression import Suppression
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
from shared.events.nudge import NudgedCart, NudgeDue
from shared.events.settings import Campaign, CampaignStep, Hours, Secret, SiteConfigured, SiteMode
from shared.events.storefront import ConsentGiven, ConsentSource, ConsentWithdrawn, OrderReported, Witness
from shared.messages.rendering import DEFAULT_TEMPLATE
from shared.runtime.clock import Clock
from shared.runtime.ids import new_uuid7
from shared.runtime.security.sealing import Pepper, ReaderKeys, seal_contact, seal_secret

NOON = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
"""A Wednesday, noon in New York."""
SITE = UUID("01940000-0000-7000-8000-000000000001")
ACCOUNT = UUID("01940000-0000-7000-8000-0000000000aa")
LAPTOP = "l" * 22
PHONE = "p" * 22
ANNAS_NUMBER = "+12025550143"
BOBS_NUMBER = "+12025550144"
TOKEN = "carrier-secret-of-the-shop"
FROM_NUMBER = "+12025550100"
PEPPER = Pepper("p1", b"\x07" * 32)


def some_reader_keys(seed: int = 5) -> ReaderKeys:
    """The private key of a reader."""
    raw = X25519PrivateKey.from_private_bytes(bytes([seed]) * 32).private_bytes_raw()
    return ReaderKeys.parse(f"n1:{base64.urlsafe_b64encode(raw).decode()}")


KEYS = some_reader_keys()
CONSOLE_KEYS = some_reader_keys(6)


def some_routes(clock: Clock, per_second: float = 1000, burst: int = 1000) -> Routes:
    """Routes with a rate that holds nothing up, and with the push service of the tests."""
    rate_limiters = {channel: RateLimiter(per_second, burst) for channel in Channel}
    return Routes(KEYS, rate_limiters, PushServices(), clock)


def sealed(number: str = ANNAS_NUMBER, site: UUID = SITE) -> SealedContact:
    """A number as ingest seals it."""
    return seal_contact(KEYS.public_key(), PEPPER, site, ContactKind.PHONE, number)


ANNA = sealed()
BOB = sealed(BOBS_NUMBER)


SENDER = SmsSender("AC" + "0" * 32, TOKEN, FROM_NUMBER)


def some_secrets(site: UUID = SITE, sender: SmsSender = SENDER) -> tuple[Secret, ...]:
    """Sender and pepper, boxed for notify."""
    pepper = {"id": PEPPER.pepper_id, "key": base64.urlsafe_b64encode(PEPPER.key).decode()}

    def boxed(name: str, value: dict[str, str]) -> Secret:
        box = seal_secret(KEYS.public_key(), site, name, json.dumps(value).encode())
        return Secret.model_validate({"name": name, "for": "notify", "box": box})

    return boxed("sms_sender", asdict(sender)), boxed("pepper", pepper)


def a_site(**changes: Any) -> SiteConfigured:
    """A live wine shop that may be written for at any hour."""
    site = changes.get("site_id", SITE)
    values: dict[str, Any] = {
        "event_id": new_uuid7(),
        "site_id": site,
        "occurred_at": NOON,
        "received_at": NOON,
        "revision": 1,
        "account_id": ACCOUNT,
        "name": "Harbor & Vine",
        "mode": SiteMode.LIVE,
        "site_keys": (),
        "hosts": ("shop.localhost:8703", "vine.example"),
        "currency": "USD",
        "time_zone": "America/New_York",
        "platform": "plain_html",
        "campaign": Campaign(
            id="c1", steps=(CampaignStep(delay_seconds=60, channel_order=(Channel.SMS,), template=DEFAULT_TEMPLATE),)
        ),
        "abandoned_after_seconds": 300,
        "hours": Hours.ALWAYS,
        "control_share": 0,
        "secrets": some_secrets(site),
    }
    return SiteConfigured(**(values | changes))


def a_binding(**changes: Any) -> Binding:
    """Anna ticked the box on her laptop and answered YES on her phone."""
    binding = Binding(
        site_id=SITE,
        visitor_id=LAPTOP,
        channel="sms",
        recipient_kind="phone",
        recipient_index=ANNA.index,
        box=ANNA.box,
        consent_event_id=UUID(int=1),
        given_at=NOON - timedelta(hours=1),
        time_zone=None,
        box_state="ticked_by_shopper",
        state="confirmed",
        refused_reason=None,
        asked_at=NOON - timedelta(minutes=59),
        confirmed_at=NOON - timedelta(minutes=58),
        withdrawn_at=None,
    )
    return replace(binding, **changes)


def a_new_binding(**changes: Any) -> Binding:
    """Anna has just ticked the box."""
    fresh = a_binding(state="new", asked_at=None, confirmed_at=None, given_at=NOON - timedelta(minutes=1))
    return replace(fresh, **changes)


def some_facts(**changes: Any) -> RecipientFacts:
    """Nothing stands in the way of a reminder."""
    facts = RecipientFacts(
        binding=a_binding(),
        suppression=Suppression(),
        sent_in_a_day=0,
        sent_for_cart=0,
        zones=frozenset({"America/New_York"}),
        region="US",
        no_route=None,
    )
    return replace(facts, **changes)


def a_moment(**changes: Any) -> Moment:
    """Ten minutes after the cart was left."""
    left = NOON - timedelta(minutes=10)
    return replace(Moment(abandoned_at=left, not_after=left + timedelta(hours=48), now=NOON), **changes)


def question_facts(**changes: Any) -> QuestionFacts:
    """Nothing stands in the way of the question."""
    facts = QuestionFacts(
        suppression=Suppression(),
        last_asked_at=None,
        last_is_out=True,
        contested=False,
        silent=None,
        has_sender=True,
        zones=frozenset({"America/New_York"}),
        region="US",
    )
    return replace(facts, **changes)


def a_consent(**changes: Any) -> ConsentGiven:
    """Anna ticks the box on her laptop."""
    values: dict[str, Any] = {
        "event_id": new_uuid7(),
        "site_id": SITE,
        "occurred_at": NOON,
        "received_at": NOON,
        "visitor_id": LAPTOP,
        "origin": Origin.STOREFRONT,
        "channel": Channel.SMS,
        "contact": ANNA,
        "text_hash": "a" * 64,
        "box_state": "ticked_by_shopper",
        "source": ConsentSource.CHECKOUT_BOX,
    }
    return ConsentGiven(**(values | changes))


def a_withdrawal(**changes: Any) -> ConsentWithdrawn:
    """Anna unticks the box on her laptop."""
    values: dict[str, Any] = {
        "event_id": new_uuid7(),
        "site_id": SITE,
        "occurred_at": NOON,
        "received_at": NOON,
        "visitor_id": LAPTOP,
        "channel": Channel.SMS,
        "recipient": Recipient(kind=ContactKind.PHONE, index=ANNA.index),
    }
    return ConsentWithdrawn(**(values | changes))


def an_order_report(**changes: Any) -> OrderReported:
    """Anna's laptop bought."""
    values: dict[str, Any] = {
        "event_id": new_uuid7(),
        "site_id": SITE,
        "occurred_at": NOON,
        "received_at": NOON,
        "witness": Witness.BROWSER,
        "verified": False,
        "status": "placed",
        "origin": Origin.STOREFRONT,
        "order_id": "1001",
        "effective_at": NOON,
        "uncertainty_seconds": 5,
        "identities": (Identity(kind=IdentityKind.VISITOR, index=LAPTOP),),
    }
    return OrderReported(**(values | changes))


def a_due_nudge(**changes: Any) -> NudgeDue:
    """A cart with two bottles was left ten minutes ago."""
    left = changes.pop("abandoned_at", NOON - timedelta(minutes=10))
    bottle = CartItem(
        product_id="w1", name="Barolo", quantity=2, unit_price=Money(minor=6495, currency="USD"), path="/wines/barolo"
    )
    values: dict[str, Any] = {
        "event_id": new_uuid7(),
        "site_id": SITE,
        "occurred_at": NOON,
        "received_at": NOON,
        "nudge_id": new_uuid7(),
        "cart_id": new_uuid7(),
        "visitor_id": LAPTOP,
        "campaign_id": "c1",
        "step": 1,
        "channels": (Channel.SMS,),
        "abandoned_at": left,
        "not_before": left,
        "not_after": left + timedelta(hours=48),
        "cart": NudgedCart(items=(bottle,), total=Money(minor=12990, currency="USD"), return_path="/cart"),
    }
    return NudgeDue(**(values | changes))
