"""Which addresses one machine's Beckon uses, and a clear error when one is taken."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StartError

DEFAULT_BASE = 8700
NAMES = {
    "onboarding": 0,
    "ingest": 1,
    "notify": 2,
    "demo": 3,
    "push": 6,
    "nexternal": 7,
    "onboarding metrics": 10,
    "ingest metrics": 11,
    "notify metrics": 12,
    "orders metrics": 13,
    "sources metrics": 14,
    "Kafka": 20,
    "Kafka controller": 21,
    "PostgreSQL": 22,
}
LISTENING = "0A"  # the kernel's word for it in /proc/net/tcp


@dataclass(frozen=True)
class Ports:
    """All ports follow from one base."""

    base: int

    def of(self, name: str) -> int:
        """The port of one of ``NAMES``."""
        return self.base + NAMES[name]

    def address(self, name: str, host: str = "127.0.0.1") -> str:
        """``http://host:port``."""
        return f"http://{host}:{self.of(name)}"

    def check_free(self) -> None:
        """Raise ``StartError`` when somebody else has one of them."""
        for name in NAMES:
            if not is_free(port := self.of(name)):
                raise StartError(
                    f"Port {port}, which {name} needs, is taken by {owner_of(port) or 'another program'}: "
                    f"stop it, or choose another range with BECKON_BASE_PORT (now {self.base})."
                )


def ports_from(environment: Mapping[str, str]) -> Ports:
    """The range that ``BECKON_BASE_PORT`` names.

    Raises:
        StartError: it is not a port, or leaves no room above it.
    """
    given = environment.get("BECKON_BASE_PORT") or str(DEFAULT_BASE)
    highest = 65_535 - max(NAMES.values())
    if not given.isdecimal() or not 1024 <= int(given) <= highest:
        raise StartError(f"BECKON_BASE_PORT is {given!r}: give a number from 1024 to {highest}.")
    return Ports(int(given))


def is_free(port: int) -> bool:
    """A server could listen on this port now. What a stopped one leaves in TIME_WAIT does not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listens(port: int) -> bool:
    """Somebody answers on this port of the loopback interface."""
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def owner_of(port: int) -> str | None:
    """``name (process id)`` of who listens on a port, where the system lets us see it."""
    sockets = {f"socket:[{inode}]" for inode in _inodes_of(port)}
    for handle in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(handle.readlink()) in sockets:
                process = handle.parents[1]
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:  # it ended meanwhile, or belongs to another user
            continue
    return None


def _inodes_of(port: int) -> set[str]:
    tables = [path.read_text().splitlines()[1:] for path in map(Path, ("/proc/net/tcp", "/proc/net/tcp6")) if path.exists()]
    rows = [line.split() for table in tables for line in table]
    return {row[9] for row in rows if row[3] == LISTENING and int(row[1].rsplit(":", 1)[1], 16) == port}
