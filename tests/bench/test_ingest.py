"""What a beacon costs ingest, beside a bare ``return 204`` of nginx and beside the framework's own way. Prints figures.

Needs nginx (on Debian: apt-get install nginx-light).
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.processor_time import seconds_used
from tests.support.builders.ingest import CHROME, a_body, a_cart_event, site_settings
from tests.support.processes.ingest import an_ingest, publish_site
from tests.support.processes.servers import Server, embedded_kafka, free_port
from tests.support.waiting import wait_for

NGINX = "/usr/sbin/nginx"
CONNECTIONS = 64
REQUESTS = 20_000
WARM_UP = 2_000
NGINX_SETTINGS = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/body;
        server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }} }}
"""


@pytest.fixture(scope="module")
def broker() -> Iterator[Server]:
    server = embedded_kafka()
    server.start()
    asyncio.run(publish_site(server.address, site_settings()))
    yield server
    server.kill()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(port: int, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(command) as process:
        wait_for(command[0], lambda: is_listening(port))
        yield process
        process.kill()


def a_request(number: int) -> bytes:
    """A browser's whole cart; every browser is another one, and each event is new."""
    body = a_body(a_cart_event(f"cart-{number}"), visitor=f"{number:022}")
    text = json.dumps(body).encode()
    head = (
        f"POST /v1/beacons HTTP/1.1\r\nhost: t.shop.example\r\norigin: https://shop.example\r\nuser-agent: {CHROME}\r\n"
        f"content-type: text/plain\r\ncontent-length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


async def post_all(port: int, requests: list[bytes]) -> None:
    """Over so many connections, each waiting for its answer. Every answer is 204."""
    waiting = iter(requests)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert b" 204 " in answer.split(b"\r\n")[0], answer
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))


def cost(pid: int, port: int) -> float:
    """Microseconds of processor time for a beacon."""
    asyncio.run(post_all(port, [a_request(number) for number in range(WARM_UP)]))
    requests = [a_request(number) for number in range(WARM_UP, WARM_UP + REQUESTS)]
    before = seconds_used(pid)
    asyncio.run(post_all(port, requests))
    return (seconds_used(pid) - before) / REQUESTS * 1e6


def test_what_a_beacon_costs(broker: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("SITE_EVENTS", "CLIENT_EVENTS"):
        monkeypatch.setenv(f"BECKON_{limit}_PER_SECOND", "1000000")
    port = free_port()
    (tmp_path / "nginx.conf").write_text(NGINX_SETTINGS.format(folder=tmp_path, port=port))
    with running(port, NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")) as nginx:
        bare = cost(nginx.pid, port)
    with an_ingest(broker.address, tmp_path / "ingest.log") as ingest:
        ours = cost(ingest.process.pid, ingest.port)
    port = free_port()
    with running(port, sys.executable, "-m", "tests.bench.by_framework", broker.address, str(port)) as framework:
        theirs = cost(framework.pid, port)

    print(f"\na beacon costs ingest {ours:.0f} us, nginx's bare answer {bare:.0f} us: {ours / bare:.1f} times")
    print(f"the framework's own way {theirs:.0f} us: {theirs / ours:.1f} times ours")
    assert 0 < bare < ours
