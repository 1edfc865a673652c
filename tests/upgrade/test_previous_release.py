"""The previous release on the schema of this one, as it runs while an upgrade goes through: its own stories, its own code.

``make upgrade``; not part of ``make test``, for it starts a Beckon of its own and brings a second checkout.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from deploy.local.folders import CHECKOUT
from shared.runtime.postgres.migrate import FOLDERS, migrations_of
from shared.runtime.postgres.tables import Schema
from tests.upgrade.previous import check_out, previous_release

STORIES = (
    "tests/e2e/test_story_recovers.py::test_a_cart_left_behind_makes_a_phone_buzz_and_its_link_brings_it_back",
    "tests/e2e/test_story_goes_on.py",
)
"""Story 1, it recovers; stories 8 and 9, it goes on after a stop and after a crash at each named point."""
NEW_SCHEMA = {service: f"services/{FOLDERS.get(service, service)}/migrations" for service in get_args(Schema)}
COMMON = "shared/runtime/postgres/tables.sql"
MINUTES = 15


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The previous release's files, with this release's schema in place of its own."""
    check_out(previous_release(), tmp_path)
    for folder in NEW_SCHEMA.values():
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
    assert {service: len(migrations_of(service)) for service in NEW_SCHEMA} == {
        service: len(list((checkout / folder).glob("*.sql"))) for service, folder in NEW_SCHEMA.items()
    }
