"""What a genuine request waits beside a thousand strangers of each kind, at each service of `make demo`. Prints figures."""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.local.ports import Ports
from deploy.local.reset import wipe
from tests.bench.strangers_process import NUMBER, Stranger
from tests.support.builders.ingest import CHROME, a_body, an_event
from tests.support.hostile_sockets import ask, holds
from tests.support.processes.running import Running, free_base_port

REQUESTS = 60
PAUSE_SECONDS = 0.025
"""Fewer than the beacons that one client may send in a second."""
NOISE_SECONDS = 0.001
"""What the machine adds by itself."""
KINDS = ("silent", "half a header", "header without end", "slow body", "idle", "never reads")


@pytest.fixture(scope="module")
def beckon() -> Iterator[Running]:
    state = Path(tempfile.mkdtemp(prefix="beckon-bench-")) / "state"
    running = Running(state, Ports(free_base_port()), {})
    try:
        running.start()
        yield running
    finally:
        running.stop()
        wipe(state)


def a_get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


def site_key(beckon: Running) -> str:
    shop = httpx.get(f"http://127.0.0.1:{beckon.ports.of('demo')}/", headers={"Host": beckon.shop("").split("/")[2]})
    found = re.search(r"bk_[0-9A-Za-z_-]+", shop.text)
    assert found is not None, shop.text[:500]
    return found[0]


def a_beacon(beckon: Running, key: str) -> bytes:
    origin = beckon.shop("").rstrip("/")
    body = json.dumps(a_body(an_event("page.seen")) | {"k": key}).encode()
    head = f"POST /v1/beacons HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\nUser-Agent: {CHROME}\r\nConnection: close\r\n"
    return head.encode() + f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def stranger_of(kind: str, page: str, form: str) -> Stranger:
    if kind == "never reads":
        return Stranger(f"GET {page} HTTP/1.1\r\nHost: x\r\n\r\n" * 60, reads=False)
    hold = holds(page, form)[kind]
    return Stranger(hold.first.decode(), hold.then.decode())


@contextmanager
def beside(port: int, stranger: Stranger) -> Iterator[None]:
    command = (sys.executable, "-m", "tests.bench.strangers_process", str(port), stranger.written())
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"there\n"
            yield
        finally:
            process.kill()


async def median_seconds(port: int, request: bytes) -> float:
    """Of a request over a connection of its own. Each must be answered 2xx."""
    taken = []
    for _ in range(REQUESTS):
        await asyncio.sleep(PAUSE_SECONDS)
        started = time.perf_counter()
        answer = await ask(port, request)
        taken.append(time.perf_counter() - started)
        assert answer.startswith(b"HTTP/1.1 2"), answer[:200]
    return statistics.median(taken)


def open_connections(beckon: Running, service: str) -> int:
    metrics = httpx.get(f"{beckon.ports.address(f'{service} metrics')}/metrics").text
    found = re.search(r"^beckon_http_connections ([0-9.e+]+)", metrics, re.MULTILINE)
    return 0 if found is None else int(float(found[1]))


@pytest.mark.parametrize("service", ["ingest", "notify", "onboarding"])
def test_a_genuine_request_beside_a_thousand_strangers(beckon: Running, service: str) -> None:
    key = site_key(beckon)
    request, page, form = {
        "ingest": (a_beacon(beckon, key), f"/s/{key}.js", "/v1/beacons"),
        "notify": (a_get("/pages.css"), "/pages.css", "/in/twilio/00000000-0000-0000-0000-000000000000"),
        "onboarding": (a_get("/signin"), "/static/console.css", "/signin"),
    }[service]
    port, slow = beckon.ports.of(service), {}
    for kind in KINDS:
        alone = asyncio.run(median_seconds(port, request))
        with beside(port, stranger_of(kind, page, form)):
            crowded = asyncio.run(median_seconds(port, request))
            there = open_connections(beckon, service)
        print(f"\n{service}, {kind}: {alone * 1000:.1f} ms alone, {crowded * 1000:.1f} ms beside {there} of {NUMBER}", end="")
        if crowded > 2 * alone + NOISE_SECONDS:
            slow[kind] = crowded / alone

    assert slow == {}


@pytest.mark.parametrize("service", ["ingest", "notify", "onboarding", "orders"])
def test_a_probe_beside_a_thousand_strangers(beckon: Running, service: str) -> None:
    port, probe, slow = beckon.ports.of(f"{service} metrics"), a_get("/livez"), {}
    for kind in KINDS:
        alone = asyncio.run(median_seconds(port, probe))
        with beside(port, stranger_of(kind, "/metrics", "/livez")):
            crowded = asyncio.run(median_seconds(port, probe))
        print(f"\n{service}'s probes, {kind}: {alone * 1000:.1f} ms alone, {crowded * 1000:.1f} ms beside {NUMBER}", end="")
        if crowded > 2 * alone + NOISE_SECONDS:
            slow[kind] = crowded / alone

    assert slow == {}
