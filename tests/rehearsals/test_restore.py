"""PostgreSQL is brought back as it was some time ago: nobody gets a second message, and who was waiting gets the first."""

import time
from contextlib import ExitStack
from typing import get_args

from shared.runtime.postgres.tables import Schema
from tests.rehearsals.conftest import Figures
from tests.support.processes.crowd import Crowd
from tests.support.processes.database import Database
from tests.support.processes.operator import Operator
from tests.support.processes.postgres_backup import Backup
from tests.support.processes.running import Running
from tests.support.stories.story import SILENT_FOR
from tests.support.waiting import stays, wait_for

SERVICES: tuple[Schema, ...] = get_args(Schema)


def test_a_restored_database_sends_nothing_twice(beckon: Running, crowd: Crowd, database: Database, figures: Figures) -> None:
    backup, operator = Backup(beckon, database), Operator(beckon)
    backup.begin()
    known = crowd.arrive(3)
    crowd.wait_until_reminded(known)
    waiting = crowd.arrive(3)
    moment = backup.now()
    lost = crowd.arrive(3)
    crowd.wait_until_reminded([*waiting, *lost])
    buyers = crowd.arrive(2, buying=True)

    stopped = ExitStack()
    for service in SERVICES:
        stopped.enter_context(beckon.held(service))
    backup.restore(moment)
    began = time.monotonic()
    for service in SERVICES:
        operator.run(service, "rewind", service)
    stopped.close()
    for service in SERVICES:
        beckon.wait_ready(service)
    new = crowd.fill_carts(2)
    wait_for("the log to be read again", lambda: operator.lag() == 0, 60)
    assert all(operator.holds(service) for service in SERVICES)
    for service in SERVICES:
        operator.run(service, "holds", "release", service, "--every-site")
    crowd.answer_yes(new)
    crowd.wait_until_reminded(new)
    good = time.monotonic() - began
    reminded = [*known, *waiting, *lost, *new]
    stays("one reminder for each", lambda: set(crowd.reminders(reminded)) == {1}, SILENT_FOR)
    assert crowd.reminders(buyers) == [0, 0], "who has bought since the backup is known from the log"
    figures.note("PostgreSQL restored to an earlier moment", good)
