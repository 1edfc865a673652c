"""One Beckon for all stories, as `make demo` starts it, with a timing that tests can wait for."""

import inspect
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect as expect_later
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from deploy.local.folders import folders_at
from deploy.local.ports import Ports
from deploy.local.postgres import DATABASE
from deploy.local.reset import wipe
from deploy.local.services import DEMO_ACCOUNT
from tests.support.browsers.shared_chromium import CHROMIUM_OF_LABS
from tests.support.browsers.shoppers import chromium
from tests.support.processes.database import Database
from tests.support.processes.running import Running, free_base_port
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.leaks import readable_people
from tests.support.stories.story import PACE, SILENT_FOR
from tests.support.waiting import DEADLINE_SECONDS

LONGEST = ("test_newcomers_shops.py", "test_story_goes_on.py", "test_story_silence.py")
_numbers = count(100)
for each in (expect, expect_later):
    each.set_options(timeout=DEADLINE_SECONDS * 1000)  # Playwright's own 5 s are few where three browsers share two cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Asynchronous tests first: Playwright's synchronous driver keeps a loop running in this thread once it has started.

    Then the stories, the longest files first so that two processes end together, and the console after them: its pages are
    looked at with what the stories left.
    """
    for item in filter(_is_asynchronous, items):
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)  # they share a browser, which has one loop
    items.sort(key=_place)


def _is_asynchronous(item: pytest.Item) -> bool:
    return inspect.iscoroutinefunction(getattr(item, "obj", None))


def _place(item: pytest.Item) -> tuple[bool, bool, bool]:
    name = item.path.name
    return not _is_asynchronous(item), name.startswith("test_console"), name not in LONGEST


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def labs_end() -> AsyncIterator[None]:
    """What their tests have shared is closed."""
    yield
    await CHROMIUM_OF_LABS.close()


@pytest.fixture(scope="session")
def beckon() -> Iterator[Running]:
    """A running Beckon, in a folder of its own."""
    state = Path(tempfile.mkdtemp(prefix="beckon-story-")) / "state"
    running = Running(state, Ports(free_base_port()), PACE)
    try:
        running.start()
        yield running
        assert readable_people(folders_at(state)) == [], "after the stories nobody of them can be read anywhere"
    finally:
        running.stop()
        wipe(state)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium; each person gets a context of their own."""
    with chromium(playwright) as launched:
        yield launched


@pytest.fixture(autouse=True)
def everybody_leaves(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pages that stay open go on asking for news."""
    yield
    if "browser" in request.fixturenames:
        for context in request.getfixturevalue("browser").contexts:
            context.close()


@pytest.fixture(scope="session")
def carrier(beckon: Running) -> Iterator[CarrierLog]:
    """The carrier's own log. Answers to STOP and START are left to Beckon. After the stories it is looked over once more."""
    log = CarrierLog(beckon.ports.address("demo"))
    yield log
    log.holds(SILENT_FOR)


@pytest.fixture(autouse=True)
def well_behaved_carrier(request: pytest.FixtureRequest) -> None:
    """No test inherits another's faults."""
    if "carrier" in request.fixturenames:
        request.getfixturevalue("carrier").switch(
            hold=False, callbacks="on", replies=True, faults=[], opt_outs=False, listed=True
        )


@pytest.fixture(scope="session")
def console(beckon: Running) -> ConsoleApi:
    """The merchant."""
    return ConsoleApi(beckon.console("").rstrip("/"), DEMO_ACCOUNT, beckon.secrets()["console_password"])


@pytest.fixture(scope="session")
def database(beckon: Running) -> Database:
    """The database, for looking and for locks."""
    password = beckon.secrets()["superuser_password"]
    return Database(f"postgresql://beckon:{password}@127.0.0.1:{beckon.ports.of('PostgreSQL')}/{DATABASE}")


@pytest.fixture(autouse=True)
def nobody_signed_up_before(request: pytest.FixtureRequest) -> None:
    """All tests come from one address, from which twenty accounts may be made in a quarter of an hour."""
    if "beckon" in request.fixturenames:
        request.getfixturevalue("database").rows("DELETE FROM onboarding.failed_sign_ins WHERE subject LIKE 'signup:%'")


@pytest.fixture(scope="session")
def secret_key(console: ConsoleApi) -> str:
    """A key of the order API."""
    return console.new_secret_key()


@pytest.fixture
def number() -> str:
    """A phone that nobody else in these tests has."""
    return f"+1423555{next(_numbers):04d}"
