"""Traces: one from the beacon that opens a cart to the call of a carrier, over Kafka and over rows that wait.

Without a collector in the environment nothing is traced, and every function here returns after one comparison. A trace begins
with a request of ingest; what has no parent is not traced. What strangers send as ``traceparent`` is never read, and nothing is
sent to a carrier. An attribute is an id, a name of ours or a number: never what a shopper or a merchant has written.
"""

import os
from collections.abc import Iterable, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Literal, Protocol
from uuid import UUID

Kind = Literal["server", "consumer", "client", "internal"]

HEADER = "traceparent"
"""W3C Trace Context, in the headers of a record."""
COLLECTORS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
NOTHING: AbstractContextManager[None] = nullcontext()


class Span(Protocol):
    """Something that happens, from its start to ``end``. ``traceparent`` names it to what it causes."""

    traceparent: str

    def set(self, name: str, value: str | int) -> None:
        """Add an attribute."""
        ...

    def end(self, error: str | None) -> None:
        """Mark its end, and the type of the error by which it ended."""
        ...


class Tracer(Protocol):
    """What starts spans, and hands those that have ended to a collector."""

    def start(self, name: str, parent: str | None, kind: Kind, attributes: Mapping[str, str | int]) -> Span | None:
        """A span below ``parent``, or the first of a trace; None where it is not sampled, or the parent cannot be read."""
        ...

    def close(self) -> None:
        """Hand over what has ended, within a limit."""
        ...


class _On:
    """The tracer of this process; None while nothing is traced."""

    tracer: Tracer | None = None


_CURRENT: ContextVar[Span | None] = ContextVar("span", default=None)
_NO_SPANS: Mapping[UUID, Span | None] = {}
_APPLIED: ContextVar[Mapping[UUID, Span | None]] = ContextVar("applied", default=_NO_SPANS)
"""The spans of the events that are being applied, by the events' ids."""


def configure_tracing(service: str, environment: Mapping[str, str] = os.environ) -> None:
    """Trace from now on, where the environment names a collector by a variable of OpenTelemetry's."""
    if any(environment.get(name) for name in COLLECTORS) and environment.get("OTEL_SDK_DISABLED", "").lower() != "true":
        from shared.runtime.otlp import collector_tracer  # half a second, for those alone who trace

        use(collector_tracer(service))


def use(tracer: Tracer | None) -> None:
    """Trace by this from now on; by nothing with None."""
    _On.tracer = tracer


def close_tracing() -> None:
    """Hand over what has ended: the last step of a process."""
    if _On.tracer is not None:
        _On.tracer.close()


def begin(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """The first span of a trace, if it is sampled."""
    return NOTHING if _On.tracer is None else _started(_On.tracer.start(name, None, "server", attributes))


def go_on(name: str, parent: str | None, kind: Kind = "internal", **attributes: str | int) -> AbstractContextManager[None]:
    """A span below ``parent``; nothing without one."""
    if _On.tracer is None or parent is None:
        return NOTHING
    return _started(_On.tracer.start(name, parent, kind, attributes))


def within(name: str, kind: Kind = "internal", **attributes: str | int) -> AbstractContextManager[None]:
    """A span below the current one; nothing without one."""
    return go_on(name, traceparent(), kind, **attributes)


def span_each(topic: str, records: Iterable[tuple[Any, Any]]) -> AbstractContextManager[None]:
    """A span for each event of a batch whose record names its cause. ``records`` are pairs of a record and its event."""
    return NOTHING if _On.tracer is None else _SpanEach(_On.tracer, topic, records)


def caused_by(event_id: UUID) -> AbstractContextManager[None]:
    """Let what happens inside belong to the event of this id, which is being applied."""
    if _On.tracer is None or (span := _APPLIED.get().get(event_id)) is None:
        return NOTHING
    return _Current(span)


def traceparent() -> str | None:
    """The span that causes what happens now, for a header or a row; None where nothing is traced."""
    if _On.tracer is None:
        return None
    if (span := _CURRENT.get()) is None:
        applied = _APPLIED.get()
        span = next(iter(applied.values())) if len(applied) == 1 else None
    return None if span is None else span.traceparent


def traceparent_of(event_ids: Iterable[UUID]) -> str | None:
    """The span of the first of these events that is traced; they are being applied."""
    if _On.tracer is None:
        return None
    applied = _APPLIED.get()
    return next((span.traceparent for each in event_ids if (span := applied.get(each)) is not None), None)


def add_attribute(name: str, value: str | int) -> None:
    """Add an attribute to the current span."""
    if _On.tracer is not None and (span := _CURRENT.get()) is not None:
        span.set(name, value)


def add_trace(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of log lines: the ids by which a line is found from its trace, and a trace from its line."""
    if (parent := traceparent()) is not None:
        _, event["trace_id"], event["span_id"], _ = parent.split("-")
    return event


def _started(span: Span | None) -> AbstractContextManager[None]:
    return NOTHING if span is None else _Current(span, ends=True)


class _Current(AbstractContextManager[None]):
    """Makes a span the current one, and ends it where it was started for that."""

    def __init__(self, span: Span, *, ends: bool = False) -> None:
        self._span = span
        self._ends = ends

    def __enter__(self) -> None:
        self._token: Token[Span | None] = _CURRENT.set(self._span)

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        _CURRENT.reset(self._token)
        if self._ends:
            self._span.end(None if kind is None else kind.__name__)


class _SpanEach(AbstractContextManager[None]):
    """The spans of a batch, which end together."""

    def __init__(self, tracer: Tracer, topic: str, records: Iterable[tuple[Any, Any]]) -> None:
        self._spans = {event.event_id: _span_of(tracer, topic, record, event.type) for record, event in records}

    def __enter__(self) -> None:
        self._token = _APPLIED.set(self._spans)

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        _APPLIED.reset(self._token)
        for span in self._spans.values():
            if span is not None:
                span.end(None if kind is None else kind.__name__)


def _span_of(tracer: Tracer, topic: str, record: Any, event_type: str) -> Span | None:
    """The span of a record, None where it names no cause; a header of its may be anything."""
    parent = dict(record.headers).get(HEADER)
    if parent is None:
        return None
    attributes = {"messaging.system": "kafka", "messaging.destination.name": topic}
    return tracer.start(f"apply {event_type}", parent.decode("ascii", "replace"), "consumer", attributes)
