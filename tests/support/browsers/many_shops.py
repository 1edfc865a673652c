"""Shops on hosts of their own, so that no tab sends for another one, and a real ingest over a Kafka in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.ingest.http.snippet import SnippetFile, built_snippet
from shared.events.codec import decode
from shared.events.envelope import Event
from shared.runtime.service import AsgiServer
from tests.support.browsers.snippet_lab import tracking_code
from tests.support.builders.ingest import Rig, a_rig, site_settings
from tests.support.processes.servers import free_port
from tests.support.processes.wire import Wire, a_far_server

WAIT_SECONDS = 60.0
NOBODY = "http://127.0.0.1:9"
ASKS_WHEN = """<script>const timer = setInterval(() => {
    if (!(%s)) return;
    clearInterval(timer);
    new Image().src = '/ready' + location.search;
}, 5)</script>"""
"""Asks the shop, which is near, as soon as a condition holds."""
CORE_RUNS = "(window._beckon || {}).v"
READERS_RUN = f"{CORE_RUNS} && !_beckon.q.length"
"""They have looked through what was pushed."""

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass
class ManyShops:
    """All of them show the same page, at any path."""

    rig: Rig
    wire: Wire
    port: int
    page: str
    requested: set[str] = field(default_factory=set)
    _events: list[Event] = field(default_factory=list)

    def address(self, number: int, path: str = "/") -> str:
        """A page of one shop."""
        return f"http://shop{number}.localhost:{self.port}{path}"

    def received(self) -> list[Event]:
        """All records of the topic, repeated ones too, in the order of arrival."""
        stored = self.rig.kafka.stored
        self._events += [decode(name, value) for name, _, value in stored[len(self._events) :]]
        return self._events

    async def wait_for(self, holds: Callable[[], object], shown: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        """Wait for a condition; what is shown when it does not come true explains why."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, shown()
            await asyncio.sleep(0.02)

    async def wait_until_ready(self, tab: str, seconds: float = WAIT_SECONDS) -> None:
        """Wait until the snippet has started in the tab whose address ends so."""
        await self.wait_for(lambda: f"/ready?{tab}" in self.requested, lambda: f"no snippet in {tab}", seconds)

    async def __call__(self, scope: MutableMapping[str, Any], _receive: object, send: Send) -> None:
        self.requested.add(f"{scope['path']}?{scope['query_string'].decode()}")
        headers = [(b"content-type", b"text/html"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.page.encode()})


@dataclass(frozen=True)
class Shown:
    """What all the shops show and chose, and when their pages are ready for a test."""

    head: str = ""
    body: str = ""
    ready: str = CORE_RUNS
    choices: Mapping[str, object] = field(default_factory=dict)


@asynccontextmanager
async def many_shops(count: int, folder: Path, shown: Shown, *, round_trip: float = 0.0) -> AsyncIterator[ManyShops]:
    """One site with so many hosts; ingest is behind TLS and a wire."""
    port, near = free_port(), free_port()
    settings = site_settings(hosts=tuple(f"shop{number}.localhost:{port}" for number in range(count)), back_office_hosts=())
    settings = settings.model_copy(update=shown.choices)
    rig = a_rig(per_second=1e6, test_browsers=True, settings=settings)
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(a_far_server(near, folder, round_trip))
        ingest = f"https://127.0.0.1:{wire.port}"
        rig.app.snippet = SnippetFile(rig.ingestion, built_snippet(), ingest, NOBODY)
        head = ASKS_WHEN % shown.ready + shown.head + tracking_code(ingest)
        page = f"<!doctype html><html><head>{head}</head><body>{shown.body}</body></html>"
        shops = ManyShops(rig, wire, port, page)
        for app, own in ((rig.app, near), (shops, port)):
            server = AsgiServer(app, "127.0.0.1", own)
            await server.start()
            stack.push_async_callback(server.stop)
        yield shops
