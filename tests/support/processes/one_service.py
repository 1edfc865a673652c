"""One service as a process of its own, whose servers are away or refuse it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.image.contents import PACKAGES
from deploy.local.folders import folders_at
from deploy.local.ports import Ports
from deploy.local.secrets import Secrets
from deploy.local.services import Environment
from tests.support.processes.probes import is_ok
from tests.support.processes.running import CHECKOUT, free_base_port


@dataclass(frozen=True)
class Waiting:
    """A service that has begun to start and cannot go on."""

    name: str
    process: "subprocess.Popen[bytes]"
    probes: str

    def answers_probes(self) -> bool:
        """It has its probes, and so its signal handlers, and is not dead."""
        assert self.process.poll() is None, f"{self.name} ended by itself"
        return is_ok(f"{self.probes}/livez")

    def waits_for(self) -> dict[str, str]:
        """What its readiness answer names; nothing before it answers."""
        try:
            waiting_for: dict[str, str] = httpx.get(f"{self.probes}/readyz", trust_env=False).json()["waiting_for"]
        except httpx.TransportError:
            return {}
        return waiting_for

    def seconds_to_end(self) -> float:
        """From the signal to the end, which has to be orderly."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0, self.name
        return time.monotonic() - began


@contextmanager
def a_service(name: str, folder: Path, **settings: str) -> Iterator[Waiting]:
    """Start it with these settings; what it prints is in ``<name>.log`` of the folder."""
    ports = Ports(free_base_port())
    environment = Environment(ports, Secrets(), folders_at(folder), os.environ).of(name)
    command = [sys.executable, "-m", PACKAGES.get(name, f"services.{name}")]
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment | settings, cwd=CHECKOUT, stdout=log, stderr=log)
    try:
        yield Waiting(f"{name}: {settings}", process, ports.address(f"{name} metrics"))
    finally:
        process.kill()
        process.wait(10)
