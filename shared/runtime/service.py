"""Start and stop of a process: signals, the order of stopping, and the HTTP server inside our own loop."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn, cast

import structlog
import uvicorn
import uvloop
from pydantic import ValidationError
from pydantic_settings import SettingsError

from shared.runtime.http.client_address import NO_PROXIES, TrustedProxies
from shared.runtime.http.limits import DEFAULT_LIMITS, Connections, Edge, HttpLimits, most_connections, raise_descriptor_limit
from shared.runtime.http.protocol import EdgeProtocol
from shared.runtime.metrics import HttpMetrics
from shared.runtime.setting_names import PREFIX, unknown_names
from shared.runtime.settings import ServiceSettings
from shared.runtime.tracing import close_tracing

GRACE_SECONDS = 3
ABANDON_SECONDS = 0.5
END_SECONDS = 25.0
"""A call in hand takes 9 s, what else is to be finished less; orchestrators wait 30 s by default."""

log = structlog.get_logger("service")


class Fatal(Exception):
    """Raised when this process cannot go on; it ends with an error and its supervisor starts another."""


class Stop:
    """Whether somebody asked the process to stop (SIGTERM, SIGINT). One that still starts holds nothing, and ends at once."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._has_started = False

    def started(self) -> None:
        """From now on the process stops by itself, in its own order."""
        self._has_started = True

    def ask(self, work: "asyncio.Task[None]") -> None:
        """Ask ``work`` to stop: cancelled where it still waits for a server, which may be gone for good."""
        self._asked.set()
        if not self._has_started:
            work.cancel()
            _exit_after(ABANDON_SECONDS, lambda: os._exit(0))

    def is_asked(self) -> bool:
        """Whether it was asked."""
        return self._asked.is_set()

    async def wait(self) -> None:
        """Wait until it is."""
        await self._asked.wait()


class WrongSetting(Exception):
    """Raised when a server refuses what the settings say; waiting for it, or another start, would not help."""


def run(main: Callable[[Stop], Coroutine[Any, Any, None]]) -> None:
    """Run ``main`` until it returns; its argument is asked when the process is to stop."""

    async def guarded() -> int:
        stop = Stop()
        work = asyncio.create_task(main(stop))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.ask, work)
        # Start-up objects never die: without this every full collection walks them all.
        gc.freeze()
        gc.set_threshold(50_000, 50, 1000)
        try:
            await work
        except asyncio.CancelledError:
            log.info("stopped_while_starting")
        except WrongSetting as error:
            print(error, file=sys.stderr)
            return 2
        except Exception as error:
            log.error("process_ends", error=_causes(error))
            return 1
        finally:
            close_tracing()
        return 0

    raise_descriptor_limit()
    sys.exit(uvloop.run(guarded()))


def end_within(seconds: float = END_SECONDS) -> None:
    """Begin to stop a process within so many seconds: what still hangs then is cut off, with an error.

    One that stops and never ends is worse than one that was killed: nothing starts another, and it does nothing itself.
    """

    def cut_off() -> NoReturn:
        print(f'{{"level": "error", "event": "cut_off", "seconds": {seconds}}}', file=sys.stderr, flush=True)
        os._exit(1)

    _exit_after(seconds, cut_off)


def _exit_after(seconds: float, end: Callable[[], NoReturn]) -> None:
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def read_settings(read: Callable[[], Any]) -> Any:
    """Read the settings, or end with one line for each that is missing, cannot be used, or is known to nobody."""
    if unknown := unknown_names(os.environ):
        _end_for_settings(unknown)
    try:
        return read()
    except ValidationError as error:
        _end_for_settings(line for fault in error.errors(include_url=False, include_input=False) for line in _lines_of(fault))
    except SettingsError as error:
        _end_for_settings([f"BECKON_…: {error}"])
    except (OSError, UnicodeDecodeError) as error:
        _end_for_settings([f"the file of a setting cannot be read: {error}"])


def _lines_of(fault: Mapping[str, Any]) -> list[str]:
    name = "_".join(str(part) for part in fault["loc"]).upper()
    lines = str(fault["msg"]).removeprefix("Value error, ").splitlines()
    return [f"{PREFIX}{name}: {line}" if name else line for line in lines]


def _end_for_settings(lines: Iterable[str]) -> NoReturn:
    for line in lines:
        print(line, file=sys.stderr)
    sys.exit(2)


def _causes(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_causes(part) for part in error.exceptions)
    return f"{type(error).__name__}: {error}"


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: ``run`` has them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class AsgiServer:
    """An ASGI app on a port, inside the running loop. ``scope["client"]`` is the client, not a trusted proxy of ours."""

    def __init__(
        self,
        app: Any,
        host: str,
        port: int,
        proxies: TrustedProxies = NO_PROXIES,
        limits: HttpLimits = DEFAULT_LIMITS,
        metrics: HttpMetrics | None = None,
    ) -> None:
        connections = Connections(most_connections(limits), limits.connections_per_client)
        self._edge = Edge(limits, proxies, connections, metrics)
        self._server = _Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                loop="none",
                http=cast(Any, partial(EdgeProtocol, self._edge)),
                ws="none",
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                date_header=False,
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, also where any free one was asked for. Only after ``start``."""
        listening = self._server.servers[0].sockets[0].getsockname()
        return int(listening[1])

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return len(self._server.server_state.connections)

    async def start(self) -> None:
        """Listen. Raises ``Fatal`` where the port is taken."""
        self._task = asyncio.create_task(self._serve())
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.01)

    async def _serve(self) -> None:
        sweeping = asyncio.create_task(self._sweep())
        try:
            await self._server.serve()
        except SystemExit:
            raise Fatal(f"port {self._server.config.port} cannot be listened on") from None
        finally:
            sweeping.cancel()
            for connection in list(self._server.server_state.connections):
                connection.transport.abort()

    async def _sweep(self) -> None:
        loop, seconds = asyncio.get_running_loop(), self._edge.limits.sweep_seconds
        while True:
            await asyncio.sleep(seconds)
            if self._edge.metrics is not None:
                self._edge.metrics.connections.set(len(self._edge.connections))
            now = loop.time()
            for connection in list(self._server.server_state.connections):
                try:
                    cast(EdgeProtocol, connection).sweep(now)
                except Exception as error:
                    log.error("sweep_failed", exc_info=error)
                    connection.transport.abort()

    async def drain(self, seconds: float) -> None:
        """Serve on for so long, in seconds, with each answer the last of its connection."""
        self._edge.is_draining = True
        await asyncio.sleep(seconds)

    async def stop(self) -> None:
        """Take no more requests, finish those in hand within the grace."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


def public_server(app: Any, settings: ServiceSettings, metrics: HttpMetrics) -> AsgiServer:
    """Return the server of a service's public port, with the limits and the proxies of its environment."""
    return AsgiServer(app, settings.http_host, settings.http_port, settings.trusted_proxies, settings.http_limits, metrics)
