"""The demo as a process, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes.demo import DemoProcess, Receiver


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    """Started, and ended with the test."""
    process = DemoProcess(tmp_path / "demo")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes what the carrier posts."""
    taking = Receiver()
    yield taking
    taking.close()
