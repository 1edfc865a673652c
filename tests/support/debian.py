"""Programs out of Debian's packages, unpacked into the cache folder: nothing is installed, no service is started."""

import fcntl
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.errors import StartError
from tests.support.kubernetes.binaries import beckons_cache

Report = Callable[[str], None]


def unpacked(package: str, program: str, report: Report) -> Path:
    """The path of a program in a package of this Debian.

    Raises:
        StartError: apt cannot bring the package.
    """
    folder = beckons_cache("debian") / package
    with folder.with_name(f"{package}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / program).is_file():
            report(f"downloading Debian's {package}")
            _bring(package, folder)
    return folder / program


def _bring(package: str, folder: Path) -> None:
    with TemporaryDirectory(prefix="beckon-debian-") as scratch:
        Path(scratch).chmod(0o755)
        if _failed(["apt-get", "download", "-q", package], scratch):
            _failed(["apt-get", "update", "-qq"], scratch)
            if error := _failed(["apt-get", "download", "-q", package], scratch):
                raise StartError(f"apt could not download {package}: {error}")
        (archive,) = Path(scratch).glob("*.deb")
        if error := _failed(["dpkg", "-x", f"{archive}", f"{folder}"], scratch):
            raise StartError(f"{package} could not be unpacked: {error}")


def _failed(command: list[str], folder: str) -> str:
    """The last line of what a command printed when it failed; nothing when it did not."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
