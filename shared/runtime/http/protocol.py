"""The HTTP protocol of every service: uvicorn's, with an end to everything that a stranger could draw out."""

import asyncio
import math
from enum import Enum, auto
from functools import partial
from http import HTTPStatus
from typing import Any, NoReturn

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from shared.runtime.http.client_address import client_address, client_prefix
from shared.runtime.http.limits import Connection, Edge
from shared.runtime.http.refusals import Refused, check_headers, refusal, without_upgrade
from shared.runtime.http.sockets import Unread, bound_unread, reset

SLICE, BODY_SLICE = 128, 4096
"""Fed to the parser at once: what is counted after each is at most so much above its limit."""
LINGER_BYTES = 1024 * 1024


class Phase(Enum):
    """The part of a request that a connection reads."""

    BETWEEN = auto()  # no request, or none yet
    HEADERS = auto()
    BODY = auto()
    READ = auto()  # a whole request, which is not answered yet
    LINGERING = auto()  # nothing more: it was refused, and what is on its way is dropped so that the refusal can be read


class EdgeProtocol(HttpToolsProtocol):
    """One connection. ``sweep`` is called again and again and ends it where its peer takes longer than it may."""

    def __init__(
        self,
        edge: Edge,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._edge = edge
        self._limits = edge.limits
        self._phase = Phase.BETWEEN
        self._deadline = math.inf
        self._received = self._framing = 0
        self._held = b""
        self._upgrades = self._is_counted = False
        self._refusal: Refused | None = None
        self._running: RequestResponseCycle | None = None
        self._unread = Unread(edge.limits.write_seconds)
        self._idle_seconds = edge.limits.idle_seconds
        self._connection = Connection(None, partial(self._abort, "gave_way"))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        first_seconds = self._limits.header_seconds
        if self._edge.proxies.trusts(peer):
            first_seconds = self._idle_seconds = self._limits.proxy_idle_seconds
        else:
            self._connection.client = client_prefix(peer)
        self._deadline = self.loop.time() + first_seconds
        bound_unread(transport, self._limits.write_seconds)
        if not self._edge.connections.add(self._connection):
            self._edge.count("no_room")
            transport.write(refusal(HTTPStatus.SERVICE_UNAVAILABLE))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._edge.connections.remove(self._connection)
        self._free_place()
        for cycle in (self._running, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        super().connection_lost(exc)

    def sweep(self, now: float) -> None:
        """End the connection if its peer has kept it waiting for too long."""
        if self._unread.too_long(self.transport.get_write_buffer_size(), now):
            self._abort("slow_reader")
        elif now < self._deadline or self._held or (self.flow.read_paused and self._phase is Phase.HEADERS):
            return
        elif self._phase is Phase.LINGERING or self.transport.is_closing():
            self.transport.abort()
        elif self._phase is Phase.BETWEEN:
            if not self._unread.any:
                self._edge.count("idle")
                self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "slow_header" if self._phase is Phase.HEADERS else "slow_body")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._free_place()
        self._edge.connections.waits(self._connection)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread.forget()
        if self._phase is Phase.READ:
            self._edge.connections.works(self._connection)

    def _abort(self, reason: str) -> None:
        self._edge.count(reason)
        reset(self.transport)

    def data_received(self, data: bytes) -> None:
        start = 0
        while start < len(data):
            if self._held or self.pipeline:
                self._hold(data[start:])
                return
            if self._phase is Phase.LINGERING:
                self._drop(len(data) - start)
            if self._phase is Phase.LINGERING or self.parser is None or self.transport.is_closing():
                return
            end = start + (BODY_SLICE if self._phase is Phase.BODY else SLICE)
            self._feed(data[start:end])
            start = end

    def _hold(self, data: bytes) -> None:
        """Parse on when the requests before these bytes have been answered: parsing costs as much as answering."""
        self._held += data
        if len(self._held) > 2 * self._limits.header_bytes:
            self._abort("pipelined")

    def _feed_held(self) -> None:
        held, self._held = self._held, b""
        self.data_received(held)
        if not self.pipeline:
            self.flow.resume_reading()

    def _feed(self, data: bytes) -> None:
        self._framing += len(data)
        self._received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            refusal = self._refusal or Refused(HTTPStatus.BAD_REQUEST)
            self._refuse(refusal.status, "malformed" if self._refusal is None else "oversized")
        else:
            self._hold_to_sizes()

    def _hold_to_sizes(self) -> None:
        if self._phase is Phase.BODY:
            # Trailers, and extensions of chunks, are no body and are counted by themselves.
            if self._received > self._limits.body_bytes or self._framing > self._limits.header_bytes:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "oversized")
        elif self._phase is not Phase.LINGERING and self._received > self._limits.header_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "oversized")
        if len(self.pipeline) > self._limits.pipelined_requests:
            self._abort("pipelined")

    def _drop(self, size: int) -> None:
        self._received += size
        if self._received > LINGER_BYTES:
            self.transport.abort()

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Read on as if no upgrade had been asked for (RFC 9110, 7.8): the parser would drop the body."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        self.parser = httptools.HttpRequestParser(self)
        self._upgrades = False
        self.data_received(
            b"\r\n".join([method + b" " + self.url + b" HTTP/" + version, *without_upgrade(self.headers), b"", rest])
        )

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._phase = Phase.HEADERS
        self._received = self._framing = 0
        self._deadline = self.loop.time() + self._limits.header_seconds
        self._edge.connections.waits(self._connection)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._limits.target_bytes:
            self._stop_reading(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase is not Phase.HEADERS:
            return  # a trailer: nobody here has a use for one, and it may not pass for a header
        super().on_header(name, value)
        if len(self.headers) > self._limits.header_lines:
            self._stop_reading(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            self._upgrades = True
            if self.parser.get_method() == b"CONNECT":
                self._stop_reading(HTTPStatus.NOT_IMPLEMENTED)
            return
        self._check_headers()
        super().on_headers_complete()
        self.cycle.keep_alive &= not self._edge.is_draining
        self._phase = Phase.BODY
        self._received = self._framing = 0
        self._deadline = self.loop.time() + self._limits.body_seconds

    def _check_headers(self) -> None:
        forwarded = check_headers(self.headers, self._limits)
        if isinstance(forwarded, HTTPStatus):
            self._stop_reading(forwarded)
        if self.client is not None:
            scope: Any = self.scope
            scope["client"] = (client_address(self.client[0], forwarded, self._edge.proxies), self.client[1])

    def _stop_reading(self, status: HTTPStatus) -> NoReturn:
        self._refusal = Refused(status)
        raise self._refusal

    def on_body(self, body: bytes) -> None:
        self._framing = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._upgrades:
            return
        super().on_message_complete()
        self._received = self._framing = 0
        if self.cycle.response_complete:
            self._rest()
        else:
            self._phase = Phase.READ
            self._deadline = math.inf
            self._edge.connections.works(self._connection)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on to the next request. uvicorn's own would set a timer for each answer; ``sweep`` has the deadlines."""
        self.server_state.total_requests += 1
        self._free_place()
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._edge.connections.waits(self._connection)
            self._edge.follow_ups.add(self._begin_next)
            return
        self.flow.resume_reading()
        if self._phase is Phase.READ:
            self._rest()

    def _begin_next(self) -> bool:
        if self.transport.is_closing() or not self.pipeline:
            return False
        self._is_counted = True
        if self._phase is Phase.READ:
            self._edge.connections.works(self._connection)
        self._start_asgi_task(*self.pipeline.pop())
        if not self.pipeline:
            self._feed_held()
        return True

    def _free_place(self) -> None:
        if self._is_counted:
            self._is_counted = False
            self._edge.follow_ups.done()

    def _rest(self) -> None:
        """Wait for the next request."""
        self._phase = Phase.BETWEEN
        self._deadline = self.loop.time() + self._idle_seconds
        self._edge.connections.waits(self._connection)

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        """Read no further. Answer why, unless an answer is under way: then that one is the last."""
        self._edge.count(reason)
        cycle = None if self._running is None or self._running.response_complete else self._running
        if cycle is None and self._phase is not Phase.BODY:
            self._linger(status)
        elif cycle is None or (self._phase is Phase.BODY and (cycle is not self.cycle or cycle.response_started)):
            self.transport.abort()  # nobody waits for the rest of this body
        elif self._phase is Phase.BODY:
            cycle.disconnected = True
            cycle.message_event.set()
            self._linger(status)
        else:
            cycle.keep_alive = False
            self._phase, self._deadline, self._received = Phase.LINGERING, math.inf, 0

    def _linger(self, status: HTTPStatus) -> None:
        """Drop what is still on its way: closing at once would take the answer from who is still sending."""
        self.transport.write(refusal(status))
        self.transport.write_eof()
        self._phase = Phase.LINGERING
        self._received = 0
        self._deadline = self.loop.time() + self._limits.linger_seconds
        self.flow.resume_reading()
