"""The demo's settings, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BASE_PORT = 8700
DEMO_OFFSET = 3
PUSH_OFFSET = 6
NEXTERNAL_OFFSET = 7


@dataclass(frozen=True)
class Settings:
    """Where the demo listens and where it keeps what it knows."""

    host: str
    port: int
    push_port: int
    nexternal_port: int
    state: Path


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the environment; what is missing gets the demo's own place."""
    base = int(environment.get("BECKON_BASE_PORT", DEFAULT_BASE_PORT))
    return Settings(
        host=environment.get("BECKON_HTTP_HOST", "127.0.0.1"),
        port=int(environment.get("BECKON_HTTP_PORT", base + DEMO_OFFSET)),
        push_port=int(environment.get("BECKON_PUSH_PORT", base + PUSH_OFFSET)),
        nexternal_port=int(environment.get("BECKON_NEXTERNAL_PORT", base + NEXTERNAL_OFFSET)),
        state=Path(environment.get("BECKON_DEMO_STATE", ".beckon/demo")),
    )
