"""Runs inside an image, by its own Python and the standard library alone: prints what it finds there as one JSON object."""

import importlib
import json
import os
import stat
from pathlib import Path

SKIPPED = {"/proc", "/sys", "/dev", "/inside.py"}
APP = Path("/app")


def files() -> list[Path]:
    """Every file of the image, no link followed."""
    found = []
    for folder, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in SKIPPED]
        found += [Path(folder, name) for name in names]
    return [path for path in found if str(path) not in SKIPPED and not str(path).startswith("/run/")]


def importable() -> list[str]:
    """Our modules, but for those that begin to serve when they are imported."""
    paths = [path.relative_to(APP).with_suffix("") for path in sorted(APP.rglob("*.py")) if path.name != "__main__.py"]
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


def why_not(module: str) -> str | None:
    """Why a module cannot be imported."""
    try:
        importlib.import_module(module)
    except Exception as error:
        return f"{module}: {type(error).__name__}: {error}"
    return None


def refusal_of_writing(folder: str) -> str:
    """What the system answers to a new file there."""
    try:
        Path(folder, "new").write_text("new")
    except OSError as error:
        return os.strerror(error.errno or 0)
    return "written"


if __name__ == "__main__":
    everything = files()
    modes = {path: path.lstat().st_mode for path in everything}
    regular = [path for path, mode in modes.items() if stat.S_ISREG(mode)]
    report = {
        "bytes": sum(path.lstat().st_size for path in everything),
        "programs": sorted(
            str(path) for path in everything if path.parent.name in ("bin", "sbin") and os.access(path, os.X_OK)
        ),
        "with_rights_of_others": sorted(str(path) for path in regular if modes[path] & (stat.S_ISUID | stat.S_ISGID)),
        "writable": sorted(str(path) for path in regular if modes[path] & 0o022),
        "app": sorted(str(path.relative_to(APP)) for path in regular if path.is_relative_to(APP) and path.suffix != ".pyc"),
        "ids": [os.getuid(), os.getgid(), *os.getgroups()],
        "status": dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line),
        "writing": {folder: refusal_of_writing(folder) for folder in ("/", "/app", "/tmp", "/usr/lib/python3/site")},  # noqa: S108
        "imported": len(importable()),
        "not_imported": [reason for module in importable() if (reason := why_not(module)) is not None],
    }
    print(json.dumps(report))
