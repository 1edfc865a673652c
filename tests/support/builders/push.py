"""What tests of web push start from: a shop with keys, a browser that subscribed."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify.channels.push.vapid import VapidKeys
from shared.events.envelope import Channel, ContactKind, Origin, SealedContact
from shared.events.settings import Campaign, CampaignStep, Secret, SiteConfigured
from shared.events.storefront import PushSubscribed, PushUnsubscribed
from shared.messages.rendering import DEFAULT_TEMPLATE
from shared.runtime.ids import new_uuid7
from shared.runtime.security.sealing import seal_contact, seal_secret, to_base64url
from tests.support.browsers.push_browser import Browser
from tests.support.builders.notify import KEYS, LAPTOP, PEPPER, SITE, a_site, some_secrets
from tests.support.builders.notify_answers import now

BROWSER = Browser.new()
SHOP_KEYS = Browser.new()
"""A pair on the same curve: the shop's own."""
VAPID_PUBLIC = to_base64url(SHOP_KEYS.p256dh)
VAPID_PRIVATE = to_base64url(SHOP_KEYS.private.private_numbers().private_value.to_bytes(32))
VAPID = VapidKeys(VAPID_PUBLIC, SHOP_KEYS.private)
ENDPOINT = "https://fcm.googleapis.com/fcm/send/annas-laptop"
A_MOMENT_AGO = timedelta(minutes=3)


def a_push_shop(**changes: Any) -> SiteConfigured:
    """A shop whose step goes by push, and by text where there is no push."""
    fields = json.dumps({"public": VAPID_PUBLIC, "private": VAPID_PRIVATE}).encode()
    box = seal_secret(KEYS.public_key(), SITE, "vapid", fields)
    vapid = Secret.model_validate({"name": "vapid", "for": "notify", "box": box})
    step = CampaignStep(delay_seconds=60, channel_order=(Channel.PUSH, Channel.SMS), template=DEFAULT_TEMPLATE)
    values = {
        "revision": 2,
        "campaign": Campaign(id="c1", steps=(step,)),
        "secrets": (*some_secrets(), vapid),
        "vapid_public": VAPID_PUBLIC,
    }
    return a_site(**(values | changes))


def sealed_subscription(endpoint: str = ENDPOINT, browser: Browser = BROWSER) -> SealedContact:
    """As ingest seals it: compared by its endpoint, opened with its keys."""
    fields = {"endpoint": endpoint, "p256dh": to_base64url(browser.p256dh), "auth": to_base64url(browser.auth)}
    return seal_contact(KEYS.public_key(), PEPPER, SITE, ContactKind.PUSH_ENDPOINT, endpoint, json.dumps(fields))


def a_subscription(at: datetime | None = None, **changes: Any) -> PushSubscribed:
    """Anna's laptop subscribes to push."""
    moment = at or now() - A_MOMENT_AGO
    values: dict[str, Any] = {
        "event_id": new_uuid7(),
        "site_id": SITE,
        "occurred_at": moment,
        "received_at": moment,
        "visitor_id": LAPTOP,
        "origin": Origin.STOREFRONT,
        "subscription": sealed_subscription(),
        "vapid_public": VAPID_PUBLIC,
    }
    return PushSubscribed(**(values | changes))


def an_unsubscription(at: datetime | None = None, *, site_id: UUID = SITE, visitor_id: str = LAPTOP) -> PushUnsubscribed:
    """It unsubscribes from whatever it had."""
    moment = at or now()
    return PushUnsubscribed(
        event_id=new_uuid7(), site_id=site_id, occurred_at=moment, received_at=moment, visitor_id=visitor_id, recipient=None
    )
