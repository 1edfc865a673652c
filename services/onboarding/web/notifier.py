"""One connection of each process hears that something of a site has changed, and wakes whoever shows it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import structlog

from services.onboarding.storage.live import BELL
from shared.runtime.postgres.pool import UNREACHABLE

PAUSE_SECONDS = 1.0

log = structlog.get_logger("bell")


class Notifier:
    """Wakes by site. What is rung while the connection is away is made up for: everybody is woken when it is back."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except Exception as error:  # a bell that is broken costs pages their freshness and nobody the console
                away = isinstance(error, UNREACHABLE)
                log.log(logging.WARNING if away else logging.ERROR, "bell_waits", error=type(error).__name__, exc_info=not away)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        ended = asyncio.Event()
        connection = await asyncpg.connect(self._dsn, server_settings={"application_name": "beckon-onboarding"})
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(BELL, lambda _connection, _pid, _channel, site_id: self._ring(str(site_id)))
            self._ring_all()
            await ended.wait()
        finally:
            await connection.close(timeout=1)

    def _ring(self, site_id: str) -> None:
        for listener in self._listeners.get(site_id, ()):
            listener.set()

    def _ring_all(self) -> None:
        for site_id in list(self._listeners):
            self._ring(site_id)

    @contextmanager
    def heard(self, site_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the site changes."""
        listener = asyncio.Event()
        self._listeners[site_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[site_id].discard(listener)
            if not self._listeners[site_id]:
                del self._listeners[site_id]

    def close(self) -> None:
        """Every stream ends."""
        self.closed = True
        self._ring_all()
