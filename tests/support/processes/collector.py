"""A collector of OpenTelemetry, as the services' exporters see it: OTLP over HTTP, kept in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.processes.demo import Receiver


@dataclass(frozen=True)
class ASpan:
    """One span. ``began`` is in seconds."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    began: float


class Collector:
    """Takes every batch that it is sent."""

    def __init__(self) -> None:
        self._receiver = Receiver(status=200)

    @property
    def settings(self) -> dict[str, str]:
        """The environment of those who export to it."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self._receiver.address, "OTEL_BSP_SCHEDULE_DELAY": "200"}

    @property
    def received(self) -> str:
        """All that was ever sent to it."""
        return "\n".join(body.decode() for body in self._receiver.bodies)

    def spans(self) -> list[ASpan]:
        """Every span so far."""
        return [span for body in list(self._receiver.bodies) for span in _spans_in(json.loads(body))]

    @property
    def names(self) -> list[tuple[str, str]]:
        """The beginning of the trace's id and the name of every span so far, in the order in which they began."""
        return [(span.trace_id[:6], span.name) for span in sorted(self.spans(), key=lambda span: span.began)]

    def trace(self, trace_id: str) -> list[ASpan]:
        """The spans of one trace so far."""
        return [span for span in self.spans() if span.trace_id == trace_id]

    def way_to(self, span: ASpan) -> list[ASpan]:
        """A span behind all that caused it and is here already, the first cause first."""
        by_id = {each.span_id: each for each in self.spans()}
        way = [span]
        while way[0].parent_id in by_id:
            way.insert(0, by_id[way[0].parent_id])
        return way

    def close(self) -> None:
        """Stop listening."""
        self._receiver.close()


def _spans_in(body: Any) -> Iterator[ASpan]:
    for resource in body["resourceSpans"]:
        named = {each["key"]: each["value"].get("stringValue") for each in resource["resource"]["attributes"]}
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                began = int(span["startTimeUnixNano"]) / 1e9
                ids = (span["traceId"], span["spanId"], span.get("parentSpanId", ""))
                yield ASpan(str(named["service.name"]), span["name"], *ids, began)
