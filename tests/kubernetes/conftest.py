"""One cluster for all tests here, and one Beckon in its pods: the tests of its pods come last, as their names sort."""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from deploy.local.services import DEMO_ACCOUNT
from tests.support.browsers.shoppers import chromium
from tests.support.kubernetes.cluster import Cluster, a_cluster
from tests.support.kubernetes.pods import Pods, beckon_in_pods
from tests.support.processes.database import Database
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.waiting import DEADLINE_SECONDS

_numbers = count(100)
expect.set_options(timeout=DEADLINE_SECONDS * 1000)


def pytest_configure() -> None:
    """Who ends a run by SIGTERM, as a time-out of CI does, leaves nothing behind either."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Kubernetes of one real node."""
    with a_cluster() as started:
        yield started


@pytest.fixture(scope="session")
def pods(cluster: Cluster) -> Iterator[Pods]:
    """Overlay small, applied, with a shop."""
    folder = Path(tempfile.mkdtemp(prefix="beckon-pods-"))
    try:
        with beckon_in_pods(cluster, folder / "state") as running:
            yield running
            shutil.rmtree(running.outside.folders.postgres, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database(pods: Pods) -> Database:
    """The database, for reading and for locks."""
    return Database(pods.outside.dsn)


@pytest.fixture
def known_orders(database: Database) -> Callable[[], int]:
    """How many orders the console knows."""
    return lambda: int(database.value("SELECT count(*) FROM onboarding.orders"))


@pytest.fixture(scope="session")
def console(pods: Pods) -> ConsoleApi:
    """The merchant."""
    return ConsoleApi(pods.console(""), DEMO_ACCOUNT, pods.secrets()["console_password"])


@pytest.fixture(scope="session")
def carrier(pods: Pods) -> CarrierLog:
    """The carrier's own log."""
    return CarrierLog(pods.ports.address("demo"))


@pytest.fixture(scope="session")
def secret_key(console: ConsoleApi) -> str:
    """A key of the order API."""
    return console.new_secret_key()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; each person gets a context of their own."""
    with sync_playwright() as driver, chromium(driver) as launched:
        yield launched


@pytest.fixture
def number() -> str:
    """A phone that nobody else in these tests has."""
    return f"+1423555{next(_numbers):04d}"
