"""Health of a process, on a port of its own: started, ready, alive, and its metrics."""

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from shared.runtime.build import expose_build
from shared.runtime.http.limits import PROBE_LIMITS, HttpLimits
from shared.runtime.service import AsgiServer, Fatal

BEAT_SECONDS = 1.0
FROZEN_SECONDS = 15.0
START_SECONDS = 10.0
CLOSE_SECONDS = 5.0
METRICS_SHARE = 0.1


@dataclass
class Health:
    """Named conditions. Ready when all hold; live unless a loop hangs or a client failed for good.

    A dependency that is down never makes a process dead: restarting it would not help and would cost its peers.
    """

    waiting_for: dict[str, str] = field(default_factory=dict)
    started: bool = False
    stopping: bool = False
    alive: Callable[[], str | None] = lambda: None

    def wait_for(self, name: str, why: str) -> None:
        """Add a condition: not ready until ``reached`` is called for the same name."""
        self.waiting_for[name] = why

    def reached(self, name: str) -> None:
        """Mark a condition as reached."""
        self.waiting_for.pop(name, None)

    @property
    def ready(self) -> bool:
        """Whether all conditions hold and the process is not stopping."""
        return self.started and not self.stopping and not self.waiting_for


class LoopWatch:
    """Detects from another thread an event loop that hangs."""

    def __init__(self) -> None:
        self._beat = time.monotonic()
        self._loop = asyncio.get_running_loop()
        self._record_beat()

    def _record_beat(self) -> None:
        self._beat = time.monotonic()
        self._next = self._loop.call_later(BEAT_SECONDS, self._record_beat)

    def error(self) -> str | None:
        """The reason why the loop counts as dead, else None; called from another thread."""
        still = time.monotonic() - self._beat
        return f"the event loop has stood still for {still:.0f} s" if still > FROZEN_SECONDS else None

    def close(self) -> None:
        """Stop watching."""
        self._next.cancel()


class HealthServer:
    """Answers from a loop of its own, so that a busy one does not hide what it is doing. Build it inside that other loop."""

    def __init__(
        self, health: Health, registry: CollectorRegistry, host: str, port: int, limits: HttpLimits = PROBE_LIMITS
    ) -> None:
        """Listen.

        Raises:
            Fatal: the port is taken.
        """
        expose_build(registry)
        ready = Gauge(
            "beckon_ready", "1 while this process is started, has what it waits for, and is not stopping.", registry=registry
        )
        ready.set_function(lambda: health.ready)
        self._watch = LoopWatch()
        self._stop = asyncio.Event()
        listening: Future[tuple[asyncio.AbstractEventLoop, int]] = Future()
        server = AsgiServer(_app(health, registry, self._watch), host, port, limits=limits)
        self._thread = Thread(target=lambda: asyncio.run(_serve(server, listening, self._stop)), daemon=True)
        self._thread.start()
        self._loop, self.port = listening.result(START_SECONDS)

    def close(self) -> None:
        """Stop answering."""
        self._watch.close()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(CLOSE_SECONDS)


async def _serve(server: AsgiServer, listening: "Future[tuple[asyncio.AbstractEventLoop, int]]", stop: asyncio.Event) -> None:
    try:
        await server.start()
    except Fatal as error:
        listening.set_exception(error)
        return
    listening.set_result((asyncio.get_running_loop(), server.port))
    await stop.wait()
    await server.stop()


class MetricsText:
    """The metrics as they were a moment ago: to write them anew for each who asks would take the process's whole time."""

    def __init__(self, registry: CollectorRegistry, seconds: Callable[[], float] = time.perf_counter) -> None:
        self._registry = registry
        self._seconds = seconds
        self._text = b""
        self._good_until = 0.0

    def read(self) -> bytes:
        """Return them, newly written if that would not take more than its share of the time."""
        began = self._seconds()
        if began >= self._good_until:
            self._text = generate_latest(self._registry)
            ended = self._seconds()
            self._good_until = ended + (ended - began) / METRICS_SHARE
        return self._text


def _app(health: Health, registry: CollectorRegistry, watch: LoopWatch) -> Any:
    metrics = MetricsText(registry)

    def answer(path: str) -> tuple[int, str, bytes]:
        match path:
            case "/metrics":
                return 200, CONTENT_TYPE_LATEST, metrics.read()
            case "/livez":
                error = watch.error() or health.alive()
                return _json_response(error is None, {"error": error})
            case "/readyz":
                return _json_response(health.ready, {"waiting_for": dict(health.waiting_for), "stopping": health.stopping})
            case "/startupz":
                return _json_response(health.started, {"waiting_for": dict(health.waiting_for)})
            case _:
                return 404, "application/json", b"{}"

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        reads = scope["method"] in ("GET", "HEAD")
        status, content_type, body = answer(scope["path"]) if reads else (405, "application/json", b"{}")
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _json_response(good: bool, detail: dict[str, object]) -> tuple[int, str, bytes]:
    return 200 if good else 503, "application/json", json.dumps({"ok": good, **detail}).encode()
