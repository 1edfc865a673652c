"""Root file systems of pinned Debian 12 packages, for where no registry is reached: the images' base, and one that has pip."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path

from deploy.local.errors import StartError

PINS = Path(__file__).parent / "debian.sha256"
FOR_BUILDING = ("python3-pip", "binutils", "binutils-common", "binutils-x86-64-linux-gnu", "libbinutils", "libzstd1")
"""What the build stage needs besides, and no image holds."""
UNREAD = (
    "etc/cron*", "etc/update-motd.d", "etc/systemd", "usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/locale",
    "usr/share/bug", "usr/share/pixmaps", "usr/share/applications", "usr/share/binfmts", "usr/share/zoneinfo/right",
    "usr/lib/python3.11/lib2to3", "usr/lib/python3.11/idlelib", "usr/lib/python3.11/pydoc_data", "usr/sbin", "sbin",
    "usr/lib/x86_64-linux-gnu/gconv",
)  # fmt: skip
"""What a system with people, packages and a shell would read."""
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
Report = Callable[[str], None]


def pinned(pins: Path = PINS) -> dict[str, str]:
    """``name=version`` to the SHA-256 of the package's file."""
    pairs = (line.split() for line in pins.read_text().splitlines())
    return {package: digest for digest, package in pairs}


def make_archives(cache: Path, report: Report) -> tuple[Path, Path]:
    """Two archives, of the base and of the build stage's root, named after the pins and made once.

    Raises:
        StartError: a package is not to be had, or what came is not what is pinned.
    """
    name = hashlib.sha256(PINS.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:12]
    base, build = cache / f"base-{name}.tar", cache / f"build-{name}.tar"
    if not (base.is_file() and build.is_file()):
        packages = bring_packages(cache / "packages", report)
        report(f"putting the base together, of {len(packages)} Debian packages")
        _pack(build, list(packages.values()))
        _pack(base, [file for package, file in packages.items() if package.split("=")[0] not in FOR_BUILDING])
    return base, build


def bring_packages(folder: Path, report: Report, pins: Path = PINS) -> dict[str, Path]:
    """The pinned packages' files; those that are missing are downloaded by apt. A digest is checked at each use."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {package: folder / f"{digest}.deb" for package, digest in pinned(pins).items()}
    missing = [package for package, file in wanted.items() if not file.is_file()]
    if missing:
        report(f"downloading {len(missing)} Debian packages")
        download(missing, folder)
    for package, digest in pinned(pins).items():
        if not wanted[package].is_file() or _digest(wanted[package]) != digest:
            wanted[package].unlink(missing_ok=True)
            raise StartError(f"{package} is not the file that {PINS.name} pins: nothing was built from it.")
    return wanted


def download(packages: list[str], folder: Path) -> list[Path]:
    """Download packages by apt, each into a file named after its digest; a list of packages that is old is renewed once.

    Raises:
        StartError: apt does not have one of them.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise StartError(
            "the base is made of Debian's packages, by apt-get and dpkg-deb: name BASE_IMAGE and BUILD_IMAGE instead."
        )
    with tempfile.TemporaryDirectory(dir=folder) as work:
        command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *packages]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode != 0 and os.geteuid() == 0:
            subprocess.run(["apt-get", "-q", "update"], capture_output=True, check=False)
            done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            why = next((line for line in done.stderr.splitlines() if line.startswith("E:")), "apt gave no reason")
            raise StartError(f"{why}. The base is of Debian 12; after an update of it: python -m deploy.image.debian")
        return [file.rename(folder / f"{_digest(file)}.deb") for file in sorted(Path(work).glob("*.deb"))]


def _pack(archive: Path, packages: list[Path]) -> None:
    with tempfile.TemporaryDirectory(dir=archive.parent) as work:
        root = Path(work)
        for package in packages:
            subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
            _keep_record(root, package)
        for path in (path for pattern in UNREAD for path in root.glob(pattern)):
            subprocess.run(["rm", "-rf", path], check=True)
        _finish(root)
        part = archive.with_suffix(".part")
        with tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as tar:
            for path in sorted(root.rglob("*")):
                tar.add(path, path.relative_to(root), recursive=False, filter=_normal)
        part.replace(archive)


def _keep_record(root: Path, package: Path) -> None:
    """The package's own description where scanners look for it in an image without dpkg, as in distroless ones."""
    record = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, text=True, check=True).stdout
    name = record.split("\n")[0].removeprefix("Package: ")
    file = root / "var/lib/dpkg/status.d" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(record)


def _finish(root: Path) -> None:
    """What Debian's packages do when they are installed, as far as a service needs it."""
    authorities = sorted((root / "usr/share/ca-certificates/mozilla").glob("*.crt"))
    (root / BUNDLE).parent.mkdir(parents=True, exist_ok=True)
    (root / BUNDLE).write_text("".join(path.read_text() for path in authorities))
    (root / "usr/bin/python3").unlink(missing_ok=True)
    (root / "usr/bin/python3").symlink_to("python3.11")
    for folder, mode in (("tmp", 0o1777), ("run/secrets/beckon", 0o755), ("proc", 0o555), ("sys", 0o555), ("dev", 0o755)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder).chmod(mode)


def _normal(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry as every machine packs it, whatever the umask."""
    mode = entry.mode | (0o555 if entry.isdir() else 0o444)
    mode = mode if mode & 0o1000 else mode & ~0o022
    return entry.replace(mtime=0, mode=mode, uid=0, gid=0, uname="", gname="", deep=False)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def renew(names: list[str]) -> None:
    """Pin what apt offers now of the packages with these names."""
    lines = []
    with tempfile.TemporaryDirectory() as work:
        for file in download(names, Path(work)):
            command = ["dpkg-deb", "--show", "--showformat", "${Package}=${Version}", str(file)]
            lines.append((_digest(file), subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    PINS.write_text("".join(f"{digest}  {package}\n" for digest, package in sorted(lines, key=itemgetter(1))))


if __name__ == "__main__":
    renew(sys.argv[1:] or [package.split("=")[0] for package in pinned()])
