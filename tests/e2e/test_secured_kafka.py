"""Stories 1 and 2 over brokers as a cluster has them: TLS, a user for each service, and the rights that manifests list."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from deploy.local.folders import folders_at
from deploy.local.ports import Ports
from deploy.local.reset import wipe
from deploy.local.services import DEMO_ACCOUNT
from shared.events.catalogue import SERVICES, TOPICS
from tests.support.browsers.shoppers import Shopper
from tests.support.processes.collector import ASpan, Collector
from tests.support.processes.running import CHECKOUT, Running, free_base_port
from tests.support.processes.secured_kafka import refusals_in
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import PACE, SILENT_FOR, Thread, paused
from tests.support.waiting import wait_for

WAY = [
    "POST /v1/beacons",
    "apply cart.updated",
    "timer abandon",
    "timer nudge_due",
    "apply nudge.due",
    "evaluate a nudge",
    "ask for a grant",
    "call the carrier",
]
QUESTION = ["POST /v1/beacons", "apply consent.given", "evaluate an opt-in", "ask for a grant", "call the carrier"]
ANSWER = ["POST /in/twilio/{site_id:uuid}", "send a message", "call the carrier"]
BESIDE = ("apply message.prepared", "decide a grant", "apply nudge.granted", "apply message.accepted", "apply cart.abandoned")
ANNA, BERT = "+14235557001", "+14235557002"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture(scope="module")
def secured(collector: Collector) -> Iterator[Running]:
    state = Path(tempfile.mkdtemp(prefix="beckon-secured-")) / "state"
    timing = PACE | collector.settings
    running = Running(state, Ports(free_base_port()), timing, program="tests.support.processes.secured_supervisor")
    try:
        running.start()
        yield running
    finally:
        running.stop()
        wipe(state)


def beckon_command(beckon: Running, service: str, *arguments: str) -> str:
    """What the operator's command prints in the environment of a running service, where ``kubectl exec`` runs it."""
    lines = Path(f"/proc/{beckon.pid(service)}/environ").read_bytes().decode().rstrip("\0").split("\0")
    environment = dict(line.split("=", 1) for line in lines)
    command = [sys.executable, "-m", "deploy.command", *arguments]
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def way_of_a_call(collector: Collector, names: list[str]) -> list[ASpan] | None:
    """What led to a call by these spans, once all of it was sent: what ends last may come last."""
    ways = [collector.way_to(span) for span in collector.spans() if span.name == names[-1]]
    return next((way for way in ways if [span.name for span in way] == names), None)


def with_what_is_beside(collector: Collector, way: list[ASpan]) -> list[ASpan] | None:
    """The trace of the call, once it has all that is not on the way."""
    trace = collector.trace(way[0].trace_id)
    return trace if {span.name for span in trace} >= set(BESIDE) else None


def assert_one_trace(collector: Collector, reminded: Thread, bought: Thread) -> None:
    """From the beacon of the cart to the carrier's call there is one trace, and nothing of a person in any."""
    for names in (QUESTION, ANSWER):
        wait_for(f"{names[-1]} after {names[1]}", partial(way_of_a_call, collector, names), instead=lambda: collector.names)
    way = wait_for("the way of the call", lambda: way_of_a_call(collector, WAY), instead=lambda: collector.names)
    trace = wait_for("what is beside it", lambda: with_what_is_beside(collector, way), instead=lambda: collector.names)

    assert (way[0].service, way[0].name) == ("beckon-ingest", "POST /v1/beacons")
    assert {span.service for span in trace} >= {"beckon-ingest", "beckon-orders", "beckon-notify", "beckon-onboarding"}
    due = next(span for span in way if span.name == "timer nudge_due")
    assert due.began - way[0].began >= float(PACE["BECKON_DEMO_ABANDONED_AFTER"]) + float(PACE["BECKON_DEMO_STEP_DELAY"]) - 1
    needles = [text for who in (reminded, bought) for text in (who.number, who.number[1:], who.email)]
    assert [needle for needle in (*needles, "Old Harbor", "bk_", "127.0.0.1", "Mozilla") if needle in collector.received] == []


def test_a_cart_is_recovered_and_a_purchase_silences_over_a_secured_kafka(
    secured: Running, collector: Collector, browser: Browser
) -> None:
    carrier = CarrierLog(secured.ports.address("demo"))
    console = ConsoleApi(secured.console("").rstrip("/"), DEMO_ACCOUNT, secured.secrets()["console_password"])
    anna, bert = (Thread(browser, secured, carrier, console, number) for number in (ANNA, BERT))
    bert.leaves_a_cart()
    with paused(console):
        bert.shopper.pays(bert.email, bert.number)
    anna.leaves_a_cart()

    anna.assert_reminded_once()
    bert.assert_silenced()
    elsewhere = Shopper(browser, secured)
    elsewhere.follows(anna.handset.link())
    expect(elsewhere.page.get_by_text("Old Harbor Red").first).to_be_visible()
    elsewhere.pays(anna.email, anna.number)
    wait_for("the recovered order", lambda: console.overview()["recovered_orders"] == 1)
    assert_one_trace(collector, anna, bert)
    carrier.holds(SILENT_FOR)
    assert refusals_in(folders_at(secured.state).logs) == []


def test_the_operators_command_works_as_each_services_own_user(secured: Running) -> None:
    for service in SERVICES:
        lag: list[dict[str, Any]] = json.loads(beckon_command(secured, service, "lag", "--json"))
        readers = {name for topic in TOPICS.values() for name in topic.readers if name != "ingest"}

        assert {row["service"] for row in lag} == readers, service
        assert beckon_command(secured, service, "topics").endswith(f"0 made, {2 * len(TOPICS)} there before\n")
    assert refusals_in(folders_at(secured.state).logs) == []
