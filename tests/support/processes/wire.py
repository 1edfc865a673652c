"""A wire between browsers and a server: with a round trip that takes time, with TLS at its end, and cut when a test likes."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.push.delivery import self_signed

CHUNK_BYTES = 65_536
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Connections to ``port`` reach ``far_port``: each direction takes half a ``round_trip`` (seconds), opening a whole one."""

    def __init__(self, far_port: int, *, round_trip: float = 0.0, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.refused = 0
        self._far_port = far_port
        self._round_trip = round_trip
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False

    async def listen(self) -> None:
        """Take connections, on a port of its own that stays the same."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Break what is connected and each connection from now on, and count them: the server is down."""
        self._is_cut = True
        self._abort()

    def mend(self) -> None:
        """The server is up again."""
        self._is_cut = False

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        self._abort()

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = asyncio.get_running_loop().time() + self._round_trip
        if self._is_cut:
            self.refused += 1
            writer.transport.abort()
            return
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far_port)
            ends = {writer, far_writer}
            self._writers |= ends
            one_way = self._round_trip / 2
            await asyncio.gather(_carry((reader, far_writer), one_way, ready), _carry((far_reader, writer), one_way, ready))
            self._writers -= ends


async def _carry(ends: Ends, seconds: float, ready: float) -> None:
    """Each chunk arrives in its turn, so long after it was sent; the first cannot be sent before the connection is open."""
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    await asyncio.gather(_take(ends[0], under_way, seconds, ready), _deliver(ends[1], under_way))


async def _take(
    reader: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]], seconds: float, ready: float
) -> None:
    loop, chunk = asyncio.get_running_loop(), b"-"
    while chunk:
        try:
            chunk = await reader.read(CHUNK_BYTES)
        except OSError:
            chunk = b""
        under_way.put_nowait((max(loop.time(), ready) + seconds, chunk))


async def _deliver(writer: asyncio.StreamWriter, under_way: asyncio.Queue[tuple[float, bytes]]) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def a_far_server(port: int, folder: Path, round_trip: float) -> AsyncIterator[Wire]:
    """The server at ``port`` behind TLS and a wire. Browsers have to be started so that they take its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(folder, datetime.now(UTC)))
    async with AsyncExitStack() as stack:
        end = Wire(port, tls=context)
        await end.listen()
        stack.callback(end.close)
        wire = Wire(end.port, round_trip=round_trip)
        await wire.listen()
        stack.callback(wire.close)
        yield wire
