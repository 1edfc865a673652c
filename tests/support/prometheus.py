"""Prometheus' own programs, the machine's or Debian's unpacked into the cache folder; none is installed or started."""

import shutil
import subprocess
from pathlib import Path

from tests.support.debian import unpacked

PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "amtool": "prometheus-alertmanager",
    "prometheus-alertmanager": "prometheus-alertmanager",
}


def program(name: str) -> Path:
    """The path of one of ``PACKAGES``.

    Raises:
        StartError: the machine has none, and apt cannot bring it.
    """
    found = shutil.which(name)
    return Path(found) if found else unpacked(PACKAGES[name], f"usr/bin/{name}", print)


def checked(name: str, *arguments: str | Path, given: bytes = b"") -> str:
    """What a program printed about its arguments, or about what it was given; an AssertionError with it where it failed."""
    done = subprocess.run([program(name), *arguments], input=given, capture_output=True, timeout=300, check=False)
    printed = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, printed
    return printed
