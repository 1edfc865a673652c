"""Our HTTP server over a small application, with limits that a test can wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from shared.runtime.http.client_address import TrustedProxies
from shared.runtime.http.limits import HttpLimits
from shared.runtime.service import AsgiServer
from tests.support.processes.servers import free_port

SHORT = HttpLimits(
    header_seconds=0.3, idle_seconds=0.3, body_seconds=0.3, write_seconds=0.3, linger_seconds=0.1, sweep_seconds=0.02
)
LARGE = 8 * 1024 * 1024


@dataclass
class App:
    """A page, a form that waits for its body as long as it takes, a large file, a stream; and what it saw of them."""

    bodies: list[bytes] = field(default_factory=list)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    left: int = 0
    streaming: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.headers = scope["headers"]
        if scope["method"] == "POST" and not await self._read(receive):
            self.left += 1
            return
        if scope["path"] == "/stream":
            await self._stream(send)
            return
        body = b"x" * LARGE if scope["path"] == "/large" else b"page"
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    async def _read(self, receive: Any) -> bool:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            body, more = body + message["body"], message["more_body"]
        self.bodies.append(body)
        return True

    async def _stream(self, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        self.streaming.set()
        while not self.stop.is_set():
            await send({"type": "http.response.body", "body": b"data\n\n", "more_body": True})
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), 0.05)
        await send({"type": "http.response.body", "body": b"end"})


@dataclass(frozen=True)
class Running:
    app: App
    port: int
    server: AsgiServer


@asynccontextmanager
async def a_server(limits: HttpLimits = SHORT, proxies: str = "") -> AsyncIterator[Running]:
    app, port = App(), free_port()
    server = AsgiServer(app, "127.0.0.1", port, TrustedProxies.parse(proxies), limits)
    await server.start()
    try:
        yield Running(app, port, server)
    finally:
        app.stop.set()
        await server.stop()
