"""The metrics of the runtime, each declared once; a service's own are in its ``metrics.py``."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Protocol

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from shared.events.catalogue import TOPICS, Service

AGE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 30, 60, 300, 900, 3600)
RESPONSE_BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10)
STATUS_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
UNMATCHED = "unmatched"
"""The route of a request for an address that there is not: whatever strangers try is one series."""
CONNECTION_ENDINGS = (
    "no_room", "idle", "gave_way", "slow_reader", "slow_header", "slow_body", "malformed", "oversized", "pipelined",
)  # fmt: skip

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter, which no rule and no dashboard reads


def counter_from_zero(
    name: str, documentation: str, labels: Mapping[str, Iterable[str]], registry: CollectorRegistry
) -> Counter:
    """A counter that is served with every combination of its labels' values from the start.

    Prometheus sees no increase where a series begins at one, so an alert on the first event of a label would never fire.
    """
    counter = Counter(name, documentation, [*labels], registry=registry)
    for values in product(*labels.values()):
        counter.labels(*values)
    return counter


def histogram_from_zero(
    name: str,
    documentation: str,
    labels: Mapping[str, Iterable[str]],
    buckets: Iterable[float],
    registry: CollectorRegistry,
) -> Histogram:
    """A histogram that is served with every combination of its labels' values from the start."""
    histogram = Histogram(name, documentation, [*labels], buckets=tuple(buckets), registry=registry)
    for values in product(*labels.values()):
        histogram.labels(*values)
    return histogram


def moment_gauge(name: str, documentation: str, registry: CollectorRegistry) -> Gauge:
    """A gauge of a moment, in seconds since 1970. Until it is known it is no number, which no rule takes for an old one."""
    gauge = Gauge(name, documentation, registry=registry)
    gauge.set(math.nan)
    return gauge


class SizedPool(Protocol):
    """As far as a pool of connections is measured."""

    def get_size(self) -> int: ...
    def get_idle_size(self) -> int: ...
    def get_max_size(self) -> int: ...


class RuntimeMetrics:
    """Metrics of consuming and publishing of one service. Labels are closed sets: topics, types, never a shop or a person."""

    def __init__(
        self, registry: CollectorRegistry = REGISTRY, service: Service | None = None, pool: SizedPool | None = None
    ) -> None:
        """Declare them, with the topics that ``service`` reads and the events that it writes; None for those of all."""
        self.registry = registry
        self._declare_consuming(
            [topic.name for topic in TOPICS.values() if service is None or service in topic.readers], registry
        )
        self._declare_progress(registry)
        self.holds_standing = Gauge(
            "beckon_holds_standing", "Holds that nobody has released: their sites are silent.", registry=registry
        )
        self.sending_stopped = Gauge(
            "beckon_sending_stopped", "1 while the operator has stopped all sending (beckon pause-all).", registry=registry
        )
        self.log_lost = Gauge(
            "beckon_log_identity_broken",
            "1 while the stored offsets do not fit the log; all is held.",
            registry=registry,
        )
        self.relay_failures = Counter("beckon_outbox_failures_total", "Sends that will be repeated.", registry=registry)
        self._declare_published(service, registry)
        if pool is not None:
            self._watch(pool)

    def _declare_consuming(self, topics: Sequence[str], registry: CollectorRegistry) -> None:
        by_topic = {"topic": topics}
        self.processed = counter_from_zero(
            "beckon_events_processed_total",
            "Records applied, or set aside as dead letters.",
            {**by_topic, "outcome": ("applied", "dead_letter")},
            registry,
        )
        self.failures = counter_from_zero(
            "beckon_consume_failures_total", "Batches rolled back and read again.", by_topic, registry
        )
        self.holds = counter_from_zero("beckon_holds_placed_total", "Holds placed, by topic.", by_topic, registry)
        self.age = histogram_from_zero(
            "beckon_event_age_seconds",
            "Between received_at of an event and its applied commit.",
            by_topic,
            AGE_BUCKETS,
            registry,
        )

    def _declare_progress(self, registry: CollectorRegistry) -> None:
        """How far this process has come, as moments: what stands still grows old by itself, also in a process that hangs."""
        self.assigned = Gauge("beckon_consumer_assigned_partitions", "Partitions that this process reads.", registry=registry)
        self.last_poll = moment_gauge(
            "beckon_consumer_last_poll_timestamp_seconds", "When a batch was last asked for.", registry
        )
        self.lag = Gauge(
            "beckon_consumer_lag_records",
            "Records of this process's partitions that are not applied yet.",
            ["topic"],
            registry=registry,
        )
        self.applied_up_to = Gauge(
            "beckon_consumer_applied_up_to_timestamp_seconds",
            "Whatever was published before, this process has applied, of its partitions.",
            ["topic"],
            registry=registry,
        )
        self.outbox_sent_up_to = moment_gauge(
            "beckon_outbox_sent_up_to_timestamp_seconds", "Whatever the service decided before has left its outbox.", registry
        )
        self.postgres_answered = moment_gauge(
            "beckon_postgres_answered_timestamp_seconds", "When PostgreSQL last answered.", registry
        )
        self.kafka_answered = moment_gauge("beckon_kafka_answered_timestamp_seconds", "When Kafka last answered.", registry)

    def _declare_published(self, service: Service | None, registry: CollectorRegistry) -> None:
        owned = [
            topic for topic in TOPICS.values() if service in (None, topic.owner) or service == "sources" in topic.more_writers
        ]
        types = [str(event.model_fields["type"].default) for topic in owned for event in topic.events]
        self.published = counter_from_zero(
            "beckon_events_published_total",
            "Events sent from the outbox, by type; a crash may repeat some.",
            {"type": [*types, "dead_letter", "other"]},
            registry,
        )
        self._published_types = frozenset(types)

    def count_published(self, topic: str, event_type: str) -> None:
        """Count one event that left the outbox."""
        other = "other" if topic in TOPICS else "dead_letter"
        self.published.labels(event_type if event_type in self._published_types and other == "other" else other).inc()

    def _watch(self, pool: SizedPool) -> None:
        """Serve how many connections to PostgreSQL are in use, read at each scrape."""
        gauge = Gauge(
            "beckon_database_pool_connections", "Connections to PostgreSQL, by state.", ["state"], registry=self.registry
        )
        gauge.labels("used").set_function(lambda: pool.get_size() - pool.get_idle_size())
        gauge.labels("idle").set_function(pool.get_idle_size)
        gauge.labels("most").set_function(pool.get_max_size)


class HttpMetrics:
    """Metrics of a public HTTP port. Routes are templates, reasons are a closed set; never an address."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.connections = Gauge("beckon_http_connections", "Connections that are open.", registry=registry)
        self.refused = counter_from_zero(
            "beckon_http_connections_ended_total",
            "Connections ended for what their peer did.",
            {"reason": CONNECTION_ENDINGS},
            registry,
        )
        self.requests = Counter(
            "beckon_http_requests_total",
            "Requests answered, by route and class of status.",
            ["route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "beckon_http_request_duration_seconds",
            "From a request's headers to the beginning of its answer.",
            ["route"],
            buckets=RESPONSE_BUCKETS,
            registry=registry,
        )

    def route(self, template: str) -> "RouteMetrics":
        """The series of one route, made once: a look-up costs more than counting."""
        return RouteMetrics(self, template)


class RouteMetrics:
    """Counts the answers of one route."""

    def __init__(self, metrics: HttpMetrics, template: str) -> None:
        self._classes: list[Any] = [metrics.requests.labels(template, status) for status in STATUS_CLASSES]
        self._seconds: Any = metrics.seconds.labels(template)

    def observe(self, status: int, seconds: float) -> None:
        """Record an answer that began after so many seconds."""
        self._classes[status // 100 - 1].inc()
        self._seconds.observe(seconds)
