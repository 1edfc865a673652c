"""Kubernetes' own programs, built once per user from their Go modules, each of which go.sum pins by its hash."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from deploy.local.errors import StartError
from deploy.local.jars import cache_folder

MODULE = Path(__file__).parent / "go"
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubelet")
PACKAGES = 2000
"""Roughly how many are compiled, for the progress that is shown."""
Report = Callable[[str], None]


def version(module: Path = MODULE) -> str:
    """Kubernetes' version as go.mod requires it, without the v."""
    found = re.search(r"^require k8s.io/kubernetes v([0-9.]+)$", (module / "go.mod").read_text(), re.MULTILINE)
    assert found is not None, "go.mod requires k8s.io/kubernetes"
    return found.group(1)


def beckons_cache(name: str) -> Path:
    """A folder beside Kafka's jars, for every checkout of this user."""
    folder = cache_folder().with_name(name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kubernetes_programs(report: Report) -> Path:
    """The folder of ``PROGRAMS``; what is missing is compiled, which takes two cores about six minutes.

    Raises:
        StartError: there is no Go, an old one, or the build failed.
    """
    folder = beckons_cache(_name())
    with folder.with_name(f"{folder.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_built():
            _build(folder, report)
    return folder


def is_built() -> bool:
    """Whether nothing has to be compiled."""
    folder = cache_folder().with_name(_name())
    return all((folder / program).is_file() for program in PROGRAMS)


def _name() -> str:
    pins = (MODULE / "go.mod").read_bytes() + (MODULE / "go.sum").read_bytes() + (MODULE / "tools.go").read_bytes()
    return f"kubernetes-{version()}-{hashlib.sha256(pins).hexdigest()[:8]}"


def _build(folder: Path, report: Report) -> None:
    if shutil.which("go") is None:
        raise StartError("Kubernetes is compiled by Go, 1.26 or newer, and no go is on the PATH: install it first.")
    part = folder / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    report(f"compiling Kubernetes {version()}, once: minutes")
    flags = ["-v", "-mod=readonly", "-trimpath", f"-ldflags=-s -w -X k8s.io/component-base/version.gitVersion=v{version()}"]
    command = ["nice", "go", "build", *flags, "-o", f"{part}/", *(f"k8s.io/kubernetes/cmd/{name}" for name in PROGRAMS)]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    with subprocess.Popen(command, cwd=MODULE, env=environment, stderr=subprocess.PIPE, text=True) as build:
        last = _show(build, report)
    if build.returncode != 0:
        raise StartError(f"Kubernetes could not be compiled: {last}")
    for program in PROGRAMS:
        (part / program).replace(folder / program)
    part.rmdir()


def _show(build: "subprocess.Popen[str]", report: Report) -> str:
    """A line for each tenth; Go names each package that it compiles. Returns the last line."""
    assert build.stderr is not None, "it is a pipe"
    compiled, last = 0, "it printed nothing"
    for line in build.stderr:
        last = line.strip()
        compiled += "/" in last and " " not in last
        if compiled and compiled % (PACKAGES // 10) == 0:
            report(f"    {compiled} packages of about {PACKAGES}")
    return last
