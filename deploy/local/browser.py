"""``make demo-browser``: a Chromium that the demo's push service reaches.

Any other browser asks its maker's push service, which cannot reach a machine that it does not know.
"""

import os
import shutil
import sys
from collections.abc import Mapping

from deploy.local.errors import StartError
from deploy.local.folders import folders_at, state_folder
from deploy.local.ports import Ports, ports_from

BINARIES = ("chromium", "chromium-browser", "google-chrome")


def push_flags(ports: Ports) -> list[str]:
    """Where this browser checks in, registers, and gets its pushes."""
    push = ports.address("demo", "push.localhost")
    return [
        f"--gcm-checkin-url={push}/checkin",
        f"--gcm-registration-url={push}/register",
        f"--gcm-mcs-endpoint=https://127.0.0.1:{ports.of('push')}",
        "--ignore-certificate-errors",
    ]


def command(environment: Mapping[str, str]) -> list[str]:
    """What to run.

    Raises:
        StartError: there is no Chromium, or no screen to show it on.
    """
    binary = next((found for name in BINARIES if (found := shutil.which(name))), None)
    if binary is None:
        raise StartError("There is no Chromium: install it (on Debian: apt-get install chromium).")
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        raise StartError("There is no screen here: run this on a desktop, or read the README on how tests push to a browser.")
    ports = ports_from(environment)
    profile = folders_at(state_folder(environment)).state / "browser"
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    pages = [ports.address("demo", "shop.localhost"), ports.address("demo", "phones.localhost")]
    return [binary, f"--user-data-dir={profile}", "--no-first-run", *push_flags(ports), *as_root, *pages]


if __name__ == "__main__":
    try:
        line = command(os.environ)
    except StartError as error:
        sys.exit(f"beckon: {error}")
    os.execv(line[0], line)  # noqa: S606  our own arguments, no shell
