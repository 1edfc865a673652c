"""A process starts, serves and stops in order; how it ended is its exit code."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.runtime.service import AsgiServer, Fatal
from tests.support.processes.servers import free_port

PROCESS = """
import asyncio, sys
from shared.runtime.service import WrongSetting, end_within, run
async def main(stop):
    print("up", flush=True)
    if sys.argv[1] == "raise":
        raise KeyError("a bug")
    if sys.argv[1] == "refused":
        raise WrongSetting("BECKON_POSTGRES: the server knows no such role")
    if sys.argv[1] == "start":
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()
    stop.started()
    if sys.argv[1] == "hang":
        end_within(0.2)
        await asyncio.Event().wait()
    await stop.wait()
    print("down", flush=True)
run(main)
"""
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


def started(ending: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, ending],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_an_orderly_end(number: signal.Signals) -> None:
    process = started("wait")
    assert process.stdout is not None
    up = process.stdout.readline()

    process.send_signal(number)
    rest, _ = process.communicate(timeout=10)

    assert up == "up\n"
    assert "down" in rest
    assert process.returncode == 0


def test_who_still_starts_ends_at_once_whatever_hangs() -> None:
    process = started("start")
    assert process.stdout is not None
    process.stdout.readline()

    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=10)

    assert (process.returncode, rest) == (0, "")


def test_an_error_is_an_end_that_a_supervisor_sees_with_its_reason() -> None:
    process = started("raise")
    output, _ = process.communicate(timeout=10)

    assert process.returncode == 1
    assert "KeyError" in output


def test_a_setting_that_a_server_refuses_is_an_end_with_one_line() -> None:
    process = started("refused")
    output, _ = process.communicate(timeout=10)

    assert (process.returncode, output) == (2, "up\nBECKON_POSTGRES: the server knows no such role\n")


def test_what_hangs_while_it_stops_is_cut_off_with_an_error() -> None:
    process = started("hang")
    output, _ = process.communicate(timeout=10)

    assert process.returncode == 1
    assert "cut_off" in output


class App:
    """Answers with what it knows of its client, as slowly as the test wants."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.client: Any = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "no lifespan: its events claim that it started before anything has"
        self.client = scope["client"]
        self.asked.set()
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_request_in_hand_is_finished_and_none_is_taken_after_it() -> None:
    app, port = App(), free_port()
    server = AsgiServer(app, "127.0.0.1", port)
    await server.start()
    request = asyncio.create_task(ask(port))
    await app.asked.wait()

    stopping = asyncio.create_task(server.stop())
    app.may_answer.set()

    assert (await request).startswith(b"HTTP/1.1 204")
    await stopping
    with pytest.raises(ConnectionRefusedError):
        await ask(port)


async def test_a_client_cannot_name_itself_and_is_not_shown_who_answers() -> None:
    app, port = App(), free_port()
    app.may_answer.set()
    server = AsgiServer(app, "127.0.0.1", port)
    await server.start()

    answer = await ask(port)
    await server.stop()

    assert app.client[0] == "127.0.0.1"
    assert b"server:" not in answer.lower()


async def test_a_port_that_is_taken_is_reported() -> None:
    port = free_port()
    first, second = AsgiServer(App(), "127.0.0.1", port), AsgiServer(App(), "127.0.0.1", port)
    await first.start()

    with pytest.raises(Fatal) as raised:
        await second.start()
    await first.stop()

    assert str(port) in str(raised.value)
