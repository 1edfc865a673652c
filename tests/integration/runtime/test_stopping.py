"""SIGTERM in every state: who still waits for a server ends at once, who serves finishes what it was sent first."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.folders import folders_at
from deploy.local.ports import Ports
from deploy.local.secrets import Secrets
from deploy.local.services import Environment
from shared.runtime.postgres.tables import Schema
from tests.support.processes.databases import database
from tests.support.processes.probes import is_ok
from tests.support.processes.running import free_base_port
from tests.support.processes.servers import free_port
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[3]
WITH_DATABASE: tuple[Schema, ...] = ("orders", "notify", "onboarding")


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

    def seconds_to_end(self) -> float:
        """From the signal to the end, which has to be orderly."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0, self.name
        return time.monotonic() - began


@contextmanager
def a_silent_server() -> Iterator[str]:
    """An address where connections are taken, and nothing is ever answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def a_service(name: str, folder: Path, *, postgres: str, kafka: str) -> Iterator[Waiting]:
    """Start it with these servers."""
    ports = Ports(free_base_port())
    environment = Environment(ports, Secrets(), folders_at(folder), os.environ).of(name)
    servers = {"BECKON_KAFKA": kafka} | ({"BECKON_POSTGRES": postgres} if name in WITH_DATABASE else {})
    command = [sys.executable, "-m", f"services.{name}"]
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment | servers, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield Waiting(f"{name}: {postgres} {kafka}", process, ports.address(f"{name} metrics"))
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.parametrize("name", ["ingest", "orders", "notify", "onboarding"])
async def test_a_service_that_waits_for_its_servers_ends_at_once(name: str, tmp_path: Path) -> None:
    async with database(*WITH_DATABASE) as made, database() as empty:
        with ExitStack() as stack:
            nobody, silent = f"127.0.0.1:{free_port()}", stack.enter_context(a_silent_server())
            role: Schema = next((role for role in WITH_DATABASE if role == name), "orders")
            states = [(made.dsn(role), silent)]
            if name in WITH_DATABASE:
                states += [(f"postgresql://beckon@{silent}/beckon", nobody), (empty.dsn(role), nobody)]
            if name in ("ingest", "orders"):
                states += [(made.dsn(role), nobody), (f"postgresql://beckon@{nobody}/beckon", nobody)]
            waiting = [stack.enter_context(a_service(name, tmp_path, postgres=each, kafka=kafka)) for each, kafka in states]
            for each in waiting:
                wait_for(each.name, each.answers_probes)

            seconds = {each.name: each.seconds_to_end() for each in waiting}

    assert {state: took for state, took in seconds.items() if took > 1} == {}
