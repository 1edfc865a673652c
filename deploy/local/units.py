"""What the supervisor runs: a command, its environment, and how to tell that it is ready."""

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
