"""Traces go on from a header or a row, hold nothing that a person wrote, and cost nothing where nobody collects them."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.runtime import tracing
from shared.runtime.logging import configure_logging
from shared.runtime.otlp import OtlpTracer
from tests.support.builders.ingest import CHROME, Rig, a_body, a_cart_event, a_rig, an_event
from tests.support.builders.notify import a_due_nudge
from tests.support.ratios import holds_ratio
from tests.support.records import a_record
from tests.support.spans import ended, kept_spans

OF_A_STRANGER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOT_SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
HEADERS = {"origin": "https://shop.example", "user-agent": CHROME, "traceparent": OF_A_STRANGER, "content-type": "text/plain"}
AN_ADDRESS = "anna.berg@example.com"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with kept_spans() as spans:
        yield spans


async def report(rig: Rig, *events: dict[str, object]) -> int:
    """Send a body of events. Returns the status of the answer."""
    answers: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": json.dumps(a_body(*events)).encode()}

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    scope = {"type": "http", "method": "POST", "path": "/v1/beacons", "query_string": b"", "headers": headers}
    await rig.app(scope | {"client": ("192.0.2.4", 1)}, receive, send)
    return int(answers[0]["status"])


def test_a_row_that_waited_goes_on_with_the_trace_that_put_it_there(spans: InMemorySpanExporter) -> None:
    with tracing.begin("POST /v1/beacons"):
        row = tracing.traceparent()
    with tracing.go_on("timer abandon", row, subject="0198f0aa"), tracing.within("call the carrier", "client"):
        pass

    first, timer, call = (ended(spans)[name] for name in ("POST /v1/beacons", "timer abandon", "call the carrier"))
    assert first.parent is None
    assert timer.parent is not None
    assert call.parent is not None
    assert (timer.parent.span_id, call.parent.span_id) == (first.context.span_id, timer.context.span_id)
    assert len({span.context.trace_id for span in (first, timer, call)}) == 1
    assert dict(timer.attributes or {}) == {"subject": "0198f0aa"}


@pytest.mark.parametrize("parent", [None, "", "nonsense", NOT_SAMPLED, "00-" + "0" * 32 + "-1-01"])
def test_what_has_no_sampled_cause_is_not_traced(spans: InMemorySpanExporter, parent: str | None) -> None:
    with tracing.go_on("timer abandon", parent), tracing.within("call the carrier"):
        caused = tracing.traceparent()

    assert caused is None
    assert spans.get_finished_spans() == ()


def test_each_event_of_a_batch_causes_its_own(spans: InMemorySpanExporter) -> None:
    events = [a_due_nudge() for _ in range(3)]
    causes = [OF_A_STRANGER, None, OF_A_STRANGER.replace("4bf9", "5bf9")]
    headers = [() if cause is None else (("traceparent", cause.encode()),) for cause in causes]
    records = [(replace(a_record(event), headers=each), event) for event, each in zip(events, headers, strict=True)]

    with tracing.span_each("nudge-events", records):
        found = []
        for event in events:
            with tracing.caused_by(event.event_id):
                found.append(tracing.traceparent())
        of_the_last = tracing.traceparent_of([events[1].event_id, events[2].event_id])
        of_them_all = tracing.traceparent()

    assert [each and each[3:7] for each in found] == ["4bf9", None, "5bf9"]
    assert of_the_last == found[2]
    assert of_them_all is None
    assert {span.name for span in spans.get_finished_spans()} == {"apply nudge.due"}


def test_of_an_error_only_its_type_is_kept(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match=AN_ADDRESS), tracing.begin("POST /v1/beacons"):
        raise ValueError(AN_ADDRESS)

    [span] = spans.get_finished_spans()
    assert (span.status.is_ok, span.status.description, dict(span.attributes or {})) == (
        False,
        None,
        {"error.type": "ValueError"},
    )
    assert list(span.events) == []
    assert AN_ADDRESS not in span.to_json()


async def test_a_beacon_begins_a_trace_of_ours_and_its_record_names_it(spans: InMemorySpanExporter) -> None:
    rig = a_rig()

    status = await report(rig, a_cart_event(), an_event("shopper.identified", "c2", email=AN_ADDRESS))

    [span] = spans.get_finished_spans()
    named = [each["traceparent"].decode() for each in rig.kafka.headers if "traceparent" in each]
    assert (status, span.name, dict(span.attributes or {})) == (204, "POST /v1/beacons", {"http.response.status_code": 204})
    assert {each[3:35] for each in named} == {f"{span.context.trace_id:032x}"}
    assert len(named) == 2
    assert f"{span.context.trace_id:032x}" not in OF_A_STRANGER
    assert AN_ADDRESS not in span.to_json()


async def test_a_trace_that_is_not_sampled_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    exporter, rig = InMemorySpanExporter(), a_rig()
    tracing.use(OtlpTracer("tests", SimpleSpanProcessor(exporter)))
    try:
        await report(rig, a_cart_event())
        with tracing.go_on("timer abandon", OF_A_STRANGER):
            pass
    finally:
        tracing.use(None)

    assert [sorted(each) for each in rig.kafka.headers] == [sorted(each) for each in headers_without_traces(rig)]
    assert [span.name for span in exporter.get_finished_spans()] == ["timer abandon"]  # its cause was sampled elsewhere


def headers_without_traces(rig: Rig) -> list[dict[str, bytes]]:
    return [{name: value for name, value in each.items() if name != "traceparent"} for each in rig.kafka.headers]


def test_log_lines_name_their_trace(spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    handlers = logging.getLogger().handlers
    configure_logging("orders", "INFO")
    try:
        with tracing.begin("POST /v1/beacons"):
            structlog.get_logger("tests").warning("inside")
        structlog.get_logger("tests").warning("outside")
    finally:
        logging.getLogger().handlers = handlers

    inside, outside = (json.loads(line) for line in output.getvalue().splitlines()[-2:])
    [span] = spans.get_finished_spans()
    assert (inside["trace_id"], inside["span_id"]) == (f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}")
    assert "trace_id" not in outside


def test_services_that_trace_nothing_load_nothing_for_it() -> None:
    program = "import sys, services.ingest.app, services.notify.app; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    assert "shared.runtime.tracing" in loaded
    assert loaded.isdisjoint({"opentelemetry.sdk", "opentelemetry.trace", "opentelemetry.context", "urllib3"})


@pytest.mark.parametrize(
    ("environment", "traces"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_the_variables_of_the_field_switch_traces_on(
    environment: dict[str, str], traces: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)  # for the exporter, which reads no other
    try:
        tracing.configure_tracing("orders", environment)
        with tracing.begin("POST /v1/beacons"):
            assert (tracing.traceparent() is not None) is traces
    finally:
        tracing.close_tracing()
        tracing.use(None)


def test_a_request_that_is_not_traced_spends_no_time_on_it() -> None:
    requests = 300

    def run(what: str) -> None:
        if what == "requests":
            asyncio.run(_requests(requests))
        else:
            for _ in range(requests):
                with tracing.begin(f"{'POST'} {'/v1/beacons'}"):
                    tracing.traceparent()
                    tracing.add_attribute("http.response.status_code", 204)

    assert holds_ratio(run, "requests", "what tracing adds to them", ratio=0.02, negligible=0)


async def _requests(count: int) -> None:
    rig = a_rig()
    for number in range(count):
        await report(rig, a_cart_event(f"cart-{number}"))
