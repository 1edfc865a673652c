"""Routes: the sender and the recipient of one message. Found anew each time, for both may change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

import structlog

from services.notify.channels.push.subscriptions import NoSubscription, PushServices, Subscription
from services.notify.channels.push.vapid import VapidKeys
from services.notify.channels.sms import SmsSender
from services.notify.delivery.rate_limiter import RateLimiter
from services.notify.delivery.senders import pepper_of, sender_of, vapid_of
from services.notify.rules.attempts import Attempt
from services.notify.rules.bindings import Binding
from shared.events.envelope import Channel, ContactKind, SealedContact
from shared.events.message import MessageKind
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.runtime.clock import Clock
from shared.runtime.security.sealing import CannotOpen, Pepper, ReaderKeys, open_contact

KEY_RESTS_SECONDS = 600.0
"""A push service that refuses a shop's key refuses it for all of the shop's subscribers: not again for a while."""

log = structlog.get_logger("routes")


@dataclass(frozen=True)
class SmsRoute:
    """A site's account at its carrier, and a number."""

    sender: SmsSender
    number: str = field(repr=False)

    @property
    def rate_limit_key(self) -> str:
        """The key of the rate limit: a sender's."""
        return self.sender.key


@dataclass(frozen=True)
class PushRoute:
    """A browser's subscription, and the pair of keys that it was made with."""

    subscription: Subscription
    vapid: VapidKeys

    @property
    def rate_limit_key(self) -> str:
        """The key of the rate limit: a push service is too busy as a whole, not for one subscription."""
        return self.subscription.origin


Route = SmsRoute | PushRoute


class Routes:
    """Finds routes, and limits the rate of each for this process."""

    def __init__(
        self, keys: ReaderKeys, rate_limiters: Mapping[Channel, RateLimiter], services: PushServices, clock: Clock
    ) -> None:
        self._keys = keys
        self._rate_limiters = rate_limiters
        self._services = services
        self._clock = clock
        self._resting: dict[str, float] = {}

    def find(self, site: SiteConfigured, to: Binding | Attempt) -> Route | Reason:
        """The route to a recipient, or why there is none now."""
        match Channel(to.channel):
            case Channel.SMS:
                if (sender := sender_of(site, self._keys)) is None:
                    return Reason.NO_SENDER
                number = self.open(to)
                return Reason.CONTACT_INVALID if number is None else SmsRoute(sender, number)
            case Channel.PUSH:
                return self._push_route(site, to)
            case channel:
                assert_never(channel)

    def _push_route(self, site: SiteConfigured, to: Binding | Attempt) -> PushRoute | Reason:
        if (vapid := vapid_of(site, self._keys, to.vapid_public)) is None:
            return Reason.NO_SENDER
        if self._resting.get(vapid.public, 0.0) > self._clock.monotonic():
            return Reason.ACCOUNT_REFUSED
        opened = self.open(to)
        try:
            return Reason.CONTACT_INVALID if opened is None else PushRoute(self._services.read(opened), vapid)
        except NoSubscription:
            return Reason.CONTACT_INVALID

    def open(self, to: Binding | Attempt) -> str | None:
        """What is sealed in it, None where no key of ours opens it, or it was erased: for us it does not exist."""
        if not to.box:
            return None
        contact = SealedContact(kind=ContactKind(to.recipient_kind), index=to.recipient_index, box=to.box)
        return self.open_contact(to.site_id, contact)

    def open_contact(self, site_id: UUID, contact: SealedContact) -> str | None:
        """What is sealed, None where no key of ours opens it."""
        try:
            return open_contact(self._keys, site_id, contact)
        except CannotOpen:
            log.error("contact_unreadable", site_id=str(site_id))
            return None

    def pepper(self, site: SiteConfigured) -> Pepper | None:
        """What indexes of the site's account are made with."""
        return pepper_of(site, self._keys)

    def slot_in(self, route: Route, kind: MessageKind, site_id: UUID) -> float:
        """Seconds until the route has a free slot for this kind and site; 0 takes it."""
        return self._rate_limiter(route).take(route.rate_limit_key, kind, self._clock.monotonic(), str(site_id))

    def slow_down(self, route: Route) -> None:
        """Halve the rate for a while: the carrier or push service reports that we are too fast."""
        self._rate_limiter(route).slow_down(route.rate_limit_key, self._clock.monotonic())

    def rest(self, route: Route) -> None:
        """Rest a shop's key that a push service refuses. A carrier's account is tried again by its own rule."""
        if isinstance(route, PushRoute):
            self._resting[route.vapid.public] = self._clock.monotonic() + KEY_RESTS_SECONDS
            log.error("vapid_key_refused", origin=route.subscription.origin)

    def _rate_limiter(self, route: Route) -> RateLimiter:
        return self._rate_limiters[Channel.SMS if isinstance(route, SmsRoute) else Channel.PUSH]
