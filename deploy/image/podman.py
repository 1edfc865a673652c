"""podman, as this kind of machine needs it, and the images' names in it."""

import os
import subprocess
from pathlib import Path

from deploy.local.errors import StartError
from shared.runtime.build import VERSION

CONFIGURATION = Path(__file__).parent / "containers.conf"


def name_of(image: str) -> str:
    """The name under which an image is kept here."""
    return f"localhost/beckon-{image}:{VERSION}"


def podman(*arguments: str) -> str:
    """Run podman to its end; its output.

    Raises:
        StartError: it failed, with its own last lines.
    """
    done = subprocess.run(["podman", *arguments], env=podman_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StartError("podman " + " ".join(arguments[:2]) + ":\n" + "\n".join(done.stderr.splitlines()[-12:]))
    return done.stdout.strip()


def podman_environment() -> dict[str, str]:
    """The environment of podman: this process's, and our configuration where there is no other."""
    return {"CONTAINERS_CONF": str(CONFIGURATION)} | dict(os.environ)
