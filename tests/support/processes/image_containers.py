"""Containers of Beckon's images, as a cluster under the restricted profile runs them, but on this machine's network."""

import json
from collections.abc import Mapping
from typing import Any

from deploy.image.podman import name_of, podman, podman_environment

AS_RESTRICTED = (
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--network=host",
)
"""Nothing can be written anywhere, not even below /tmp."""


def run_command(image: str, name: str, settings: Mapping[str, str], *arguments: str) -> tuple[str, ...]:
    """The command that runs an image; podman takes the settings' values from its own environment, where nobody lists them."""
    given = [f"--env={setting}" for setting in settings if setting.startswith("BECKON_")]
    return ("podman", "run", "--rm", f"--name={name}", *AS_RESTRICTED, *given, name_of(image), *arguments)


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of ``run_command``: podman's own and the settings."""
    return podman_environment() | {name: value for name, value in settings.items() if name.startswith("BECKON_")}


def inspected(container: str) -> dict[str, Any]:
    """What podman knows of a container."""
    found: dict[str, Any] = json.loads(podman("container", "inspect", container))[0]
    return found


def entry_point(*command: str) -> tuple[str, ...]:
    """The option by which an image runs another program than its own."""
    return ("--entrypoint", json.dumps(command))
