"""Spans kept in memory, and records whose headers name what caused them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.runtime import tracing
from shared.runtime.otlp import OtlpTracer


@contextmanager
def kept_spans() -> Iterator[InMemorySpanExporter]:
    """Trace inside, into memory."""
    exporter = InMemorySpanExporter()
    tracing.use(OtlpTracer("tests", SimpleSpanProcessor(exporter)))
    try:
        yield exporter
    finally:
        tracing.use(None)


def ended(spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """The spans that have ended, by their names."""
    return {span.name: span for span in spans.get_finished_spans()}


def way_to(span: ReadableSpan, spans: Sequence[ReadableSpan]) -> list[str]:
    """The names from the first cause of a span to the span itself."""
    by_id = {each.context.span_id: each for each in spans}
    way = [span.name]
    while span.parent is not None:
        span = by_id[span.parent.span_id]
        way.insert(0, span.name)
    return way
