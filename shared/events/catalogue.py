"""The catalogue of topics: their owners, readers and events."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from shared.events import cart, merchant, message, nudge, settings, signals, storefront
from shared.events.envelope import Event

Service = Literal["ingest", "orders", "notify", "onboarding"]
SERVICES: tuple[Service, ...] = get_args(Service)

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Topic:
    """One topic. Every topic is keyed by ``site_id``: one site, one partition, one order of things.

    ``owner`` writes it. orders alone also writes into storefront-events: ``barrier.marked``, ``erasure.marked``,
    ``person_data.marked`` and ``person.resolved``.
    """

    name: str
    partitions: int
    retention_ms: int | None  # None: compacted, kept for ever
    owner: Service
    readers: frozenset[Service]
    events: tuple[type[Event], ...]
    public: bool

    @property
    def compacted(self) -> bool:
        """Whether the topic is compacted: the last record of each site stays."""
        return self.retention_ms is None

    @property
    def dead_letters(self) -> str:
        """The topic of its dead letters."""
        return f"{self.name}-dlq"


def _topic(
    name: str,
    partitions: int,
    days: int | None,
    owner: Service,
    readers: set[Service],
    events: tuple[type[Event], ...],
    *,
    public: bool = False,
) -> Topic:
    retention = None if days is None else days * DAY_MS
    return Topic(name, partitions, retention, owner, frozenset(readers), events, public)


STOREFRONT_EVENTS = _topic("storefront-events", 32, 14, "ingest", {"orders", "notify"}, get_args(storefront.StorefrontEvent))
CART_EVENTS = _topic("cart-events", 16, 30, "orders", {"onboarding"}, get_args(cart.CartEvent), public=True)
NUDGE_EVENTS = _topic("nudge-events", 16, 30, "orders", {"notify", "onboarding"}, get_args(nudge.NudgeEvent), public=True)
MESSAGE_EVENTS = _topic(
    "message-events", 16, 30, "notify", {"orders", "onboarding"}, get_args(message.MessageTopicEvent), public=True
)
MERCHANT_ACTIONS = _topic("merchant-actions", 4, 30, "onboarding", {"orders", "notify"}, get_args(merchant.MerchantAction))
SITE_SIGNALS = _topic("site-signals", 4, 30, "ingest", {"onboarding"}, (signals.SiteSignalled,))
SITE_SETTINGS = _topic("site-settings", 4, None, "onboarding", {"ingest", "orders", "notify"}, (settings.SiteConfigured,))

_ALL = (
    STOREFRONT_EVENTS,
    CART_EVENTS,
    NUDGE_EVENTS,
    MESSAGE_EVENTS,
    MERCHANT_ACTIONS,
    SITE_SIGNALS,
    SITE_SETTINGS,
)
TOPICS: Mapping[str, Topic] = MappingProxyType({topic.name: topic for topic in _ALL})
DEAD_LETTER_RETENTION_MS = 30 * DAY_MS

_HOMES: Mapping[type[Event], Topic] = MappingProxyType({event: topic for topic in _ALL for event in topic.events})


def topic_of(event: Event | type[Event]) -> Topic:
    """The one topic that an event lives in."""
    return _HOMES[event if isinstance(event, type) else type(event)]
