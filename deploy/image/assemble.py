"""The end of the build stage: ``python3 -m deploy.image.assemble SITE TARGET`` lays out a tree for each image below TARGET.

Standard library only, for it runs before anything is installed; ``strip`` of binutils besides. The same inputs give the same
bytes: modes, order and byte code.
"""

import compileall
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.image.contents import IMAGES, files_of

SITE = "usr/lib/python3/site"
UNREAD = (
    "bin",  # commands of libraries, for shells
    "phonenumbers/geodata",  # names of places and of carriers for prefixes: 43 MB that no code of ours asks for
    "phonenumbers/carrierdata",
    "phonenumbers/geocoder.py",
    "phonenumbers/carrier.py",
)
UNREAD_SUFFIXES = (".pyi", ".pyx", ".pxd", ".c", ".h")
BECKON = """#!/usr/bin/python3
from deploy.command.main import main

main()
"""
ACCOUNT = "beckon:x:10001:"


def assemble(checkout: Path, site: Path, target: Path) -> None:
    """Write ``common``, what all images share, and what each has of its own."""
    common = target / "common"
    shutil.copytree(site, common / SITE, ignore=_unread(site))
    _strip(common / SITE)
    _compile(common / SITE, "/" + SITE)
    _write(common / "usr/bin/beckon", BECKON)
    _write(common / "etc/passwd", f"root:x:0:0:root:/:/sbin/nologin\n{ACCOUNT}10001::/tmp:/sbin/nologin\n")
    _write(common / "etc/group", f"root:x:0:\n{ACCOUNT}\n")
    for image in IMAGES:
        for path in files_of(image, checkout):
            _write(target / image / "app" / path, (checkout / path).read_bytes())
        _compile(target / image / "app", "/app")
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)


def _unread(site: Path) -> Callable[[str, list[str]], set[str]]:
    unread = {site / path for path in UNREAD}

    def ignore(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if Path(folder, name) in unread or name.endswith(UNREAD_SUFFIXES)}

    return ignore


def _strip(folder: Path) -> None:
    """Take the symbols that only a debugger reads out of compiled modules: a third of what wheels bring."""
    modules = sorted(folder.rglob("*.so"))
    subprocess.run(["strip", "--strip-unneeded", *modules], check=True)


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def _compile(folder: Path, where: str) -> None:
    """Byte code that is never checked against its source's time: the root is read-only, and layers have no true times."""
    done = compileall.compile_dir(
        folder,
        maxlevels=50,
        quiet=1,
        stripdir=str(folder),
        prependdir=where,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not done:
        sys.exit(f"beckon: something below {folder} is no Python")


if __name__ == "__main__":
    assemble(Path.cwd(), Path(sys.argv[1]), Path(sys.argv[2]))
