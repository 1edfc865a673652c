"""What a process says of itself, on a port of its own: started, ready, alive, and its metrics."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


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


class HealthServer:
    """Answers from a thread of its own, so that a busy loop does not hide what it is doing."""

    def __init__(self, health: Health, registry: CollectorRegistry, host: str, port: int) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(health, registry))
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


def _handler(health: Health, registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    def answer(path: str) -> tuple[int, str, bytes]:
        match path:
            case "/metrics":
                return 200, CONTENT_TYPE_LATEST, generate_latest(registry)
            case "/livez":
                trouble = health.alive()
                return _said(trouble is None, {"trouble": trouble})
            case "/readyz":
                return _said(health.ready, {"waiting_for": dict(health.waiting_for), "stopping": health.stopping})
            case "/startupz":
                return _said(health.started, {"waiting_for": dict(health.waiting_for)})
            case _:
                return 404, "application/json", b"{}"

    class Handler(BaseHTTPRequestHandler):
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
