"""Bounds on what a connection holds in the kernel, which keeps what was sent until it is read, also once it is closed."""

import asyncio
import socket
import struct
from contextlib import suppress

SEND_BUFFER = 32 * 1024
"""Linux keeps twice as much. By itself it would grow to megabytes for each reader who does not read."""
WRITE_BUFFER = 32 * 1024
"""In this process, beside the answer in hand: beyond it an app waits for its reader."""

WRITE_PROGRESS = 16 * 1024

_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux alone has it
_AT_ONCE = struct.pack("ii", 1, 0)


class Unread:
    """For how long a reader has left what waits for it in this process, or taken hardly any of it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: tuple[int, float] | None = None

    @property
    def any(self) -> bool:
        """Whether something waited at the last check."""
        return self._seen is not None

    def forget(self) -> None:
        """Enough was taken."""
        self._seen = None

    def too_long(self, waiting: int, now: float) -> bool:
        """Return whether it is too long by ``now``, when so many bytes wait."""
        if not waiting:
            self._seen = None
            return False
        if self._seen is None or waiting <= self._seen[0] - WRITE_PROGRESS:
            self._seen = (waiting, now)
        return now - self._seen[1] > self._seconds


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
