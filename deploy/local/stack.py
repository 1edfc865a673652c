"""Everything of one machine, from an empty folder to a running Beckon and back."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg

from deploy.local.errors import StartError, Stopped
from deploy.local.folders import CHECKOUT, folders_at
from deploy.local.jars import cache_folder, ensure_jars
from deploy.local.kafka import Kafka
from deploy.local.lock import lock_state
from deploy.local.ports import Ports
from deploy.local.postgres import DATABASE, Postgres, make_database
from deploy.local.processes import Running, stop_leftovers
from deploy.local.secrets import load_secrets
from deploy.local.services import WITH_DATABASE, Environment, service_units
from deploy.local.units import Unit

SETUP_SECONDS = 60.0
Report = Callable[[str], None]


class Stack:
    """One machine's Beckon. Call ``start``, then ``keep`` a few times a second, then ``stop``.

    ``asked_to_stop`` ends a start at its next step. Nothing is interrupted in between: a process that was started is
    always one that ``stop`` knows of.
    """

    def __init__(self, state: Path, ports: Ports, report: Report, asked_to_stop: threading.Event) -> None:
        self.folders = folders_at(state)
        self.ports = ports
        self.running: list[Running] = []
        self._report = report
        self._asked_to_stop = asked_to_stop

    def start(self) -> None:
        """Bring everything up, in order, or raise ``StartError``. The caller stops what was started, also then."""
        self.open()
        self.start_servers()
        self._prepare_servers()
        self._launch(service_units(self.environment, self.ports), seconds=60)
        self.module("deploy.demo.seed", self.environment.demo())

    def open(self) -> None:
        """Take the state folder, which holds nobody else's processes then. Raises ``StartError``."""
        self.folders.make()
        self._lock_file = lock_state(self.folders, f"its console is at {self.ports.address('onboarding')}")
        self.secrets = load_secrets(self.folders.state / "secrets.json")
        self.environment = Environment(self.ports, self.secrets, self.folders, os.environ)
        if left := stop_leftovers(self.folders):
            self._report(f"stopped what an earlier run had left: {', '.join(left)}")
        self.ports.check_free()
        self._clear_up()

    def _clear_up(self) -> None:
        for log in self.folders.logs.glob("*.log"):
            log.replace(log.with_suffix(".log.1"))
        for hold in self.folders.held.iterdir():  # a test that was killed let nothing go
            hold.unlink()

    def start_servers(self) -> None:
        """Start PostgreSQL, with our roles and schemas, and Kafka. Raises ``StartError``; the caller stops them."""
        jars = ensure_jars(cache_folder(), self._progress)
        self.postgres = Postgres(self.folders.postgres, self.ports.of("PostgreSQL"), self.secrets.superuser_password)
        servers: list[Postgres | Kafka] = [self.postgres, *self.brokers(jars)]
        with ThreadPoolExecutor() as pool:
            for prepared in [pool.submit(server.prepare) for server in servers]:
                prepared.result()
        self._launch([server.unit() for server in servers], seconds=30)
        self.servers_started()
        self._retry_database()

    def servers_started(self) -> None:
        """What is to be done before anything of ours connects: nothing, on one machine."""

    def brokers(self, jars: Path) -> Sequence[Kafka]:
        """The one broker, not prepared yet; it speaks plain text, to this machine alone."""
        ports, cluster_id = (self.ports.of("Kafka"), self.ports.of("Kafka controller")), self.secrets.kafka_cluster_id
        return [Kafka(self.folders.kafka, jars, *ports, cluster_id)]

    def _progress(self, text: str) -> None:
        self._pause(0)
        self._report(text)

    def _pause(self, seconds: float) -> None:
        """The only way to wait during a start."""
        if self._asked_to_stop.wait(seconds):
            raise Stopped

    def _prepare_servers(self) -> None:
        with ThreadPoolExecutor() as pool:
            jobs = [
                pool.submit(self.module, "deploy.command", self.environment.of("ingest"), "topics"),
                *(pool.submit(self.module, "deploy.command", self.environment.of(s), "migrate", s) for s in WITH_DATABASE),
            ]
            for job in jobs:
                job.result()

    def _retry_database(self) -> None:
        """A server that was killed answers its probe a moment before it takes sessions."""
        deadline = time.monotonic() + 15
        while True:
            try:
                asyncio.run(make_database(self.postgres.dsn, DATABASE, self.secrets))
                return
            except (OSError, asyncpg.CannotConnectNowError) as error:
                if time.monotonic() > deadline:
                    raise StartError(f"PostgreSQL took no session within 15 s: {type(error).__name__}") from None
                self.keep()
                self._pause(0.2)

    def module(self, name: str, environment: dict[str, str], *arguments: str) -> None:
        """Run one of our programs to its end, which must come soon."""
        log = self.folders.logs / f"setup-{'-'.join((name.rsplit('.', 1)[-1], *arguments))}.log"
        deadline = time.monotonic() + SETUP_SECONDS
        with log.open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", name, *arguments],
                env=environment,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        try:
            while process.poll() is None and time.monotonic() < deadline:
                self._pause(0.05)
        finally:
            process.kill()
            code = process.wait()
        if code != 0:
            raise StartError(f"{name} {' '.join(arguments)} failed: {last_line(log)} (more in {log})")

    def _launch(self, units: Sequence[Unit], seconds: float) -> None:
        """Start side by side and wait until each is ready."""
        self.running += [Running(unit, self.folders) for unit in units]
        deadline = time.monotonic() + seconds
        reported = None
        while waiting := [unit.name for unit in units if not unit.ready()]:
            if time.monotonic() > deadline:
                raise StartError(self._late(waiting, seconds))
            if waiting != reported:
                self._report(f"waiting for {', '.join(waiting)}")
                reported = waiting
            self.keep()
            self._pause(0.1)

    def _late(self, waiting: Sequence[str], seconds: float) -> str:
        log = self.folders.logs / f"{waiting[0]}.log"
        return f"{', '.join(waiting)} did not get ready within {seconds:.0f} s: {last_line(log)} (more in {self.folders.logs})"

    def keep(self) -> list[str]:
        """Restart what died, stop what is held. Returns the names of what was started again."""
        return [process.unit.name for process in self.running if process.keep()]

    def stop(self) -> None:
        """Stop in order: the demo and the services side by side, then Kafka and PostgreSQL. Within 10 s."""
        servers = [process for process in self.running if process.unit.name.startswith(("kafka", "postgres"))]
        services = [process for process in self.running if process not in servers]
        for group in (services, servers):
            for process in group:
                process.ask_to_stop()
            deadline = time.monotonic() + max((process.unit.stop_seconds for process in group), default=0)
            for process in group:
                process.wait_stopped(max(0.1, deadline - time.monotonic()))


def last_line(log: Path) -> str:
    """The last line that a process wrote; enough to know what it misses."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.is_file() else []
    return lines[-1][:300] if lines else "it printed nothing"
