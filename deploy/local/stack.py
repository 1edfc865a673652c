"""Everything of one machine, from an empty folder to a running Beckon and back."""

import asyncio
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

import asyncpg

from deploy.local.folders import Folders, folders_at
from deploy.local.jars import cache_folder, ensure_jars
from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from deploy.local.postgres import DATABASE, Postgres, make_database
from deploy.local.processes import Running, stop_leftovers
from deploy.local.secrets import load_secrets
from deploy.local.services import CHECKOUT, WITH_DATABASE, Environment, service_units
from deploy.local.trouble import Trouble
from deploy.local.units import Unit

Say = Callable[[str], None]


class Stack:
    """One machine's Beckon. Call ``start``, then ``keep`` a few times a second, then ``stop``."""

    def __init__(self, state: Path, ports: Ports, say: Say) -> None:
        self.folders = folders_at(state)
        self.ports = ports
        self.running: list[Running] = []
        self._say = say

    def start(self) -> None:
        """Bring everything up, in order, or raise ``Trouble``. The caller stops what was started, also then."""
        self.folders.make()
        self._lock_file = lock_state(self.folders, f"Its console is at {self.ports.address('onboarding')}.")
        self.secrets = load_secrets(self.folders.state / "secrets.json")
        if left := stop_leftovers(self.folders):
            self._say(f"stopped what an earlier run had left: {', '.join(left)}")
        self.ports.check_free()
        self._rotate_logs()
        self._start_servers()
        self._prepare_servers()
        self.environment = Environment(self.ports, self.secrets, self.folders, os.environ)
        self._launch(service_units(self.environment, self.ports), seconds=60)
        self._module("deploy.demo.seed", self.environment.demo())

    def _rotate_logs(self) -> None:
        for log in self.folders.logs.glob("*.log"):
            log.replace(log.with_suffix(".log.1"))

    def _start_servers(self) -> None:
        jars = ensure_jars(cache_folder(), self._say)
        self.postgres = Postgres(self.folders.postgres, self.ports.of("PostgreSQL"), self.secrets.superuser_password)
        kafka = Kafka(
            self.folders.kafka,
            jars,
            self.ports.of("Kafka"),
            self.ports.of("Kafka controller"),
            self.secrets.kafka_cluster_id,
        )
        with ThreadPoolExecutor() as pool:
            for prepared in [pool.submit(self.postgres.prepare), pool.submit(kafka.prepare)]:
                prepared.result()
        self._launch([self.postgres.unit(), kafka.unit()], seconds=30)

    def _prepare_servers(self) -> None:
        self._retry_database()
        topics = {"BECKON_KAFKA": f"127.0.0.1:{self.ports.of('Kafka')}"}
        environment = Environment(self.ports, self.secrets, self.folders, os.environ)
        with ThreadPoolExecutor() as pool:
            jobs = [
                pool.submit(self._module, "shared.runtime.topics", environment.of("ingest") | topics),
                *(pool.submit(self._module, "shared.runtime.migrate", environment.of(s), s) for s in WITH_DATABASE),
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
                    raise Trouble(f"PostgreSQL took no session within 15 s: {type(error).__name__}") from None
                self.keep()
                time.sleep(0.2)

    def _module(self, name: str, environment: dict[str, str], *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", name, *arguments],
            env=environment,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        with (self.folders.logs / "setup.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise Trouble(f"{name} {' '.join(arguments)} failed: {' '.join(last)} (more in {self.folders.logs})")

    def _launch(self, units: Sequence[Unit], seconds: float) -> None:
        """Start side by side and wait until each is ready."""
        self.running += [Running(unit, self.folders) for unit in units]
        deadline = time.monotonic() + seconds
        told = None
        while waiting := [unit.name for unit in units if not unit.ready()]:
            if time.monotonic() > deadline:
                raise Trouble(f"{', '.join(waiting)} did not get ready within {seconds:.0f} s: see {self.folders.logs}")
            if waiting != told:
                self._say(f"waiting for {', '.join(waiting)}")
                told = waiting
            self.keep()
            time.sleep(0.1)

    def keep(self) -> None:
        """Restart what died, stop what is held."""
        for process in self.running:
            process.keep()

    def stop(self) -> None:
        """Stop in order: the demo and the services side by side, then Kafka and PostgreSQL. Within 10 s."""
        servers = [process for process in self.running if process.unit.name in ("kafka", "postgres")]
        services = [process for process in self.running if process not in servers]
        for group in (services, servers):
            for process in group:
                process.ask_to_stop()
            deadline = time.monotonic() + max((process.unit.stop_seconds for process in group), default=0)
            for process in group:
                process.wait_stopped(max(0.1, deadline - time.monotonic()))


def lock_state(folders: Folders, remedy: str) -> TextIO:
    """The state folder is one supervisor's; held by the open file until its process ends, however it ends.

    Raises:
        Trouble: another supervisor has it.
    """
    file = (folders.state / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Trouble(f"Beckon runs already from this folder. {remedy}") from None
    return file
