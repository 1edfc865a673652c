"""Pushes encrypted, signed and posted for each second of one core, against a push service in a process of its own."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import uvloop

from services.notify.channels.push.encryption import browser_keys, encrypt
from services.notify.channels.push.sender import Push, PushSender
from services.notify.channels.push.subscriptions import Subscription
from services.notify.channels.results import Accepted
from shared.runtime.security.outbound import Outbound
from tests.support.builders.push import BROWSER, VAPID
from tests.support.processes.servers import free_port
from tests.support.waiting import wait_for

PUSHES = 4_000
AT_ONCE = 20
SERVER = """
import asyncio, sys
async def take(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\\r\\n")[0])
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 201 Created\\r\\nLocation: /m/1\\r\\nContent-Length: 0\\r\\n\\r\\n")
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await asyncio.start_server(take, "127.0.0.1", int(sys.argv[1]))
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@pytest.fixture
def push_service() -> Iterator[int]:
    """Takes everything at once."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        wait_for("the push service", process.stdout.readline)
        yield port
        process.kill()


def test_pushes_for_each_second_of_one_core(push_service: int) -> None:
    uvloop.run(assert_all_are_accepted(push_service))  # the loop that services run on


async def assert_all_are_accepted(push_service: int) -> None:
    subscription = Subscription("https://fcm.googleapis.com/fcm/send/x", browser_keys(BROWSER.p256dh, BROWSER.auth))
    payload = json.dumps({"notification": {"title": "Harbor & Vine", "body": "x" * 160}, "beckon": {"id": "y" * 300}})
    local = Outbound(instead={"fcm.googleapis.com": f"http://127.0.0.1:{push_service}"}, most_connections=AT_ONCE)
    sender = PushSender(local, "mailto:operator@beckon.example", lambda: datetime.now(UTC))
    accepted = 0

    async def send_share() -> None:
        nonlocal accepted
        for _ in range(PUSHES // AT_ONCE):
            outcome = await sender.send(subscription, VAPID, Push(payload, "t" * 32, 3600))
            accepted += isinstance(outcome, Accepted)

    await send_share()
    accepted, began, cpu = 0, time.perf_counter(), time.process_time()
    await asyncio.gather(*(send_share() for _ in range(AT_ONCE)))
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    await sender.close()
    began = time.process_time()
    for _ in range(1_000):
        encrypt(subscription.keys, payload.encode())
    alone = time.process_time() - began

    print(f"\nposted: {PUSHES / used:,.0f} for a second of one core, {PUSHES / wall:,.0f}/s")
    print(f"encrypted alone: {1_000 / alone:,.0f} for a second of one core")
    assert accepted == PUSHES
