"""Nobody who connects can hold up a service: each kind of holding on ends, and a genuine request beside them does not wait."""

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from shared.runtime.http.limits import Connection, Connections
from shared.runtime.service import AsgiServer
from tests.support.hostile_sockets import Hold, Strangers, ask, holds, seconds_of, strangers
from tests.support.processes.small_server import LARGE, SHORT, App, Running, a_server
from tests.support.waiting import eventually

GET = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSED = b"GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
KINDS = holds("/page", "/form")
MANY = 300


async def assert_all_end(those: Strangers) -> None:
    async def ended() -> bool:
        those.push()
        return those.still_open() == 0

    await eventually(ended)


async def open_connections(running: Running, number: int) -> None:
    async def are_there() -> bool:
        return running.server.open_connections == number

    await eventually(are_there)


async def test_a_genuine_request_beside_many_strangers_does_not_wait() -> None:
    slow = {}
    async with a_server(replace(SHORT, header_seconds=30, idle_seconds=30, body_seconds=30)) as running:
        for kind, hold in KINDS.items():
            alone = await seconds_of(running.port, CLOSED, 21)
            async with strangers(running.port, hold, MANY) as those:
                await seconds_of(running.port, CLOSED, 3, [those])
                beside = await seconds_of(running.port, CLOSED, 21)
            if beside > 2 * alone + 0.001:
                slow[kind] = beside / alone

    assert slow == {}


async def test_whoever_holds_on_is_let_go_in_time() -> None:
    async with a_server() as running, AsyncExitStack() as stack:
        for hold in KINDS.values():
            await assert_all_end(await stack.enter_async_context(strangers(running.port, hold, 20)))

        assert (await ask(running.port, CLOSED)).endswith(b"page")


async def test_an_app_that_waits_for_a_body_learns_that_it_will_not_come() -> None:
    async with a_server() as running, strangers(running.port, KINDS["slow body"], 20):

        async def have_seen_it_close() -> bool:
            return running.app.left == 20

        await eventually(have_seen_it_close)
        assert running.app.bodies == []


async def test_a_reader_who_never_reads_is_let_go_and_one_who_does_gets_all() -> None:
    large = b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with a_server() as running, strangers(running.port, Hold(large), 5, receive_buffer=4096) as those:
        assert (await ask(running.port, large)).count(b"x") >= LARGE
        await open_connections(running, 0)

        await assert_all_end(those)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /page HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /page HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 2_000 + b"\r\n", 431),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /?" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
        (
            b"POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"a" * 65_535 + b"\r\n" * 1,
            413,
        ),
        (b"POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 70_000, 413),
        (b"POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 20_000, 413),
        (b"GET /page HTTP/1.1\r\nHost: [\r\n\r\n", 400),
        (b"GET /page HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
        (b"GET /page HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
async def test_what_is_too_much_is_refused_with_its_status(request_: bytes, status: int) -> None:
    async with a_server(replace(SHORT, header_seconds=10, body_seconds=10, body_bytes=50_000)) as running:
        answer = await ask(running.port, request_)

        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert running.app.bodies == []


async def test_a_new_client_finds_room_because_the_longest_waiting_gives_way() -> None:
    limits = replace(SHORT, header_seconds=30, idle_seconds=30, connections=50, connections_per_client=50)
    async with a_server(limits) as running, strangers(running.port, Hold(b""), 200) as those:
        assert (await ask(running.port, CLOSED)).endswith(b"page")
        assert those.still_open() <= 50


async def test_who_is_being_answered_gives_way_to_nobody() -> None:
    limits = replace(SHORT, header_seconds=30, idle_seconds=30, connections=3)
    async with a_server(limits) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        await running.app.streaming.wait()
        async with strangers(running.port, Hold(b""), 50):
            assert (await ask(running.port, CLOSED)).endswith(b"page")
            running.app.stop.set()

            assert (await reader.readuntil(b"end")).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_a_stream_lives_longer_than_every_limit() -> None:
    async with a_server() as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")

        for _ in range(15):  # three times as long as a header, a body or a pause may take
            await reader.readuntil(b"data\n\n")
        assert (running.server.open_connections, reader.at_eof()) == (1, False)
        writer.close()


async def test_a_proxy_is_no_client_and_may_rest_longer() -> None:
    limits = replace(SHORT, connections_per_client=5, proxy_idle_seconds=30)
    async with a_server(limits, "127.0.0.1") as running, strangers(running.port, Hold(GET), 40) as those:
        await seconds_of(running.port, CLOSED, 20)

        assert those.still_open() == 40


async def test_a_header_that_a_proxy_passes_on_slowly_ends_all_the_same() -> None:
    limits = replace(SHORT, proxy_idle_seconds=30)
    async with a_server(limits, "127.0.0.1") as running, strangers(running.port, KINDS["half a header"], 5) as those:
        await assert_all_end(those)


async def test_requests_in_a_row_are_answered_in_their_order() -> None:
    form = b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    async with a_server(replace(SHORT, header_seconds=10)) as running:
        answer = await ask(running.port, (GET + form) * 20 + CLOSED)

        assert answer.count(b"HTTP/1.1 200") == 41
        assert running.app.bodies == [b"abc"] * 20


async def test_requests_behind_others_of_their_connection_let_a_new_client_go_first() -> None:
    running_app, crowd = App(), 200
    begun = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal begun
        begun += scope["path"] == "/page"
        if scope["path"] == "/first":
            await running_app.stop.wait()
        await running_app(scope, receive, send)

    first = b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n"
    server = AsgiServer(app, "127.0.0.1", 0)
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with strangers(server.port, Hold(first + GET * 60), crowd):

        async def are_there() -> bool:
            return server.open_connections == crowd + 1

        await eventually(are_there)
        writer.write(b"GET /new HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        running_app.stop.set()

        assert (await reader.read()).endswith(b"page")
        assert begun < crowd
    writer.close()
    await server.stop()


async def test_what_a_reader_leaves_unread_is_little_and_goes_with_the_connection() -> None:
    large = b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with a_server() as running:
        loop, one = asyncio.get_running_loop(), socket.socket()
        one.setblocking(False)
        await loop.sock_connect(one, ("127.0.0.1", running.port))
        await loop.sock_sendall(one, large)
        await open_connections(running, 1)
        await open_connections(running, 0)

        with pytest.raises(ConnectionResetError):
            read_to_its_end(one)
        one.close()


def read_to_its_end(one: socket.socket) -> None:
    while one.recv(65_536):
        pass


async def test_nonsense_behind_a_request_does_not_cost_its_answer() -> None:
    async with a_server(replace(SHORT, header_seconds=10)) as running:
        answer = await ask(running.port, GET + b"\x00\x01nonsense\r\n\r\n")

        assert b"200 OK" in answer
        assert answer.count(b"HTTP/1.1") <= 2


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
async def test_the_body_of_a_request_that_offers_an_upgrade_is_read(upgrade: str) -> None:
    offer = f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\n"
    head = f"POST /form HTTP/1.1\r\nHost: x\r\n{offer}Content-Length: 3\r\n\r\n"
    async with a_server() as running:
        answer = await ask(running.port, head.encode() + b"abc")

        assert answer.startswith(b"HTTP/1.1 200")
        assert running.app.bodies == [b"abc"]


async def test_a_trailer_does_not_pass_for_a_header() -> None:
    body = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    async with a_server() as running:
        await ask(running.port, b"POST /form HTTP/1.1\r\nHost: x\r\n" + body)

        assert running.app.bodies == [b"abc"]
        assert b"x-forwarded-for" not in dict(running.app.headers)


async def test_a_body_is_asked_for_when_it_is_wanted() -> None:
    head = b"POST /form HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
    async with a_server() as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(head)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")

        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()


@pytest.mark.parametrize("kind", ["silent", "half a header", "slow body", "idle"])
async def test_a_server_stops_though_strangers_hold_on(kind: str) -> None:
    long = replace(SHORT, header_seconds=60, idle_seconds=60, body_seconds=60)
    async with a_server(long) as running, strangers(running.port, KINDS[kind], 20) as those:
        await open_connections(running, 20)
        await running.server.stop()

        assert those.still_open() == 0


def test_a_process_may_open_as_many_files_as_it_may_allow_itself() -> None:
    program = """
import asyncio, resource
from shared.runtime.service import run
hard = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 4096)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
async def main(stop):
    print(resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
run(main)
"""
    command, environment = [sys.executable, "-c", program], {**os.environ, "PYTHONPATH": os.getcwd()}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, env=environment, check=True)

    assert ended.stdout.strip() == "True"


def test_a_connection_that_works_is_passed_over_when_room_is_made() -> None:
    gone: list[str] = []
    connections = Connections(3, 2)
    made = {name: Connection(name[0], partial(gone.append, name)) for name in ("a1", "a2", "b1", "a3", "c1", "d1")}
    assert all(connections.add(made[name]) for name in ("a1", "a2", "b1"))
    connections.works(made["a1"])

    assert connections.add(made["a3"])
    assert gone == ["a2"]
    connections.works(made["a3"])
    assert connections.add(made["c1"])
    assert gone == ["a2", "b1"]
    connections.works(made["c1"])
    assert not connections.add(made["d1"])
    connections.remove(made["a1"])
    assert connections.add(made["d1"])
    assert len(connections) == 3
