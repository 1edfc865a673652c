"""A wire between a browser and a server whose far end has an address of its own, so that it can be searched for."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Wire:
    """Where to connect to, and how often somebody did."""

    port: int = 0
    connections: int = 0


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _listen(source: str, port: int, wire: Wire) -> asyncio.Server:
    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    server = await asyncio.start_server(joined, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    return server


@contextmanager
def forwarded_from(source: str, port: int) -> Iterator[Wire]:
    """While open, what connects to the wire reaches ``port`` of this machine as ``source``, a loopback address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    wire = Wire()
    server = asyncio.run_coroutine_threadsafe(_listen(source, port, wire), loop).result(10)
    try:
        yield wire
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
