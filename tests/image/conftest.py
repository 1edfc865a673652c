"""The images that ``make image`` has built, and a Beckon that runs from them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from deploy.image.podman import podman
from deploy.local.ports import Ports
from deploy.local.reset import wipe
from tests.support.browsers.shoppers import chromium
from tests.support.processes.running import Running, free_base_port
from tests.support.stories.story import PACE
from tests.support.waiting import DEADLINE_SECONDS

START_SECONDS = 180.0
expect.set_options(timeout=DEADLINE_SECONDS * 1000)


@pytest.fixture(scope="session")
def contained() -> Iterator[Running]:
    """A running Beckon whose services, migrations and topics come from the images."""
    state = Path(tempfile.mkdtemp(prefix="beckon-image-")) / "state"
    running = Running(state, Ports(free_base_port()), PACE, program="tests.support.processes.image_supervisor")
    try:
        running.start(START_SECONDS)
        yield running
    finally:
        running.stop()
        left = podman("ps", "--all", "--quiet", "--filter", f"name=beckon-{running.ports.base}-")
        if left:
            podman("rm", "--force", *left.split())
        wipe(state)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; each person gets a context of their own."""
    with sync_playwright() as driver, chromium(driver) as launched:
        yield launched
