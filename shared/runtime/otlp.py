"""OpenTelemetry's SDK behind ``tracing``, imported by those alone who trace: spans go to a collector by OTLP over HTTP.

Its own variables say where (``OTEL_EXPORTER_OTLP_ENDPOINT``, ``…_HEADERS``, ``…_CERTIFICATE``) and how much
(``OTEL_TRACES_SAMPLER``, ``OTEL_TRACES_SAMPLER_ARG``).
"""

from collections.abc import Mapping
from threading import Thread

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.runtime.build import VERSION
from shared.runtime.tracing import HEADER, Kind, Span

CLOSE_SECONDS = 2.0
CANCELLED = "CancelledError"
KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "consumer": SpanKind.CONSUMER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
}


def collector_tracer(service: str) -> "OtlpTracer":
    """A tracer of this service, whose spans go to the collector of the environment in batches, by a thread of their own."""
    return OtlpTracer(service, BatchSpanProcessor(OTLPSpanExporter()))


class OtlpTracer:
    """Spans of OpenTelemetry's SDK, sampled as its variables say: a span whose parent is sampled always is."""

    def __init__(self, service: str, processor: SpanProcessor) -> None:
        resource = Resource.create(
            {"service.namespace": "beckon", "service.name": f"beckon-{service}", "service.version": VERSION}
        )
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("beckon", VERSION)
        self._propagator = TraceContextTextMapPropagator()

    def start(self, name: str, parent: str | None, kind: Kind, attributes: Mapping[str, str | int]) -> Span | None:
        """A span below ``parent``, or the first of a trace; None where it is not sampled, or the parent cannot be read."""
        context = Context()
        if parent is not None:
            context = self._propagator.extract({HEADER: parent}, context)
            if not get_current_span(context).get_span_context().trace_flags.sampled:
                return None
        span = self._tracer.start_span(name, context, KINDS[kind], attributes)
        return OtlpSpan(span) if isinstance(span, SdkSpan) and span.is_recording() else None

    def close(self) -> None:
        """Hand over what has ended. A collector that does not answer holds up no stop for longer than the limit."""
        closing = Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)


class OtlpSpan:
    """One span. Of an error only the type is kept: its text may quote anything."""

    def __init__(self, span: SdkSpan) -> None:
        self._span = span
        context = span.get_span_context()
        assert context is not None, "a span that was started has a context"
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-01"

    def set(self, name: str, value: str | int) -> None:
        """Add an attribute."""
        self._span.set_attribute(name, value)

    def end(self, error: str | None) -> None:
        """Mark its end, and the type of the error by which it ended; a stop is none."""
        if error is not None and error != CANCELLED:
            self._span.set_status(Status(StatusCode.ERROR))
            self._span.set_attribute("error.type", error)
        self._span.end()
