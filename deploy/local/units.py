"""What the supervisor runs: a command, its environment, and how to check that it is ready."""

import pwd
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM, Signals


@dataclass(frozen=True)
class Unit:
    """One process. ``ready`` is asked often and must answer at once."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    ready: Callable[[], bool]
    stop_signal: Signals = SIGTERM
    stop_seconds: float = 4.0
    user: str | None = None
    folder: Path | None = None

    @property
    def group(self) -> int | None:
        """The user's own group: without it the process would keep root's."""
        return group_of(self.user)


def group_of(user: str | None) -> int | None:
    """The primary group of a user; None, which changes nothing, for nobody in particular."""
    return None if user is None else pwd.getpwnam(user).pw_gid
