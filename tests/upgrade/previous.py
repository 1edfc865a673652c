"""The previous release out of this repository: the newest tag, or the commit that stands for it."""

import subprocess
import tomllib
from pathlib import Path

import pytest

from deploy.local.folders import CHECKOUT


def git(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Git in this checkout, whatever comes of it."""
    return subprocess.run(["git", "-C", str(CHECKOUT), *arguments], capture_output=True, check=False)


def previous_release() -> str:
    """The newest tag of a release; without one the commit that stands for it. Fails where this clone does not have it."""
    tag = git("describe", "--tags", "--abbrev=0", "--match", "v*")
    if tag.returncode == 0:
        return tag.stdout.decode().strip()
    commit: str = tomllib.loads((CHECKOUT / "deploy" / "previous_release.toml").read_text())["commit"]
    if git("cat-file", "-e", f"{commit}^{{commit}}").returncode != 0:
        pytest.fail(f"{commit} is not in this clone, which may be shallow: git fetch --unshallow --tags")
    return commit


def check_out(release: str, folder: Path) -> None:
    """Write the files of a release into a folder."""
    archive = git("archive", "--format=tar", release)
    assert archive.returncode == 0, archive.stderr.decode()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
