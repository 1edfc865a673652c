"""What one connection may hold in the kernel, which keeps what was sent until it is read, also behind a closed socket."""

import asyncio
import socket
import struct
from contextlib import suppress

SEND_BUFFER = 32 * 1024
"""Linux keeps twice as much. By itself it would grow to megabytes for each reader who does not read."""
WRITE_BUFFER = 32 * 1024
"""In this process, beside the answer in hand: beyond it an app waits for its reader."""

_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux alone has it
_AT_ONCE = struct.pack("ii", 1, 0)


def bound_unread(transport: asyncio.Transport, seconds: float) -> None:
    """Let little wait for a reader, and for no longer than so many seconds in which nothing at all is taken."""
    transport.set_write_buffer_limits(high=WRITE_BUFFER)
    one = transport.get_extra_info("socket")
    if one is None:
        return
    with suppress(OSError):  # it has gone meanwhile
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if _USER_TIMEOUT is not None:
            one.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, int(seconds * 1000))


def reset(transport: asyncio.Transport) -> None:
    """End a connection and drop what its peer has not read: the kernel would keep it for many minutes."""
    one = transport.get_extra_info("socket")
    if one is not None:
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
