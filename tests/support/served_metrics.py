"""What each service serves before anything has happened."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from services.ingest.metrics import IngestMetrics
from services.ingest.sources.metrics import SourcesMetrics
from services.notify.metrics import NotifyMetrics
from services.onboarding.metrics import OnboardingMetrics
from services.onboarding.storage.sweeps import RETENTION
from services.orders.metrics import OrdersMetrics
from shared.events.catalogue import SERVICES, Service
from shared.runtime.build import expose_build
from shared.runtime.clock import SystemClock
from shared.runtime.loops import Loops
from shared.runtime.metrics import HttpMetrics, RuntimeMetrics
from shared.runtime.postgres.retention import RetentionMetrics

OWN: dict[Service, Callable[[CollectorRegistry], object]] = {
    "ingest": IngestMetrics,
    "sources": SourcesMetrics,
    "orders": OrdersMetrics,
    "notify": NotifyMetrics,
    "onboarding": OnboardingMetrics,
}


class APool:
    """A pool of eight connections, of which one is used."""

    def get_size(self) -> int:
        return 3

    def get_idle_size(self) -> int:
        return 2

    def get_max_size(self) -> int:
        return 8


def a_registry_of(service: Service) -> CollectorRegistry:
    """What a service serves before anything has happened."""
    registry = CollectorRegistry()
    OWN[service](registry)
    Loops(service, SystemClock(), registry)
    expose_build(registry)
    if service != "ingest":
        RuntimeMetrics(registry, service, APool())
        RetentionMetrics(RETENTION, registry)
    if service not in ("orders", "sources"):
        HttpMetrics(registry).route("/example")
    return registry


def metric_names() -> set[str]:
    """The names of all samples that services serve."""
    endings = ("", "_total", "_count", "_bucket", "_sum", "_info")
    names = {metric.name for service in SERVICES for metric in a_registry_of(service).collect()}
    return {name + ending for name in names for ending in endings} | {"beckon_ready"}
