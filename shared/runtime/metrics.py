"""The metrics of the runtime, each declared once; a service's own are in its ``metrics.py``."""

from collections.abc import Iterable

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

AGE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600)


def counter_from_zero(name: str, documentation: str, label: str, values: Iterable[str], registry: CollectorRegistry) -> Counter:
    """A counter that is served with every value of its one label from the start.

    Prometheus sees no increase where a series begins at one, so an alert on the first event of a label would never fire.
    """
    counter = Counter(name, documentation, [label], registry=registry)
    for value in values:
        counter.labels(value)
    return counter


class RuntimeMetrics:
    """Metrics of consuming and publishing. Labels are closed sets: topics, outcomes, never a shop or a person."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        self.processed = Counter(
            "beckon_events_processed_total", "Records applied or set aside.", ["topic", "outcome"], registry=registry
        )
        self.failures = Counter(
            "beckon_consume_failures_total", "Batches rolled back and read again.", ["topic"], registry=registry
        )
        self.holds = Counter("beckon_holds_placed_total", "Holds placed, by topic.", ["topic"], registry=registry)
        self.age = Histogram(
            "beckon_event_age_seconds",
            "Between received_at of an event and its applied commit.",
            ["topic"],
            buckets=AGE_BUCKETS,
            registry=registry,
        )
        self.assigned = Gauge("beckon_consumer_assigned_partitions", "Partitions that this process reads.", registry=registry)
        self.last_poll = Gauge(
            "beckon_consumer_last_poll_timestamp_seconds", "When a batch was last asked for.", registry=registry
        )
        self.lag = Gauge(
            "beckon_consumer_lag_records",
            "Records of this process's partitions that are not applied yet.",
            ["topic"],
            registry=registry,
        )
        self.holds_standing = Gauge(
            "beckon_holds_standing", "Holds that nobody has released: their sites are silent.", registry=registry
        )
        self.outbox_age = Gauge(
            "beckon_outbox_oldest_age_seconds", "How long the oldest record of the outbox has waited.", registry=registry
        )
        self.log_lost = Gauge(
            "beckon_log_identity_broken",
            "1 while the stored offsets do not fit the log; all is held.",
            registry=registry,
        )
        self.relayed = Counter("beckon_outbox_relayed_total", "Records sent from the outbox.", registry=registry)
        self.relay_failures = Counter("beckon_outbox_failures_total", "Sends that will be repeated.", registry=registry)


class HttpMetrics:
    """Metrics of the connections of a public HTTP port. Reasons are a closed set, never an address."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.connections = Gauge("beckon_http_connections", "Connections that are open.", registry=registry)
        self.refused = Counter(
            "beckon_http_connections_ended_total", "Connections ended for what their peer did.", ["reason"], registry=registry
        )
