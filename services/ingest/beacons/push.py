"""What browsers report of web push: subscribed, unsubscribed, and what became of a notification."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from services.ingest.beacons.parsing import Beacon, Sender, envelope_of, needed, visitor_of
from services.ingest.wire_fields import text
from shared.events.envelope import ContactKind, Event, Origin, Recipient
from shared.events.storefront import PushClicked, PushDismissed, PushShown, PushSubscribed, PushUnsubscribed
from shared.runtime.security.outbound import LONGEST_ADDRESS, Forbidden, host_of

LONGEST_KEY = 128
ATTEMPT_CHARACTERS = 32


def whole(raw: object, longest: int) -> str | None:
    """Text that is not cut: half an address or half a key leads nowhere."""
    return text(raw, longest) if isinstance(raw, str) and len(raw) <= longest else None


def _push_subscribed(beacon: Beacon, sender: Sender) -> PushSubscribed:
    """Endpoint and keys are sealed for notify, which alone knows the push services; here only their shape is checked."""
    endpoint = needed("endpoint", _endpoint(beacon))
    keys = {name: needed(name, whole(beacon.fields.get(name), LONGEST_KEY)) for name in ("p256dh", "auth")}
    return PushSubscribed(
        **envelope_of(beacon, sender),
        visitor_id=visitor_of(sender),
        origin=Origin.STOREFRONT,
        subscription=sender.contacts.seal_subscription(endpoint, json.dumps({"endpoint": endpoint, **keys})),
        vapid_public=needed("vapid", whole(beacon.fields.get("vapid"), LONGEST_KEY)),
    )


def _push_unsubscribed(beacon: Beacon, sender: Sender) -> PushUnsubscribed:
    """Without an endpoint that can be read it is taken for every subscription of this browser."""
    endpoint = _endpoint(beacon)
    index = None if endpoint is None else next(iter(sender.contacts.indexes(ContactKind.PUSH_ENDPOINT, endpoint)), None)
    return PushUnsubscribed(
        **envelope_of(beacon, sender),
        visitor_id=visitor_of(sender),
        recipient=None if index is None else Recipient(kind=ContactKind.PUSH_ENDPOINT, index=index),
    )


def _endpoint(beacon: Beacon) -> str | None:
    endpoint = whole(beacon.fields.get("endpoint"), LONGEST_ADDRESS)
    try:
        return None if endpoint is None or not host_of(endpoint) else endpoint
    except Forbidden:
        return None


def _attempt(beacon: Beacon) -> str:
    return needed("attempt", whole(beacon.fields.get("attempt"), ATTEMPT_CHARACTERS))


def _push_shown(beacon: Beacon, sender: Sender) -> PushShown:
    return PushShown(**envelope_of(beacon, sender), visitor_id=visitor_of(sender), attempt_id=_attempt(beacon))


def _push_clicked(beacon: Beacon, sender: Sender) -> PushClicked:
    return PushClicked(**envelope_of(beacon, sender), visitor_id=visitor_of(sender), attempt_id=_attempt(beacon))


def _push_dismissed(beacon: Beacon, sender: Sender) -> PushDismissed:
    return PushDismissed(**envelope_of(beacon, sender), visitor_id=visitor_of(sender), attempt_id=_attempt(beacon))


PUSH_READERS: Mapping[str, Callable[[Beacon, Sender], Event]] = MappingProxyType(
    {
        "push.subscribed": _push_subscribed,
        "push.unsubscribed": _push_unsubscribed,
        "push.shown": _push_shown,
        "push.clicked": _push_clicked,
        "push.dismissed": _push_dismissed,
    }
)
