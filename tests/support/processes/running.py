"""The whole of Beckon as `make demo` starts it, under a test's control: its addresses, its processes, its truth.

The supervisor is a process of its own, as a user's is. Processes are killed by the ids in its pid files and held down by a
file in its `held` folder, so that a test needs no hook in what ships.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.folders import folders_at
from deploy.local.ports import NAMES, Ports
from deploy.local.processes import start_time
from tests.support.processes.probes import is_ok
from tests.support.processes.servers import hold_port, release_port
from tests.support.waiting import wait_for

CHECKOUT = Path(__file__).parents[3]
START_SECONDS = 180.0


def free_base_port() -> int:
    """A base from which every port is this process's until its end; below the ports that outgoing connections take."""
    for base in random.sample(range(20_000, 32_000, 50), 240):
        if _hold_all([base + offset for offset in NAMES.values()]):
            return base
    raise AssertionError("no free range of ports")


def _hold_all(ports: Sequence[int]) -> bool:
    """Whether all could be held; else none is."""
    held = []
    for port in ports:
        try:
            held.append(hold_port(port))
        except OSError:
            for each in held:
                release_port(each)
            return False
    return True


@dataclass
class Running:
    """A running Beckon."""

    state: Path
    ports: Ports
    timing: dict[str, str]
    supervisor: "subprocess.Popen[bytes] | None" = None
    program: str = "deploy.local.supervisor"

    def start(self, seconds: float = START_SECONDS) -> float:
        """Start it and wait for its table. Returns how long that took."""
        began = time.monotonic()
        output_text = self.begin()
        wait_for("the table of a started Beckon", lambda: self._is_up(output_text()), seconds)
        return time.monotonic() - began

    def begin(self) -> Callable[[], str]:
        """Start it and wait for nothing. Returns a reader of its output so far."""
        self.output = self.state.parent / f"{self.state.name}-supervisor.log"
        environment = {**os.environ, "BECKON_BASE_PORT": str(self.ports.base), "BECKON_STATE": str(self.state), **self.timing}
        with self.output.open("ab") as output:
            position = output.tell()
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", self.program],
                cwd=CHECKOUT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

        def output_text() -> str:
            return self.output.read_bytes()[position:].decode()

        return output_text

    def _is_up(self, output_text: str) -> bool:
        assert self.supervisor is not None, "it was started"
        assert self.supervisor.poll() is None, f"the supervisor ended: {output_text[-2000:]}"
        return "Beckon runs" in output_text

    def interrupt(self, how: signal.Signals = signal.SIGINT) -> float:
        """Ctrl-C. Returns how long everything took to stop."""
        assert self.supervisor is not None, "it runs"
        began = time.monotonic()
        self.supervisor.send_signal(how)
        self.supervisor.wait(20)
        return time.monotonic() - began

    def stop(self) -> None:
        """End whatever is left, however a test ended."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.interrupt()

    def pid(self, name: str) -> int:
        """The process id of a running part."""

        def alive() -> int | None:
            record = self._record(name)
            return None if record is None or start_time(record["pid"]) != record["started"] else int(record["pid"])

        return wait_for(f"a running {name}", alive, 30)

    def _record(self, name: str) -> dict[str, Any] | None:
        path = folders_at(self.state).pids / f"{name}.json"
        try:
            loaded: dict[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError):
            return None
        return loaded

    def kill(self, name: str) -> None:
        """SIGKILL; the supervisor brings it back."""
        os.killpg(self.pid(name), signal.SIGKILL)

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Stopped, and not started again until the block ends."""
        hold = folders_at(self.state).held / name
        hold.touch()
        try:
            wait_for(f"{name} to be stopped", lambda: self._record(name) is None)
            yield
        finally:
            hold.unlink(missing_ok=True)

    def kill_and_hold(self, name: str) -> Callable[[], None]:
        """SIGKILL and no restart until the returned function is called."""
        hold = folders_at(self.state).held / name
        pid = self.pid(name)
        hold.touch()
        os.killpg(pid, signal.SIGKILL)
        return lambda: hold.unlink(missing_ok=True)

    def wait_ready(self, name: str, seconds: float = 30.0) -> None:
        """Wait until a part reports that it is ready."""
        address = f"{self.ports.address(f'{name} metrics')}/readyz"
        wait_for(f"{name} to be ready", lambda: is_ok(address), seconds)

    def shop(self, path: str = "/") -> str:
        """An address in the shop."""
        return f"http://shop.localhost:{self.ports.of('demo')}{path}"

    def office(self, path: str = "/") -> str:
        """An address in the back office."""
        return f"http://office.localhost:{self.ports.of('demo')}{path}"

    def phones(self, path: str = "/") -> str:
        """An address of the phones."""
        return f"http://phones.localhost:{self.ports.of('demo')}{path}"

    def console(self, path: str = "/") -> str:
        """An address of the console."""
        return self.ports.address("onboarding") + path

    def ingest(self, path: str = "") -> str:
        """An address of ingest."""
        return self.ports.address("ingest") + path

    def secrets(self) -> dict[str, Any]:
        """What the supervisor made at the first start."""
        loaded: dict[str, Any] = json.loads((self.state / "secrets.json").read_text())
        return loaded
