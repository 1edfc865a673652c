"""Metrics of all services: served from the first scrape on, in names and labels that Prometheus' own checker accepts."""

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shared.events.catalogue import SERVICES, Service
from shared.runtime.clock import SystemClock
from shared.runtime.http.metering import Metered
from shared.runtime.metrics import HttpMetrics
from tests.support.metrics_document import TARGET, document
from tests.support.served_metrics import a_registry_of


def served_by(service: Service) -> list[Metric]:
    """Its metrics, by name."""
    return [*a_registry_of(service).collect()]


@pytest.mark.parametrize("service", SERVICES)
def test_every_counter_is_served_before_its_first_event(service: Service) -> None:
    counters = [metric for metric in served_by(service) if metric.type == "counter"]

    assert len(counters) >= 6
    assert [metric.name for metric in counters if not metric.samples] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_histogram_is_served_before_its_first_event(service: Service) -> None:
    assert [metric.name for metric in served_by(service) if metric.type == "histogram" and not metric.samples] == []


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_served_that_no_rule_and_no_dashboard_reads(service: Service) -> None:
    assert b"_created" not in generate_latest(a_registry_of(service))


@pytest.mark.parametrize("service", SERVICES)
def test_moments_are_no_ages_and_an_unknown_one_is_no_number(service: Service) -> None:
    gauges = {metric.name: metric for metric in served_by(service) if metric.type == "gauge"}
    moments = [sample for name, metric in gauges.items() if name.endswith("_timestamp_seconds") for sample in metric.samples]

    assert [name for name in gauges if "_age_" in name] == []
    assert all(sample.value != sample.value for sample in moments)


async def answers(request: Request) -> Response:
    """As an endpoint may."""
    if request.path_params["token"] == "broken":
        raise RuntimeError("a fault of ours")
    return PlainTextResponse("ok", 404 if request.path_params["token"] == "gone" else 200)


async def test_requests_are_counted_by_route_and_class_and_never_by_path() -> None:
    registry = CollectorRegistry()
    app = Metered(Starlette(routes=[Route("/l/{token}", answers)]), SystemClock(), HttpMetrics(registry))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://links.example") as client:
        for path in ("/l/one", "/l/two", "/l/gone", "/l/broken", "/l/", "/.env", "/l/one/two"):
            await client.get(path)

    found = {
        (sample.labels["route"], sample.labels["status"]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == "beckon_http_requests_total" and sample.value
    }
    assert found == {("/l/{token}", "2xx"): 2, ("/l/{token}", "4xx"): 1, ("/l/{token}", "5xx"): 1, ("unmatched", "4xx"): 3}
    assert registry.get_sample_value("beckon_http_request_duration_seconds_count", {"route": "/l/{token}"}) == 4


def test_the_page_of_metrics_is_that_of_what_is_served() -> None:
    assert TARGET.read_text() == document(), "python -m tests.support.metrics_document writes it anew"
