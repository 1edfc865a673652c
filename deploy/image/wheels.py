"""The wheels of ``requirements/image.txt``, brought by pip as it is set up here and checked against their pinned hashes."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.local.errors import StartError
from deploy.local.folders import CHECKOUT

REQUIREMENTS = CHECKOUT / "requirements" / "image.txt"
PLATFORMS = ("manylinux2014_x86_64", *(f"manylinux_2_{minor}_x86_64" for minor in range(5, 37)))
"""Debian 12 has glibc 2.36; pip takes these names as they are, and concludes nothing from one to the next."""
FOR_THE_IMAGE = (
    *("--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11"),
    *(part for abi in ("cp311", "abi3", "none") for part in ("--abi", abi)),
    *(part for platform in PLATFORMS for part in ("--platform", platform)),
)
"""The images' Python, whatever runs this."""


def bring_wheels(cache: Path, report: Callable[[str], None]) -> Path:
    """The folder of exactly the pinned wheels; complete once it has its name.

    Raises:
        StartError: pip could not bring them.
    """
    folder = cache / f"wheels-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"
    if not folder.is_dir():
        report("downloading the images' wheels")
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", *FOR_THE_IMAGE]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(part), "--requirement", str(REQUIREMENTS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StartError(f"pip could not bring the images' wheels: {done.stderr.strip()[-500:]}")
        part.rename(folder)
    return folder
