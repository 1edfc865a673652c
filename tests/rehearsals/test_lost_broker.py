"""One of three brokers is lost for a while: nothing that was acknowledged is lost, and all goes on without it."""

import tempfile
import time
from functools import partial
from pathlib import Path

from deploy.local.reset import wipe
from tests.rehearsals.conftest import Figures, a_beckon, a_crowd
from tests.support.stories.story import SILENT_FOR
from tests.support.waiting import stays, wait_for

SUPERVISOR = "tests.support.processes.three_brokers_supervisor"


def test_a_lost_broker_loses_and_doubles_nothing(figures: Figures) -> None:
    state = Path(tempfile.mkdtemp(prefix="beckon-rehearsal-")) / "state"
    with a_beckon(state, SUPERVISOR) as beckon:
        crowd = a_crowd(beckon)
        waiting = crowd.arrive(4)
        bring_back = beckon.kill_and_hold("kafka-2")
        began = time.monotonic()
        during = crowd.guests(4)
        for guest in during:
            wait_for("a report to be taken", partial(crowd.is_taken, guest), 60)
        crowd.answer_yes(during)
        crowd.wait_until_reminded([*waiting, *during], 60)
        good = time.monotonic() - began
        bring_back()
        buyers = crowd.arrive(2, buying=True)
        after = crowd.arrive(2)
        crowd.wait_until_reminded(after, 60)
        stays("one reminder for each", lambda: set(crowd.reminders([*waiting, *during, *after])) == {1}, SILENT_FOR)
        assert crowd.reminders(buyers) == [0, 0]
    wipe(state)
    figures.note("one of three brokers lost", good)
