"""A machine's databases, or all that it had, are gone: what ``backup`` has copied is brought back by ``restore``."""

import shutil
import time
from functools import partial
from pathlib import Path
from typing import get_args

from deploy.local.folders import folders_at
from shared.runtime.postgres.tables import Schema
from tests.rehearsals.conftest import Figures
from tests.support.processes.crowd import Crowd, Guest
from tests.support.processes.operator import Operator
from tests.support.processes.running import Running
from tests.support.stories.story import SILENT_FOR
from tests.support.waiting import stays, wait_for

SERVICES: tuple[Schema, ...] = get_args(Schema)


def backed_up(beckon: Running, folder: Path) -> str:
    """Take a backup of the running Beckon. Returns what the command printed."""
    printed = Operator(beckon).here("backup", str(folder))
    for name in ("ingest", *SERVICES):
        beckon.wait_ready(name, 60)
    return printed


def brought_back(beckon: Running, folder: Path) -> str:
    """Restore, start and release; returns what the restore printed."""
    operator = Operator(beckon)
    printed = operator.here("restore", str(folder))
    beckon.start()
    wait_for("the log to be read again", lambda: operator.lag() == 0, 90)
    assert all(operator.holds(service) for service in SERVICES), "every site is held until somebody has looked"
    for service in SERVICES:
        operator.here("holds", "release", service, "--every-site")
    return printed


def arrived_again(crowd: Crowd) -> list[Guest]:
    """Two new guests, whose browsers report until ingest reaches Kafka again, answer YES."""
    guests = crowd.guests(2)
    for guest in guests:
        wait_for("a report to be taken", partial(crowd.is_taken, guest), 60)
    crowd.answer_yes(guests)
    return guests


def test_lost_databases_are_restored_and_nothing_is_sent_twice(
    beckon: Running, crowd: Crowd, tmp_path: Path, figures: Figures
) -> None:
    known = crowd.arrive(3)
    crowd.wait_until_reminded(known)
    waiting = crowd.arrive(2)
    printed = backed_up(beckon, tmp_path / "backup")
    later = arrived_again(crowd)
    crowd.wait_until_reminded([*waiting, *later], 60)
    unread = crowd.fill_carts(1)
    buyers = crowd.arrive(1, buying=True)

    beckon.interrupt()
    shutil.rmtree(folders_at(beckon.state).postgres)
    began = time.monotonic()
    brought_back(beckon, tmp_path / "backup")
    new = [*unread, *crowd.fill_carts(2)]
    crowd.answer_yes(new)
    crowd.wait_until_reminded(new, 90)
    good = time.monotonic() - began

    reminded = [*known, *waiting, *later, *new]
    stays("one reminder for each", lambda: set(crowd.reminders(reminded)) == {1}, SILENT_FOR)
    assert crowd.reminders(buyers) == [0], "who has bought since the backup is known from the log"
    assert str(beckon.state / "secrets.json") in printed
    figures.note("databases of one machine lost, restored from a backup", good)


def test_a_lost_machine_is_restored_and_what_may_have_left_is_sent_no_more(
    beckon: Running, crowd: Crowd, tmp_path: Path, figures: Figures
) -> None:
    known = crowd.arrive(2)
    crowd.wait_until_reminded(known)
    waiting = crowd.arrive(3)
    backed_up(beckon, tmp_path / "backup")
    crowd.wait_until_reminded(waiting, 60)

    beckon.interrupt()
    keys, folders = (beckon.state / "secrets.json").read_bytes(), folders_at(beckon.state)
    for lost in (folders.postgres, folders.kafka):
        shutil.rmtree(lost)
    (beckon.state / "secrets.json").unlink()
    refused = Operator(beckon).tries_here("restore", str(tmp_path / "backup"))
    (beckon.state / "secrets.json").write_bytes(keys)
    began = time.monotonic()
    printed = brought_back(beckon, tmp_path / "backup")
    new = arrived_again(crowd)
    crowd.wait_until_reminded(new, 90)
    good = time.monotonic() - began

    stays("one reminder for each", lambda: set(crowd.reminders([*known, *waiting, *new])) == {1}, SILENT_FOR)
    assert (refused.returncode, "secrets.json" in refused.stderr) == (1, True)
    assert "counts as sent" in printed
    figures.note("databases and log of one machine lost, restored from a backup", good)
