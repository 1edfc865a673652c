"""The catalogue of topics: their owners, readers and events."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from shared.events import cart, merchant, message, nudge, settings, signals, storefront
from shared.events.envelope import Event

Service = Literal["ingest", "sources", "orders", "notify", "onboarding"]
SERVICES: tuple[Service, ...] = get_args(Service)

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Topic:
    """One topic. Every topic is keyed by ``site_id``: one site, one partition, one order of things.

    ``owner`` writes it, and so does each of ``more_writers``: sources reports orders beside ingest, to which it belongs, and
    orders writes ``barrier.marked``, ``erasure.marked``, ``person_data.marked`` and ``person.resolved`` into storefront-events.
    """

    name: str
    partitions: int
    retention_ms: int | None  # None: compacted, kept for ever
    owner: Service
    readers: frozenset[Service]
    events: tuple[type[Event], ...]
    public: bool
    more_writers: frozenset[Service] = frozenset()

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
    more_writers: frozenset[Service] = frozenset(),
) -> Topic:
    retention = None if days is None else days * DAY_MS
    return Topic(name, partitions, retention, owner, frozenset(readers), events, public, more_writers)


STOREFRONT_EVENTS = _topic(
    "storefront-events", 32, 14, "ingest", {"orders", "notify"}, get_args(storefront.StorefrontEvent),
    more_writers=frozenset({"sources", "orders"}),
)  # fmt: skip
CART_EVENTS = _topic("cart-events", 16, 30, "orders", {"onboarding"}, get_args(cart.CartEvent), public=True)
NUDGE_EVENTS = _topic("nudge-events", 16, 30, "orders", {"notify", "onboarding"}, get_args(nudge.NudgeEvent), public=True)
MESSAGE_EVENTS = _topic(
    "message-events", 16, 30, "notify", {"orders", "onboarding"}, get_args(message.MessageTopicEvent), public=True
)
MERCHANT_ACTIONS = _topic("merchant-actions", 4, 30, "onboarding", {"orders", "notify"}, get_args(merchant.MerchantAction))
SITE_SIGNALS = _topic(
    "site-signals", 4, 30, "ingest", {"onboarding"}, (signals.SiteSignalled,), more_writers=frozenset({"sources"})
)
SITE_SETTINGS = _topic(
    "site-settings", 4, None, "onboarding", {"ingest", "sources", "orders", "notify"}, (settings.SiteConfigured,)
)

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
