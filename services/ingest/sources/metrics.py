"""The metrics of the sources of orders. Labels are closed sets, never a shop or a person."""

from prometheus_client import REGISTRY, CollectorRegistry, Gauge

from services.ingest.sources.states import SourceState
from shared.runtime.metrics import counter_from_zero

ORDERS = ("reported", "known", "unread")


class SourcesMetrics:
    """What the polls of back offices came to."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.polls = counter_from_zero(
            "beckon_sources_polls_total", "Polls, by how they ended.", {"state": SourceState}, registry
        )
        self.orders = counter_from_zero(
            "beckon_sources_orders_total",
            "Orders in replies: reported, known already, not readable.",
            {"outcome": ORDERS},
            registry,
        )
        self.connected = Gauge("beckon_sources_connections", "Connected sources, by state.", ["state"], registry=registry)
