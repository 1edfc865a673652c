"""The servers that tests run against: from the environment, from a container, or embedded ones of our own.

The first that is there is taken, and one line names it. They start once per run and end with it.
"""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from deploy.local.folders import Folders, folders_at
from deploy.local.jars import cache_folder, ensure_jars
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.processes import kill_session
from deploy.local.secrets import Secrets
from deploy.local.units import Unit
from tests.support.processes.class_data import record_class_data
from tests.support.waiting import wait_for

START_SECONDS = 60.0
RECORDING_SECONDS = 90.0
_held_ports: dict[int, socket.socket] = {}


class Server:
    """One embedded server that a test may stop, kill and start again."""

    def __init__(self, unit: Unit, folders: Folders, address: str) -> None:
        self.address = address
        self._unit = unit
        self._log = folders.logs / f"{unit.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. After a kill PostgreSQL refuses a start or two, so it is tried again."""
        wait_for(f"an answer of {self._unit.name}", self._answers, START_SECONDS)

    def _answers(self) -> bool:
        if self._alive():
            return self._unit.ready()
        self._dismiss_watcher()
        self._process = self._spawn()
        self._watcher = _end_with_us(self._process.pid)
        return False

    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._unit.command,
                env=dict(self._unit.environment),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._unit.user,
                group=self._unit.group,
                extra_groups=[] if self._unit.user else None,
            )

    def stop(self, seconds: float = 30.0) -> None:
        """An orderly stop."""
        assert self._process is not None, "it was not started"
        self._process.send_signal(self._unit.stop_signal)
        self._process.wait(seconds)
        self._dismiss_watcher()

    def kill(self) -> None:
        """SIGKILL, as a machine that goes away."""
        if self._process is not None and self._alive():
            kill_session(self._process.pid)
            self._process.wait(10)
        self._dismiss_watcher()

    def _dismiss_watcher(self) -> None:
        """It must not outlive the server: the process id may be somebody else's by the end of the run."""
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.wait(10)


def _end_with_us(leader: int) -> "subprocess.Popen[bytes]":
    """End a server when this process is gone, however it went: its end of the pipe closes even after a SIGKILL."""
    script = 'read _; kill -9 "-$1" 2>/dev/null'
    return subprocess.Popen(["/bin/sh", "-c", script, "watcher", str(leader)], stdin=subprocess.PIPE, start_new_session=True)


def free_port() -> int:
    """A port that is this process's until its end: nobody is given it between this call and the start of what listens there."""
    return hold_port(0)


def hold_port(port: int) -> int:
    """Keep a port (0 is any) bound without listening on it, which Linux lets a server of ours share.

    Raises:
        OSError: somebody else has it.
    """
    held = socket.socket()
    try:
        held.bind(("127.0.0.1", port))
    except OSError:
        held.close()
        raise
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # only now: a port that another process holds is refused
    _held_ports[number := int(held.getsockname()[1])] = held
    return number


def release_port(port: int) -> None:
    """Hold it no longer."""
    _held_ports.pop(port).close()


@cache
def postgres_server() -> str:
    """The superuser's DSN of a PostgreSQL in which tests make databases of their own."""
    return _chosen("PostgreSQL", "BECKON_POSTGRES", _postgres_container, lambda: _kept(embedded_postgres()).address)


@cache
def kafka_server() -> str:
    """The address of a Kafka in which tests make topics of their own."""
    return _chosen("Kafka", "BECKON_KAFKA", _kafka_container, lambda: _kept(embedded_kafka()).address)


def embedded_postgres(*, durable: bool = False) -> Server:
    """A PostgreSQL of one's own, not started yet."""
    folders = _folders()
    server = Postgres(folders.postgres, free_port(), Secrets().superuser_password, durable=durable)
    server.prepare()
    return Server(server.unit(), folders, server.dsn.rsplit("/", 1)[0] + "/postgres")


def embedded_kafka() -> Server:
    """A Kafka of one's own, not started yet."""
    folders = _folders()
    jars = ensure_jars(cache_folder(), _report)
    broker = Kafka(folders.kafka, jars, free_port(), free_port(), Secrets().kafka_cluster_id)
    broker.prepare()
    record_class_data(broker, partial(_run_once, folders))
    return Server(broker.unit(), folders, f"127.0.0.1:{broker.port}")


def _run_once(folders: Folders, unit: Unit) -> None:
    server = Server(unit, folders, "")
    try:
        server.start()
        server.stop(RECORDING_SECONDS)
    finally:
        server.kill()


def _chosen(name: str, variable: str, container: Callable[[], str], embedded: Callable[[], str]) -> str:
    if address := os.environ.get(variable):
        _report(f"{name}: the one that {variable} names")
        return address
    if _docker_answers():
        _report(f"{name}: in a container")
        return container()
    _report(f"{name}: embedded")
    return embedded()


def _docker_answers() -> bool:
    """A client, or a dead socket, may be there without an engine."""
    try:
        with socket.socket(socket.AF_UNIX) as engine:
            engine.settimeout(2)
            engine.connect("/var/run/docker.sock")
            engine.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in engine.recv(64)
    except OSError:
        return False


def _postgres_container() -> str:
    from tests.support.processes.containers import start_postgres

    return start_postgres()


def _kafka_container() -> str:
    from tests.support.processes.containers import start_kafka

    return start_kafka(free_port())


def _kept(server: Server) -> Server:
    atexit.register(server.kill)
    server.start()
    return server


def _folders() -> Folders:
    state = Path(tempfile.mkdtemp(prefix="beckon-test-"))
    folders = folders_at(state)
    folders.make()
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    atexit.register(shutil.rmtree, folders.postgres, ignore_errors=True)
    return folders


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")
