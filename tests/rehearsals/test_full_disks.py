"""A disk is full, of Kafka or PostgreSQL: what was acknowledged is kept, and all goes on by itself once there is room."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from deploy.local.folders import Folders, folders_at
from deploy.local.reset import wipe
from tests.rehearsals.conftest import Figures, a_beckon, a_crowd, a_database
from tests.support.processes.small_disk import full, small_disk
from tests.support.stories.story import SILENT_FOR
from tests.support.waiting import stays, wait_for

MEGABYTES = 700


@contextmanager
def on_small_disks() -> Iterator[tuple[Path, Folders]]:
    """A state folder whose servers have disks of their own."""
    state = Path(tempfile.mkdtemp(prefix="beckon-rehearsal-")) / "state"
    folders = folders_at(state)
    folders.make()
    with ExitStack() as disks:
        for folder in (folders.kafka, folders.postgres):
            disks.enter_context(small_disk(folder, MEGABYTES))
        yield state, folders
    wipe(state)


@pytest.mark.parametrize("server", ["kafka", "postgres"])
def test_a_full_disk_loses_and_doubles_nothing(server: str, figures: Figures) -> None:
    with on_small_disks() as (state, folders), a_beckon(state) as beckon:
        crowd = a_crowd(beckon)
        before = crowd.arrive(3)
        crowd.wait_until_reminded(before)
        waiting = crowd.arrive(3)
        with full(folders.kafka if server == "kafka" else folders.postgres):
            during = crowd.guests(2)
            if server == "kafka":
                wait_for("a report to be refused", lambda: crowd.report(during[0]) == 503, 60)
            else:
                with pytest.raises(asyncpg.DiskFullError):
                    a_database(beckon).run("CREATE TABLE large AS SELECT repeat('x', 1000) FROM generate_series(1, 100000)")
                assert [crowd.report(guest) for guest in during] == [204, 204]
        began = time.monotonic()
        for guest in during:
            wait_for("a report to be taken", partial(crowd.is_taken, guest), 120)
        crowd.answer_yes(during)
        crowd.wait_until_reminded([*waiting, *during], seconds=120)
        good = time.monotonic() - began
        everybody = [*before, *waiting, *during]
        stays("one reminder for each", lambda: set(crowd.reminders(everybody)) == {1}, SILENT_FOR)
    figures.note(f"disk of {server} full", good)
