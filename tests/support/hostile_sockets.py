"""Strangers who hold on to a connection: silent ones, half a header, headers without end, slow bodies, slow readers."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import repeat

POST = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True)
class Hold:
    """What one sends at first, and then again and again."""

    first: bytes
    then: bytes = b""


def holds(path: str, body_path: str) -> dict[str, Hold]:
    """Return the kinds, for a page at ``path`` and a form or an API at ``body_path``."""
    get, post = f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode(), POST % body_path.encode()
    return {
        "silent": Hold(b""),
        "line breaks": Hold(b"\r\n", b"\r\n"),
        "half a request line": Hold(b"GET /"),
        "half a header": Hold(get + b"X-Half: "),
        "header without end": Hold(get + b"X-Endless: ", b"a" * 1024),
        "tiny headers": Hold(get, b"a: b\r\n" * 16),
        "address without end": Hold(b"GET /", b"a" * 1024),
        "slow body": Hold(post + b"Content-Length: 5000\r\n\r\na", b"b"),
        "body that never comes": Hold(post + b"Content-Length: 5000\r\n\r\n"),
        "body after a promise": Hold(post + b"Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n"),
        "chunks without end": Hold(post + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 16),
        "extension without end": Hold(post + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 1024),
        "trailers without end": Hold(post + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: ", b"a" * 1024),
        "idle": Hold(get + b"\r\n"),
        "pipelining": Hold((get + b"\r\n") * 10),
    }


class Strangers:
    """Many sockets of one kind. Every one is a plain socket: a library would be too polite."""

    def __init__(self, sockets: list[socket.socket], hold: Hold) -> None:
        self._sockets = sockets
        self._hold = hold

    def push(self) -> None:
        """Send on, wherever somebody still listens."""
        for one in self._sockets if self._hold.then else ():
            with suppress(OSError):
                one.send(self._hold.then)

    def still_open(self) -> int:
        """How many have not been ended by the other side. What they were answered is thrown away."""
        return sum(not _has_ended(one) for one in self._sockets)


def _has_ended(one: socket.socket) -> bool:
    try:
        while one.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@asynccontextmanager
async def strangers(port: int, hold: Hold, number: int, *, receive_buffer: int | None = None) -> AsyncIterator[Strangers]:
    """Connect that many, at once, and keep them until the end."""
    loop, sockets = asyncio.get_running_loop(), []
    try:
        for _ in repeat(None, number):
            one = socket.socket()
            sockets.append(one)
            if receive_buffer is not None:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            one.setblocking(False)
            await loop.sock_connect(one, ("127.0.0.1", port))
            with suppress(OSError):
                await loop.sock_sendall(one, hold.first)
        yield Strangers(sockets, hold)
    finally:
        for one in sockets:
            one.close()


async def ask(port: int, request: bytes) -> bytes:
    """Send one request over a connection of its own and return the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def seconds_of(port: int, request: bytes, times: int, beside: Iterable[Strangers] = ()) -> float:
    """Return the lower quartile of the times of a genuine request over connections of its own. Each must be answered 2xx."""
    taken = []
    for _ in repeat(None, times):
        for one in beside:
            one.push()
        started = time.perf_counter()
        answer = await ask(port, request)
        taken.append(time.perf_counter() - started)
        assert answer.startswith(b"HTTP/1.1 2"), answer[:200]
    return sorted(taken)[len(taken) // 4]
