"""The previous release on the schema of this one, as it runs while an upgrade goes through: its own stories, its own code.

``make upgrade``; not part of ``make test``, for it starts a Beckon of its own and brings a second checkout.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.local.folders import CHECKOUT
from shared.runtime.postgres.migrate import migrations_of

STORIES = (
    "tests/e2e/test_story_recovers.py::test_a_cart_left_behind_makes_a_phone_buzz_and_its_link_brings_it_back",
    "tests/e2e/test_story_goes_on.py",
)
"""Story 1, it recovers; stories 8 and 9, it goes on after a stop and after a crash at each named point."""
NEW_SCHEMA = ("services/orders/migrations", "services/notify/migrations", "services/onboarding/migrations")
COMMON = "shared/runtime/postgres/tables.sql"
MINUTES = 15


def git(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
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


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The previous release's files, with this release's schema in place of its own."""
    archive = git("archive", "--format=tar", previous_release())
    assert archive.returncode == 0, archive.stderr.decode()
    subprocess.run(["tar", "-x", "-C", str(tmp_path)], input=archive.stdout, check=True)
    for folder in NEW_SCHEMA:
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, dirs_exist_ok=True)
    shutil.copy(CHECKOUT / COMMON, tmp_path / COMMON)
    return tmp_path


def test_the_previous_release_passes_its_stories_on_the_new_schema(checkout: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith("PYTEST_")}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *STORIES],
        cwd=checkout,
        env=environment,
        timeout=MINUTES * 60,
        check=False,
    )

    assert done.returncode == 0
    assert {len(migrations_of(service)) for service in ("orders", "notify", "onboarding")} == {
        len(list((checkout / folder).glob("*.sql"))) for folder in NEW_SCHEMA
    }
