"""A Prometheus and an Alertmanager over a running Beckon, with the shipped rules and the shipped inhibitions, in a hurry.

Windows, ``for`` and the waits of Alertmanager are divided by one factor. Thresholds in seconds stay what they are: how long a
server may be away before somebody is woken is 45 s here as well.
"""

import json
import re
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.support.processes.probes import is_ok
from tests.support.processes.servers import free_port
from tests.support.prometheus import checked, program
from tests.support.waiting import wait_for

CHECKOUT = Path(__file__).parents[2]
ALERTS = CHECKOUT / "deploy" / "alerts"
FACTOR = 20
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(?P<before>\[|for: |group_wait: |group_interval: |repeat_interval: )(?P<number>\d+)(?P<unit>[smhd])")


def in_a_hurry(text: str, factor: int = FACTOR) -> str:
    """Rules or a configuration with every window and every wait divided by ``factor``."""

    def shorter(found: "re.Match[str]") -> str:
        milliseconds = int(found["number"]) * UNITS[found["unit"]] * 1000 // factor
        return f"{found['before']}{milliseconds}ms"

    return DURATION.sub(shorter, text)


@dataclass(frozen=True)
class Notification:
    """What Alertmanager sent about one alert. ``at`` is monotonic."""

    alert: str
    status: str
    at: float


class Webhook:
    """Who is woken: remembers each alert of each notification."""

    def __init__(self) -> None:
        self.got: list[Notification] = []
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                webhook.got += [
                    Notification(each["labels"]["alertname"], each["status"], time.monotonic()) for each in body["alerts"]
                ]
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the drill reads ``got``."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def since(self, moment: float, status: str) -> set[str]:
        """The alerts that were notified with this status from that moment on."""
        return {each.alert for each in self.got if each.at >= moment and each.status == status}

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class Alerting:
    """Both programs, on ports of their own. ``targets`` has the metrics port of each service."""

    def __init__(self, folder: Path, targets: Mapping[str, int]) -> None:
        self.webhook = Webhook()
        self._folder = folder
        self._ports = free_port(), free_port()
        self._alertmanagers = f"http://127.0.0.1:{self._ports[1]}"
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{self._ports[0]}", timeout=30, trust_env=False)
        self._write(targets)
        self._processes = [self._prometheus(), self._alertmanager()]
        addresses = [f"http://127.0.0.1:{port}/-/ready" for port in self._ports]
        wait_for("answers of Prometheus and Alertmanager", lambda: all(map(is_ok, addresses)), 60)

    def _write(self, targets: Mapping[str, int]) -> None:
        rules = in_a_hurry((ALERTS / "beckon.rules.yml").read_text())
        (self._folder / "beckon.rules.yml").write_text(rules)
        manager = in_a_hurry((ALERTS / "alertmanager.example.yml").read_text())
        (self._folder / "alertmanager.yml").write_text(manager.replace("http://localhost:9099", self.webhook.address))
        jobs = [
            {"job_name": service, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for service, port in targets.items()
        ]
        configuration = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["beckon.rules.yml"],
            "scrape_configs": jobs,
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{self._ports[1]}"]}]}]},
        }
        (self._folder / "prometheus.yml").write_text(json.dumps(configuration))  # JSON is YAML
        checked("promtool", "check", "config", self._folder / "prometheus.yml")

    def _prometheus(self) -> "subprocess.Popen[bytes]":
        return self._start(
            "prometheus",
            f"--config.file={self._folder}/prometheus.yml",
            f"--storage.tsdb.path={self._folder}/data",
            f"--web.listen-address=127.0.0.1:{self._ports[0]}",
        )

    def _alertmanager(self) -> "subprocess.Popen[bytes]":
        return self._start(
            "prometheus-alertmanager",
            f"--config.file={self._folder}/alertmanager.yml",
            f"--storage.path={self._folder}/alertmanager",
            f"--web.listen-address=127.0.0.1:{self._ports[1]}",
            "--cluster.listen-address=",
        )

    def _start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        path = program(name)
        command = [str(path), *arguments]
        share = path.parents[1] / "share"
        if share != Path("/usr/share"):  # unpacked, not installed: its templates are looked for where they would be installed
            command = [
                "unshare",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                f'mount --bind {share} /usr/share && exec "$0" "$@"',
                *command,
            ]
        with (self._folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def firing(self) -> set[str]:
        """The alerts that Prometheus fires now, inhibited ones as well."""
        answer = self._client.get("/api/v1/alerts").raise_for_status().json()
        return {each["labels"]["alertname"] for each in answer["data"]["alerts"] if each["state"] == "firing"}

    def post(self, alerts: Sequence[str], seconds: float) -> None:
        """Hand alerts to Alertmanager as Prometheus does, in groups of their own, for so many seconds from now."""
        ends_at = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
        labels = {"severity": "critical", "job": ends_at}
        body = [{"labels": labels | {"alertname": alert}, "endsAt": ends_at} for alert in alerts]
        httpx.post(f"{self._alertmanagers}/api/v2/alerts", json=body, trust_env=False).raise_for_status()

    def known(self) -> dict[str, bool]:
        """The alerts that Alertmanager has now, and whether each is inhibited, for another stands for it."""
        found = httpx.get(f"{self._alertmanagers}/api/v2/alerts", trust_env=False).raise_for_status().json()
        return {each["labels"]["alertname"]: bool(each["status"]["inhibitedBy"]) for each in found}

    def close(self) -> None:
        """End both, and the webhook."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(20)
        self.webhook.close()
