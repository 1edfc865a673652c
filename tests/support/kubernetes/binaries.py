"""Programs of a cluster, built once per user from their Go modules, each of which go.sum pins by its hash."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StartError
from deploy.local.jars import cache_folder

MODULES = Path(__file__).parent / "go"
Report = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """Programs of one module of ``MODULES``."""

    module: str
    packages: Mapping[str, str]
    """Which package each is made of."""
    title: str
    how_many: int
    """Roughly how many packages are compiled, for the progress that is shown."""
    flags: str = ""

    @property
    def sources(self) -> Path:
        """What pins and names them."""
        return MODULES / self.module

    def folder(self) -> Path:
        """Where they are kept: another for other pins."""
        pins = b"".join((self.sources / name).read_bytes() for name in ("go.mod", "go.sum", *self._code()))
        return cache_folder().with_name(f"{self.title}-{hashlib.sha256(pins).hexdigest()[:8]}")

    def _code(self) -> list[str]:
        return sorted(path.name for path in self.sources.glob("*.go"))

    def is_there(self) -> bool:
        """Whether nothing has to be compiled."""
        return all((self.folder() / program).is_file() for program in self.packages)


def version() -> str:
    """Kubernetes' version as go.mod requires it, without the v."""
    found = re.search(r"^require k8s.io/kubernetes v([0-9.]+)$", (MODULES / "kubernetes/go.mod").read_text(), re.MULTILINE)
    assert found is not None, "go.mod requires k8s.io/kubernetes"
    return found.group(1)


KUBERNETES = Built(
    "kubernetes",
    {
        name: f"k8s.io/kubernetes/cmd/{name}"
        for name in ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubelet")
    },
    f"kubernetes-{version()}",
    2000,
    f"-X k8s.io/component-base/version.gitVersion=v{version()}",
)
NAMES = Built("coredns", {"coredns": "."}, "coredns", 750)
POLICIES = Built(
    "kube-router", {"kube-router": "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"}, "kube-router", 900
)
ALL = (KUBERNETES, NAMES, POLICIES)


def beckons_cache(name: str) -> Path:
    """A folder beside Kafka's jars, for every checkout of this user."""
    folder = cache_folder().with_name(name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def programs(wanted: Built, report: Report) -> Path:
    """Their folder; what is missing is compiled: two cores take six minutes for Kubernetes and one for each of the others.

    Raises:
        StartError: there is no Go, an old one, or the build failed.
    """
    folder = beckons_cache(wanted.folder().name)
    with folder.with_name(f"{folder.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.is_there():
            _build(wanted, folder, report)
    return folder


def _build(wanted: Built, folder: Path, report: Report) -> None:
    if shutil.which("go") is None:
        raise StartError("Kubernetes is compiled by Go, 1.26 or newer, and no go is on the PATH: install it first.")
    part = folder / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    report(f"compiling {wanted.title}, once: minutes")
    flags = ["-v", "-mod=readonly", "-trimpath", f"-ldflags=-s -w {wanted.flags}"]
    for program, package in wanted.packages.items():
        command = ["nice", "go", "build", *flags, "-o", f"{part / program}", package]
        environment = {**os.environ, "CGO_ENABLED": "0"}
        with subprocess.Popen(command, cwd=wanted.sources, env=environment, stderr=subprocess.PIPE, text=True) as build:
            last = _show(build, wanted.how_many, report)
        if build.returncode != 0:
            raise StartError(f"{program} could not be compiled: {last}")
        (part / program).replace(folder / program)
    part.rmdir()


def _show(build: "subprocess.Popen[str]", how_many: int, report: Report) -> str:
    """A line for each tenth; Go names each package that it compiles. Returns the last line."""
    assert build.stderr is not None, "it is a pipe"
    compiled, last = 0, "it printed nothing"
    for line in build.stderr:
        last = line.strip()
        compiled += "/" in last and " " not in last
        if compiled and compiled % (how_many // 10) == 0:
            report(f"    {compiled} packages of about {how_many}")
    return last


if __name__ == "__main__":
    if not_there := [built.title for built in ALL if not built.is_there()]:
        sys.exit(f"beckon: not compiled yet: {', '.join(not_there)}")
