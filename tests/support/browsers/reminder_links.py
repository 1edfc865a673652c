"""The public side of notify as a shop's page asks it: the cart of a link, and the page of the saved cart."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from shared.runtime.service import AsgiServer
from tests.support.processes.servers import free_port


@dataclass
class ReminderLinks:
    """Answers by token, and everything that was asked for."""

    carts: Mapping[str, object]
    port: int = field(default_factory=free_port)
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """A cart as JSON, else a page."""
        self.asked.append(scope["path"])
        token, _, part = scope["path"].removeprefix("/l/").partition("/")
        is_cart = part == "cart" and token in self.carts
        body = json.dumps(self.carts[token]) if is_cart else "<h1>Your saved cart</h1>"
        headers = [(b"content-type", b"application/json" if is_cart else b"text/html"), (b"access-control-allow-origin", b"*")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Answer meanwhile."""
        server = AsgiServer(self, "127.0.0.1", self.port)
        await server.start()
        try:
            yield
        finally:
            await server.stop()
