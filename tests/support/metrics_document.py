"""``python -m tests.support.metrics_document``: docs/metrics.md, of what each service serves before its first event."""

from pathlib import Path

from prometheus_client.metrics_core import Metric

from shared.events.catalogue import SERVICES
from tests.support.served_metrics import a_registry_of

TARGET = Path(__file__).parents[2] / "docs" / "metrics.md"
MOST_VALUES = 12
HEAD = """# Metrics

Written by `python -m tests.support.metrics_document`; a test holds it equal. Each service serves these on its metrics
port under `/metrics`, from its first second on; `beckon_ready` is 1 while it is ready. Labels are closed sets, never a
shop, a cart or a person. What ends in `_timestamp_seconds` is a moment: its age is `time() -` it, and it is no number
until it is known. Which of them wake somebody is in [the runbooks](runbooks/README.md), what dashboards show in
[`deploy/dashboards`](../deploy/dashboards/boards.py).

| metric | type | labels | services | |
|---|---|---|---|---|
"""
OF_GAUGES = {
    "beckon_consumer_lag_records": ["topic"],
    "beckon_consumer_applied_up_to_timestamp_seconds": ["topic"],
    "beckon_onboarding_sites_with_fallen_coverage": ["what"],
    "beckon_sources_connections": ["state"],
}
"""Labels of gauges that have no series until something is measured."""


def document() -> str:
    """The page's text."""
    found: dict[str, tuple[Metric, list[str], list[str]]] = {}
    for service in SERVICES:
        for metric in a_registry_of(service).collect():
            _, services, labels = found.setdefault(metric.name, (metric, [], []))
            services.append(service)
            labels += [each for each in _labels(metric) if each not in labels]
    return HEAD + "".join(_row(*found[name]) for name in sorted(found))


def _labels(metric: Metric) -> list[str]:
    if metric.name.startswith("beckon_build"):
        return ["version", "commit"]
    names = [name for name in (metric.samples[0].labels if metric.samples else OF_GAUGES[metric.name]) if name != "le"]
    return [_label(name, sorted({str(sample.labels[name]) for sample in metric.samples})) for name in names]


def _label(name: str, values: list[str]) -> str:
    few = 0 < len(values) <= MOST_VALUES and name not in ("topic", "table", "route", "type")
    return f"{name} ({', '.join(values)})" if few else name


def _row(metric: Metric, services: list[str], labels: list[str]) -> str:
    name = metric.name + {"counter": "_total", "info": "_info"}.get(metric.type, "")
    merged = "; ".join(labels)
    return f"| `{name}` | {metric.type} | {merged} | {', '.join(services)} | {metric.documentation.removesuffix(': page.')} |\n"


if __name__ == "__main__":
    TARGET.write_text(document())
