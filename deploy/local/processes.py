"""Start, watch and end processes; find what a killed supervisor left behind."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StartError
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

    def keep(self) -> bool:
        """Make what is so what should be; called a few times a second. True when it was started once more."""
        if self.held:
            if self.alive:
                self.stop()
            return False
        if self.alive:
            if time.monotonic() - self._started_at > LONGEST_PAUSE:
                self._pause = FIRST_PAUSE
            return False
        if time.monotonic() < self._not_before:
            return False
        self._start()
        self._not_before = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return self.starts > 1

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
                group=unit.group,
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


@dataclass(frozen=True)
class Leftover:
    """A process that a killed supervisor left, as its pid file names it."""

    name: str
    pid: int
    started: str
    signal: int
    file: Path

    @property
    def lives(self) -> bool:
        """It is still that process, and nobody else who was given its id since."""
        return start_time(self.pid) == self.started


def stop_leftovers(folders: Folders, seconds: float = 8.0) -> list[str]:
    """End what an earlier run left: the services first, then the servers that they need. Returns their names.

    Raises:
        StartError: one of them belongs to another user.
    """
    found = [left for path in sorted(folders.pids.glob("*.json")) if (left := _leftover(path)) is not None]
    servers = [left for left in found if left.name.startswith(("kafka", "postgres"))]
    for group in ([left for left in found if left not in servers], servers):
        _end(group, seconds)
    return [left.name for left in found]


def _leftover(path: Path) -> Leftover | None:
    try:
        record = json.loads(path.read_text())
        left = Leftover(path.stem, record["pid"], record["started"], record["signal"], path)
    except (ValueError, KeyError, TypeError):  # cut off with the machine's power: what it named is gone as well
        left = None
    if left is None or left.started is None or not left.lives:
        path.unlink()
        return None
    return left


def _end(group: Sequence[Leftover], seconds: float) -> None:
    for left in group:
        try:
            os.kill(left.pid, left.signal)
        except ProcessLookupError:
            continue
        except PermissionError:
            raise StartError(
                f"{left.name} of an earlier run (process {left.pid}) is another user's: let them stop it."
            ) from None
    _wait_gone(group, seconds)
    for left in group:
        if left.lives:
            kill_session(left.pid)
    _wait_gone(group, 5.0)
    for left in group:
        left.file.unlink(missing_ok=True)


def _wait_gone(group: Sequence[Leftover], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(left.lives for left in group) and time.monotonic() < deadline:
        time.sleep(0.05)


def write_whole(path: Path, text: str) -> None:
    """Replace a file so that a reader sees the old or the new text, never half of one."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)
