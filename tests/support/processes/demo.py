"""The demo as a process of its own, and a receiver for what its carrier posts."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import httpx

from tests.support.processes.servers import free_port
from tests.support.waiting import DEADLINE_SECONDS, wait_for

CHECKOUT = Path(__file__).parents[3]


class DemoProcess:
    """``python -m deploy.demo`` on a port of its own."""

    def __init__(self, state: Path) -> None:
        self.port = free_port()
        self._state = state
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False)

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = os.environ | {
            "PYTHONPATH": str(CHECKOUT),
            "BECKON_HTTP_PORT": str(self.port),
            "BECKON_PUSH_PORT": str(free_port()),
            "BECKON_DEMO_STATE": str(self._state),
        }
        command = [sys.executable, "-m", "deploy.demo"]
        self._process = subprocess.Popen(command, env=environment, start_new_session=True)
        wait_for("the demo answers", self._answers)

    def _answers(self) -> bool:
        try:
            return self.client.get("/healthz").is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """An orderly stop."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(DEADLINE_SECONDS)
            self._process = None

    def at(self, host: str) -> httpx.Client:
        """A browser without scripts at one of the demo's host names, with its own cookies."""
        name = f"{host}.localhost:{self.port}"
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"Host": name}, trust_env=False)


@dataclass
class Receiver:
    """Takes what is posted to it, and answers with ``status``."""

    status: int = 204
    got: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.bodies.append(body)
                receiver.got.append((self.path, dict(self.headers), dict(parse_qsl(body.decode(), keep_blank_values=True))))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the test reads ``got``."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
