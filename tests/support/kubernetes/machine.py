"""A machine within this machine: namespaces of its own for processes, mounts and network, which all end with it.

Whatever runs in it (containers, shims, mounts, bridges, rules of the firewall) is gone when its first process is, and that one
ends with us, however we went: its input is a pipe that we alone hold open.
"""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.errors import StartError
from tests.support.waiting import wait_for

CGROUPS = Path("/sys/fs/cgroup")
TOOLS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
FIRST_PROCESS = """
set -e
ip link set lo up
mount -t tmpfs -o mode=755 tmpfs "$1"
mount -t tmpfs -o mode=755 tmpfs /run
mkdir "$1/var" "$1/work"
mount -t overlay -o "lowerdir=/var,upperdir=$1/var,workdir=$1/work" overlay /var
trap '' CHLD
touch "$2"
exec cat
"""
"""What is written to /run and /var stays in memory. The kernel reaps orphans while SIGCHLD is ignored, also by ``cat``."""


@dataclass(frozen=True)
class Addresses:
    """A net of 198.18.0.0/15, which RFC 2544 keeps for tests: a link of two, the pods, the Services."""

    number: int

    @property
    def link(self) -> str:
        """The name of our end of the link."""
        return f"beckon{self.number}"

    @property
    def host(self) -> str:
        """Ours, where pods reach what listens outside."""
        return self._at(1)

    @property
    def node(self) -> str:
        """The machine's."""
        return self._at(2)

    @property
    def pods(self) -> str:
        """62 addresses."""
        return self._at(128) + "/26"

    @property
    def services(self) -> str:
        """62 addresses."""
        return self._at(192) + "/26"

    def service(self, place: int) -> str:
        """One of the few that Kubernetes itself gives to no Service; the first of all is the API server's."""
        return self._at(194 + place)

    @property
    def behind(self) -> str:
        """Pods and Services."""
        return self._at(128) + "/25"

    def _at(self, last: int) -> str:
        return f"198.18.{self.number}.{last}"


class Machine:
    """``folder`` is seen from both sides; ``state``, in memory, from within alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._first: subprocess.Popen[bytes] | None = None
        self.pid = 0

    @property
    def cgroup(self) -> str:
        """The name of its group in every hierarchy."""
        return self.addresses.link

    def start(self) -> None:
        """Make the namespaces and the link into them.

        Raises:
            StartError: this user, or this kernel, may not.
        """
        self.state.mkdir()
        ready = self.folder / "first-process"
        arguments = ["--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
        command = ["unshare", *arguments, "sh", "-c", FIRST_PROCESS, "first", f"{self.state}", f"{ready}"]
        with (self.folder / "first-process.log").open("wb") as log:
            self._first = subprocess.Popen(command, env=TOOLS, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/")
        first = self._first
        wait_for("the namespaces of a node", lambda: ready.exists() or first.poll() is not None)
        if first.poll() is not None:
            raise StartError(f"no namespaces could be made: {(self.folder / 'first-process.log').read_text().strip()}")
        self.pid = int(Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()[0])
        self.addresses = self._link()
        self._without_groups()  # of a run that was killed and had the same number
        for hierarchy in _hierarchies():
            (hierarchy / self.cgroup).mkdir(exist_ok=True)

    def _link(self) -> Addresses:
        for number in range(1, 255):
            addresses = Addresses(number)
            other = ["peer", "name", "eth0", "netns", f"{self.pid}"]
            if not _succeeds(["ip", "link", "add", addresses.link, "type", "veth", *other]):
                continue  # another run has it
            _run(["ip", "address", "add", f"{addresses.host}/30", "dev", addresses.link])
            _run(["ip", "link", "set", addresses.link, "up"])
            _run([*self.within(), "ip", "address", "add", f"{addresses.node}/30", "dev", "eth0"])
            _run([*self.within(), "ip", "link", "set", "eth0", "up"])
            # The host forwards nothing: what is not answered by it goes nowhere.
            _run([*self.within(), "ip", "route", "add", "default", "via", addresses.host])
            _run(["ip", "route", "add", addresses.behind, "via", addresses.node])
            return addresses
        raise StartError("no link into a namespace could be made: is a veth in this kernel, and are we root?")

    def within(self) -> list[str]:
        """What stands before a command that runs within."""
        return ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--net", "--wdns=/"]

    def run(self, *command: str, data: bytes = b"") -> str:
        """Run a command within to its end and return what it printed; a failed one is raised with its errors."""
        done = subprocess.run([*self.within(), *command], env=TOOLS, input=data, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, f"{command[:4]} failed: {done.stderr.decode().strip()[-600:]}"
        return done.stdout.decode()

    def spawn(self, name: str, command: Sequence[str]) -> None:
        """Start a process within, its output in ``name``.log."""
        environment = {**TOOLS, "HOME": f"{self.state}"}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*self.within(), *command], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def check_alive(self) -> None:
        """Raise with the last line of a process that has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise StartError(f"{name} ended: {(self.folder / f'{name}.log').read_text()[-600:]}")

    def stop(self) -> None:
        """End everything within at once; the kernel takes the rest away, but for the groups."""
        if self._first is None:
            return
        assert self._first.stdin is not None, "it is a pipe"
        self._first.stdin.close()
        self._first.wait(30)
        for process in self.processes.values():
            process.wait(30)
        if hasattr(self, "addresses"):
            wait_for("an end of its groups and its link", lambda: self._without_groups() and not self._has_link())

    def _has_link(self) -> bool:
        """The kernel takes a network namespace away a moment after its last process."""
        return Path(f"/sys/class/net/{self.addresses.link}").exists()

    def _without_groups(self) -> bool:
        """A group is busy until its last process is gone."""
        for hierarchy in _hierarchies():
            root = hierarchy / self.cgroup
            for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
                with suppress(OSError):
                    folder.rmdir()
            with suppress(OSError):
                root.rmdir()
        return not any((hierarchy / self.cgroup).exists() for hierarchy in _hierarchies())


def _hierarchies() -> list[Path]:
    """Each controller's folder of version 1, or the one of version 2."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [path for path in CGROUPS.iterdir() if (path / "cgroup.procs").exists() and not path.is_symlink()]


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, env=TOOLS, capture_output=True, timeout=30, check=False).returncode == 0


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, env=TOOLS, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise StartError(f"{' '.join(command)} failed: {done.stderr.strip()}")


def processes_in(group: str) -> list[int]:
    """The ids, as the host counts them, of the processes in groups whose path has this part."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if any(group in line for line in (folder / "cgroup").read_text().splitlines()):
                found.append(int(folder.name))
    return found


def command_of(pid: int) -> str:
    """Its command line."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def _try_one() -> None:
    """Start one and end it."""
    with TemporaryDirectory(prefix="beckon-machine-") as scratch:
        machine = Machine(Path(scratch))
        try:
            machine.start()
        finally:
            machine.stop()


if __name__ == "__main__":
    try:
        _try_one()
    except (StartError, OSError) as error:
        sys.exit(f"beckon: {error}")
