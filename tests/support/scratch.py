"""Where tests keep their files: servers, databases and browser profiles write much and keep nothing."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108
ROOM_BYTES = 4 * 1024**3


def use_memory_for_scratch(folder: Path = MEMORY) -> None:
    """Make ``folder`` the place of temporary files of this process and its children, where it suits and nobody chose another.

    On a disk each database of a test costs a quarter of a second of the kernel's time, in memory a tenth of that.
    """
    if "TMPDIR" not in os.environ and is_suitable(folder):
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def is_suitable(folder: Path) -> bool:
    """Whether programs may run there, for some tests put one into it, and a run has room; containers often give 64 MB."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    return not os.statvfs(folder).f_flag & os.ST_NOEXEC and shutil.disk_usage(folder).free >= ROOM_BYTES
