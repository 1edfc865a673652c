"""Every metric of ingest. Labels are closed sets: types, reasons, outcomes; never a shop or a person."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from services.ingest.admission import Refusal
from services.ingest.group_commit import Outcome
from services.ingest.notes import NOTED_FIELDS, UNREAD_KINDS
from services.ingest.orders.platform_orders import Delivery
from shared.events.catalogue import STOREFRONT_EVENTS
from shared.runtime.metrics import counter_from_zero


class IngestMetrics:
    """What ingest counts. Children of closed sets are made once: a look-up costs more than counting."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        types = [str(event.model_fields["type"].default) for event in STOREFRONT_EVENTS.events]
        self.accepted = counter_from_zero("beckon_ingest_events_total", "Events acknowledged.", {"type": types}, registry)
        refused = Counter("beckon_ingest_refused_total", "Events and bodies refused.", ["reason"], registry=registry)
        self.refused = {reason: refused.labels(reason.value) for reason in Refusal}
        commits = Counter("beckon_ingest_appends_total", "Requests by the result of Kafka.", ["outcome"], registry=registry)
        self.appends = {outcome: commits.labels(outcome.value) for outcome in Outcome}
        self.webhooks = counter_from_zero(
            "beckon_ingest_webhooks_total", "Webhooks of platforms answered 200.", {"outcome": Delivery}, registry
        )
        self.unread = counter_from_zero(
            "beckon_ingest_unread_fields_total",
            "Fields of carts and order reports left empty.",
            {"kind": UNREAD_KINDS, "field": NOTED_FIELDS},
            registry,
        )
        self.order_bursts = Counter(
            "beckon_ingest_order_bursts_total", "Unsigned order reports above the limit of a minute.", registry=registry
        )
        self.signals_lost = Counter(
            "beckon_ingest_signals_lost_total", "Signals that could not be kept or published.", registry=registry
        )
        self.peppers_missing = Gauge(
            "beckon_ingest_sites_without_pepper", "Sites of which nothing can be taken.", registry=registry
        )
        self.seconds = Histogram(
            "beckon_ingest_append_seconds",
            "From the first byte taken to the broker's answer.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2),
            registry=registry,
        )
        self.batch_records = Histogram(
            "beckon_ingest_batch_records",
            "Records of one batch.",
            buckets=(1, 2, 5, 10, 50, 100, 500),
            registry=registry,
        )
        self.waiting = Gauge("beckon_ingest_waiting_records", "Records waiting for Kafka.", registry=registry)
