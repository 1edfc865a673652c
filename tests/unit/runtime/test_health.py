"""A process reports what it waits for, that it stops, and that its loop stands still; never that a server is away."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

from shared.runtime import health as module
from shared.runtime.build import VERSION
from shared.runtime.health import Health, HealthServer
from shared.runtime.http.limits import HttpLimits
from shared.runtime.metrics import RuntimeMetrics
from tests.support import hostile_sockets
from tests.support.hostile_sockets import holds, strangers
from tests.support.waiting import eventually


@pytest.fixture
async def health() -> Health:
    return Health()


@pytest.fixture
async def server(health: Health) -> AsyncIterator[HealthServer]:
    registry = CollectorRegistry()
    RuntimeMetrics(registry).holds.labels("storefront-events").inc()
    server = HealthServer(health, registry, "127.0.0.1", 0)
    yield server
    server.close()


def ask(server: HealthServer, path: str) -> tuple[int, bytes]:
    try:
        with urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


async def status(server: HealthServer, path: str) -> int:
    return (await asyncio.to_thread(ask, server, path))[0]


async def test_the_release_is_a_metric(server: HealthServer) -> None:
    _, text = await asyncio.to_thread(ask, server, "/metrics")

    assert f'beckon_build_info{{commit="unknown",version="{VERSION}"}} 1.0'.encode() in text


async def test_ready_is_started_with_nothing_to_wait_for_and_names_what_it_waits_for(
    health: Health, server: HealthServer
) -> None:
    health.wait_for("kafka", "its topics")
    code, body = await asyncio.to_thread(ask, server, "/readyz")
    before = await status(server, "/startupz")
    health.reached("kafka")
    health.started = True

    assert (code, before) == (503, 503)
    assert json.loads(body)["waiting_for"] == {"kafka": "its topics"}
    assert await status(server, "/readyz") == await status(server, "/startupz") == 200


async def test_stopping_is_not_ready_but_alive(health: Health, server: HealthServer) -> None:
    health.started = True
    health.stopping = True

    assert await status(server, "/readyz") == 503
    assert await status(server, "/livez") == 200


async def test_an_error_is_death_and_waiting_is_not(health: Health, server: HealthServer) -> None:
    health.wait_for("postgres", "its schema")
    waiting = await status(server, "/livez")
    health.alive = lambda: "the consumer no longer asks for records"

    assert waiting == 200
    assert await status(server, "/livez") == 503


async def test_a_loop_that_hangs_is_seen_from_outside(server: HealthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FROZEN_SECONDS", 0.2)
    live = await status(server, "/livez")

    with ThreadPoolExecutor() as elsewhere:
        code, body = elsewhere.submit(ask_until_dead, server).result(10)  # the very thing: it blocks this loop

    assert live == 200
    assert code == 503
    assert b"stood still" in body


def ask_until_dead(server: HealthServer) -> tuple[int, bytes]:
    deadline = time.monotonic() + 5
    while (answer := ask(server, "/livez"))[0] == 200:
        assert time.monotonic() < deadline, "nobody noticed"
    return answer


async def test_metrics_are_in_the_text_format_and_other_paths_are_nothing(server: HealthServer) -> None:
    code, body = await asyncio.to_thread(ask, server, "/metrics")

    assert code == 200
    assert b'beckon_holds_placed_total{topic="storefront-events"} 1.0' in body
    assert await status(server, "/elsewhere") == 404


@pytest.mark.parametrize("kind", ["silent", "header without end", "slow body", "idle"])
async def test_who_holds_on_to_the_metrics_port_is_let_go_and_probes_are_answered(kind: str) -> None:
    limits = HttpLimits(header_seconds=0.3, idle_seconds=0.3, body_seconds=0.3, linger_seconds=0.1, sweep_seconds=0.02)
    server = HealthServer(Health(started=True), CollectorRegistry(), "127.0.0.1", 0, limits)
    async with strangers(server.port, holds("/livez", "/livez")[kind], 300) as those:

        async def have_ended() -> bool:
            those.push()
            return those.still_open() == 0

        assert await status(server, "/readyz") == 200
        await eventually(have_ended)
    server.close()


async def test_a_body_at_the_metrics_port_is_refused(server: HealthServer) -> None:
    answer = await hostile_sockets.ask(server.port, b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413")


def test_metrics_are_not_written_anew_for_each_who_asks() -> None:
    written, seconds = 0, 0.0

    class Slow:
        def collect(self) -> list[Metric]:
            nonlocal written, seconds
            written, seconds = written + 1, seconds + 0.02
            return []

    registry = CollectorRegistry()
    registry.register(Slow())
    metrics, written = module.MetricsText(registry, lambda: seconds), 0

    for _ in range(1_000):
        metrics.read()
        seconds += 0.001

    assert written < 10
