"""Start, watch and end processes; find what a killed supervisor left behind."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from deploy.local.folders import Folders
from deploy.local.units import Unit

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


class Running:
    """One supervised process, started again with growing pauses when it dies."""

    def __init__(self, unit: Unit, folders: Folders) -> None:
        self.unit = unit
        self.starts = 0
        self._folders = folders
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = FIRST_PAUSE
        self._not_before = 0.0
        self._started_at = 0.0

    @property
    def alive(self) -> bool:
        """The process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def held(self) -> bool:
        """Somebody wants it stopped."""
        return (self._folders.held / self.unit.name).exists()

    def keep(self) -> None:
        """Make what is so what should be; called a few times a second."""
        if self.held:
            if self.alive:
                self.stop()
            return
        if self.alive:
            if time.monotonic() - self._started_at > LONGEST_PAUSE:
                self._pause = FIRST_PAUSE
            return
        if time.monotonic() >= self._not_before:
            self._start()
            self._not_before = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _start(self) -> None:
        unit = self.unit
        with (self._folders.logs / f"{unit.name}.log").open("ab") as log:
            # A session of its own: Ctrl-C must reach the supervisor alone, which then stops all in order.
            self._process = subprocess.Popen(
                unit.command,
                env=dict(unit.environment),
                cwd=unit.folder or "/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=unit.user,
                extra_groups=[] if unit.user else None,
            )
        self.starts += 1
        self._started_at = time.monotonic()
        record = {"pid": self._process.pid, "started": start_time(self._process.pid), "signal": int(unit.stop_signal)}
        write_whole(self._folders.pids / f"{unit.name}.json", json.dumps(record))

    def ask_to_stop(self) -> None:
        """Send the unit's stop signal."""
        if self._process is not None and self.alive:
            self._process.send_signal(self.unit.stop_signal)

    def wait_stopped(self, seconds: float) -> None:
        """Wait, then kill the whole session; nothing is left afterwards."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            kill_session(self._process.pid)
            self._process.wait(5)
        (self._folders.pids / f"{self.unit.name}.json").unlink(missing_ok=True)

    def stop(self) -> None:
        """Ask, wait, kill."""
        self.ask_to_stop()
        self.wait_stopped(self.unit.stop_seconds)


def start_time(pid: int) -> str | None:
    """When a process started, in the kernel's ticks: a pid alone may have been given to somebody else since."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] == "Z" else fields[19]


def kill_session(leader: int) -> None:
    """Kill a process and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def stop_leftovers(folders: Folders, seconds: float = 8.0) -> list[str]:
    """End what an earlier run left, in the order: services, Kafka, PostgreSQL. Returns their names."""
    found: list[tuple[str, int, str]] = []
    for path in sorted(folders.pids.glob("*.json"), key=lambda path: path.stem in ("kafka", "postgres")):
        record = json.loads(path.read_text())
        if record["started"] is not None and start_time(record["pid"]) == record["started"]:
            os.kill(record["pid"], record["signal"])
            found.append((path.stem, record["pid"], record["started"]))
        path.unlink()
    deadline = time.monotonic() + seconds
    for _, pid, started in found:
        while start_time(pid) == started and time.monotonic() < deadline:
            time.sleep(0.05)
        if start_time(pid) == started:
            kill_session(pid)
    return [name for name, _, _ in found]


def write_whole(path: Path, text: str) -> None:
    """Replace a file so that a reader sees the old or the new text, never half of one."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)
