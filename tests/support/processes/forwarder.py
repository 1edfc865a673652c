"""A wire between a browser and a server whose far end has an address of its own, so that it can be searched for."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Wire:
    """Where to connect to, and how often somebody did."""

    port: int = 0
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _listen(source: str, port: int, wire: Wire, host: str, at: int) -> asyncio.Server:
    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        wire.writers += [writer, far_writer]
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    server = await asyncio.start_server(joined, host, at)
    wire.port = server.sockets[0].getsockname()[1]
    return server


async def _end(server: asyncio.Server, wire: Wire) -> None:
    """Whoever is connected is cut off; the pumps end by themselves."""
    server.close()
    for writer in wire.writers:
        writer.transport.abort()
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0)


@contextmanager
def forwarded_from(source: str, port: int, host: str = "127.0.0.1", at: int = 0) -> Iterator[Wire]:
    """While open, what connects to the wire reaches ``port`` of this machine as ``source``, a loopback address.

    The wire listens ``at`` a port of ``host``; 0 is any.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    wire = Wire()
    server = asyncio.run_coroutine_threadsafe(_listen(source, port, wire, host, at), loop).result(10)
    try:
        yield wire
    finally:
        asyncio.run_coroutine_threadsafe(_end(server, wire), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
