"""A Beckon of its own for each rehearsal: what is rehearsed breaks its servers."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.ports import Ports
from deploy.local.postgres import DATABASE
from deploy.local.reset import wipe
from deploy.local.services import DEMO_ACCOUNT
from tests.support.processes.crowd import Crowd
from tests.support.processes.database import Database
from tests.support.processes.running import Running, free_base_port
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi

PACE = {"BECKON_DEMO_ABANDONED_AFTER": "4", "BECKON_DEMO_STEP_DELAY": "3", "BECKON_GIVE_UP_SECONDS": "6"}


class Figures:
    """What was measured, a line for each rehearsal."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, rehearsal: str, seconds_until_good: float) -> None:
        """Add a line: nothing was lost, doubled or wrongly silenced, or the rehearsal would have failed."""
        self.lines.append(f"| {rehearsal} | {seconds_until_good:.0f} s |")


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """Printed when all rehearsals are over."""
    figures = Figures()
    yield figures
    print("\n| rehearsal | until good |", *figures.lines, sep="\n")


@contextmanager
def a_beckon(state: Path, program: str = "deploy.local.supervisor") -> Iterator[Running]:
    """A running Beckon in this folder, started by this program."""
    running = Running(state, Ports(free_base_port()), PACE, program=program)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def a_crowd(beckon: Running) -> Crowd:
    """Shoppers of its demo's shop."""
    carrier = CarrierLog(beckon.ports.address("demo"))
    console = ConsoleApi(beckon.console("").rstrip("/"), DEMO_ACCOUNT, beckon.secrets()["console_password"])
    return Crowd(beckon, carrier, console)


def a_database(beckon: Running) -> Database:
    """Its database, as the superuser sees it."""
    password = beckon.secrets()["superuser_password"]
    return Database(f"postgresql://beckon:{password}@127.0.0.1:{beckon.ports.of('PostgreSQL')}/{DATABASE}")


@pytest.fixture
def beckon() -> Iterator[Running]:
    """A running Beckon, in a folder of its own."""
    state = Path(tempfile.mkdtemp(prefix="beckon-rehearsal-")) / "state"
    with a_beckon(state) as running:
        yield running
    wipe(state)


@pytest.fixture
def crowd(beckon: Running) -> Crowd:
    return a_crowd(beckon)


@pytest.fixture
def database(beckon: Running) -> Database:
    return a_database(beckon)
