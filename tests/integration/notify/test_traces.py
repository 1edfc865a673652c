"""One trace from a tick to the call of its question, from a reply to its answer, from the console to a test message."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.notify.channels.results import Unknown
from shared.events import merchant
from shared.events.envelope import Channel, Event
from shared.events.message import ShopperOptedOut
from shared.runtime import tracing
from shared.runtime.ids import new_uuid7
from tests.support.builders.notify import ANNA, SITE, a_consent
from tests.support.builders.notify_answers import now
from tests.support.processes.notify import Bench
from tests.support.records import a_record
from tests.support.spans import ended, kept_spans, way_to

CALL = "call the carrier"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with kept_spans() as spans:
        yield spans


@contextmanager
def caused(cause: str, topic: str, *events: Event) -> Iterator[None]:
    """Inside, these events are applied, each out of a record that one request led to."""
    with tracing.begin(cause):
        header = (tracing.HEADER, (tracing.traceparent() or "").encode())
    with tracing.span_each(topic, [(replace(a_record(event), headers=(header,)), event) for event in events]):
        yield


async def way_of_the_call(bench: Bench, spans: InMemorySpanExporter) -> list[str]:
    """The names from the first cause to the one call, once whatever was around the call has ended as well."""

    async def whole() -> bool:
        ids = {span.context.span_id for span in spans.get_finished_spans()}
        call = ended(spans).get(CALL)
        return call is not None and call.parent is not None and call.parent.span_id in ids

    await bench.eventually(whole)
    return way_to(ended(spans)[CALL], spans.get_finished_spans())


async def test_a_tick_and_the_call_of_its_question_are_one_trace(bench: Bench, spans: InMemorySpanExporter) -> None:
    ticks = [a_consent(occurred_at=now()), a_consent(occurred_at=now(), site_id=new_uuid7(), visitor_id=f"{1:022d}")]
    bench.start("transactional")

    with caused("POST /v1/beacons", "storefront-events", *ticks):
        await bench.storefront(*ticks)

    way = await way_of_the_call(bench, spans)
    assert way == ["POST /v1/beacons", "apply consent.given", "evaluate an opt-in", "ask for a grant", CALL]


async def test_what_a_carrier_reports_first_is_in_the_trace_of_the_message(bench: Bench, spans: InMemorySpanExporter) -> None:
    """A report may be here before the answer to the call is stored, or instead of it."""
    tick = a_consent(occurred_at=now())
    bench.carrier.answers = [Unknown()]
    bench.start("transactional")
    with caused("POST /v1/beacons", "storefront-events", tick):
        await bench.storefront(tick)
    await way_of_the_call(bench, spans)
    attempt_id = await bench.pool.fetchval("SELECT attempt_id FROM notify.attempts")
    await bench.becomes(attempt_id, "unresolved")

    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    await bench.post_signed(bench.addresses.callback_path(SITE, attempt_id), form)

    await bench.becomes(attempt_id, "accepted")
    headers = await bench.pool.fetchval("SELECT headers FROM notify.outbox WHERE headers LIKE '%message.accepted%'")
    report = ended(spans)["apply a carrier's report"]
    assert f"{report.context.trace_id:032x}-{report.context.span_id:016x}" in headers
    way = ["POST /v1/beacons", "apply consent.given", "evaluate an opt-in", "apply a carrier's report"]
    assert way_to(report, spans.get_finished_spans()) == way


async def test_a_reply_begins_the_trace_of_its_answer(bench: Bench, spans: InMemorySpanExporter) -> None:
    bench.start("transactional")

    await bench.reply("STOP")

    assert await way_of_the_call(bench, spans) == ["POST /in/twilio/{site_id:uuid}", "send a message", CALL]
    headers = await bench.pool.fetchval("SELECT headers FROM notify.outbox WHERE headers LIKE '%shopper.opted_out%'")
    assert f"{ended(spans)[CALL].context.trace_id:032x}" in headers
    assert await bench.emitted(ShopperOptedOut) != []


async def test_a_merchants_test_message_is_in_the_trace_of_its_request(bench: Bench, spans: InMemorySpanExporter) -> None:
    await bench.open_shop(revision=2, test_recipients=frozenset({ANNA.index}))
    wanted = merchant.TestMessageRequested(
        event_id=new_uuid7(),
        site_id=SITE,
        occurred_at=now(),
        received_at=now(),
        channel=Channel.SMS,
        step=1,
        contact=ANNA,
    )
    bench.start("transactional")

    with caused("POST /sites/{site_id}/test", "merchant-actions", wanted):
        await bench.merchant(wanted)

    way = await way_of_the_call(bench, spans)
    assert way == ["POST /sites/{site_id}/test", "apply test_message.requested", "send a message", CALL]
