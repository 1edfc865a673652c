"""What a process says of itself, on a port of its own: started, ready, alive, and its metrics."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

BEAT_SECONDS = 1.0
FROZEN_SECONDS = 15.0
PROBE_SECONDS = 5.0


@dataclass
class Health:
    """Named conditions. Ready when all hold; live unless a loop stopped turning or a client failed for good.

    A dependency that is down never makes a process dead: restarting it would not help and would cost its peers.
    """

    waiting_for: dict[str, str] = field(default_factory=dict)
    started: bool = False
    stopping: bool = False
    alive: Callable[[], str | None] = lambda: None

    def wait_for(self, name: str, why: str) -> None:
        """Not ready until ``reached`` is called for the same name."""
        self.waiting_for[name] = why

    def reached(self, name: str) -> None:
        """One condition less to wait for."""
        self.waiting_for.pop(name, None)

    @property
    def ready(self) -> bool:
        """All conditions hold and nobody has asked us to stop."""
        return self.started and not self.stopping and not self.waiting_for


class LoopWatch:
    """Notices from outside that an event loop no longer turns."""

    def __init__(self) -> None:
        self._beat = time.monotonic()
        self._loop = asyncio.get_running_loop()
        self._turn()

    def _turn(self) -> None:
        self._beat = time.monotonic()
        self._next = self._loop.call_later(BEAT_SECONDS, self._turn)

    def trouble(self) -> str | None:
        """Asked from another thread."""
        still = time.monotonic() - self._beat
        return f"the event loop has stood still for {still:.0f} s" if still > FROZEN_SECONDS else None

    def close(self) -> None:
        """Watch no longer."""
        self._next.cancel()


class HealthServer:
    """Answers from a thread of its own, so that a busy loop does not hide what it is doing. Build it inside the loop."""

    def __init__(self, health: Health, registry: CollectorRegistry, host: str, port: int) -> None:
        self._watch = LoopWatch()
        self._server = ThreadingHTTPServer((host, port), _handler(health, registry, self._watch))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._watch.close()
        self._server.shutdown()
        self._server.server_close()


def _handler(health: Health, registry: CollectorRegistry, watch: LoopWatch) -> type[BaseHTTPRequestHandler]:
    def answer(path: str) -> tuple[int, str, bytes]:
        match path:
            case "/metrics":
                return 200, CONTENT_TYPE_LATEST, generate_latest(registry)
            case "/livez":
                trouble = watch.trouble() or health.alive()
                return _said(trouble is None, {"trouble": trouble})
            case "/readyz":
                return _said(health.ready, {"waiting_for": dict(health.waiting_for), "stopping": health.stopping})
            case "/startupz":
                return _said(health.started, {"waiting_for": dict(health.waiting_for)})
            case _:
                return 404, "application/json", b"{}"

    class Handler(BaseHTTPRequestHandler):
        timeout = PROBE_SECONDS  # somebody who connects and says nothing holds a thread no longer than this

        def do_GET(self) -> None:
            status, content_type, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody wants a line for each probe."""

    return Handler


def _said(good: bool, detail: dict[str, object]) -> tuple[int, str, bytes]:
    return 200 if good else 503, "application/json", json.dumps({"ok": good, **detail}).encode()
