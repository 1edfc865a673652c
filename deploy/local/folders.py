"""Where one machine's Beckon keeps its state."""

import hashlib
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Folders:
    """``state`` is the checkout's; ``postgres`` moves out where an unprivileged user could not reach it."""

    state: Path
    postgres: Path

    @property
    def logs(self) -> Path:
        """One file of JSON lines for each process."""
        return self.state / "logs"

    @property
    def pids(self) -> Path:
        """What runs, so that the next start can stop what a killed one left."""
        return self.state / "pids"

    @property
    def held(self) -> Path:
        """A file named after a process here keeps it stopped."""
        return self.state / "held"

    @property
    def kafka(self) -> Path:
        """The broker's log."""
        return self.state / "kafka"

    @property
    def demo(self) -> Path:
        """What shop, office, carrier and phones remember."""
        return self.state / "demo"

    def make(self) -> None:
        """Make what is missing; ours alone to read."""
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o711)  # others may walk through to PostgreSQL's folder, and read nothing
        for folder in (self.logs, self.pids, self.held, self.kafka, self.demo):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not self.postgres.is_dir():
            self.postgres.mkdir(parents=True, mode=0o700)
        if runs_as_root():
            shutil.chown(self.postgres, UNPRIVILEGED)


def state_folder(environment: Mapping[str, str]) -> Path:
    """``BECKON_STATE``, else ``.beckon`` in the checkout."""
    return Path(environment.get("BECKON_STATE") or CHECKOUT / ".beckon")


def runs_as_root() -> bool:
    """PostgreSQL refuses to, so it runs as somebody else then."""
    return os.geteuid() == 0


def folders_at(state: Path) -> Folders:
    """Choose the folders for a state folder.

    Root runs PostgreSQL as an unprivileged user, who must be able to walk to its folder. Below a home of mode 0700 that
    is impossible, and we never loosen the mode of a folder that is not ours.
    """
    state = state.absolute()
    if not runs_as_root() or all(_passable(parent) for parent in state.parents):
        return Folders(state, state / "postgres")
    name = hashlib.sha256(str(state).encode()).hexdigest()[:12]
    return Folders(state, Path("/var/lib") / f"beckon-{name}")


def _passable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return bool(folder.stat().st_mode & stat.S_IXOTH)
