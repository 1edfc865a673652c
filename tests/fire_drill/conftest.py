"""One Beckon, one Prometheus and one Alertmanager for the whole drill."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import Ports
from deploy.local.reset import wipe
from shared.events.catalogue import SERVICES
from tests.fire_drill.drill import Drill
from tests.support.alerting import Alerting
from tests.support.processes.running import Running, free_base_port

PACE = {"BECKON_GIVE_UP_SECONDS": "30"}


@pytest.fixture(scope="session")
def beckon() -> Iterator[Running]:
    """A running Beckon, in a folder of its own."""
    state = Path(tempfile.mkdtemp(prefix="beckon-fire-drill-")) / "state"
    running = Running(state, Ports(free_base_port()), PACE)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        wipe(state)


@pytest.fixture(scope="session")
def drill(beckon: Running) -> Iterator[Drill]:
    """The drill, and at its end a line for each alert: when it was fired and when it was resolved."""
    with tempfile.TemporaryDirectory(prefix="beckon-alerting-") as folder:
        alerting = Alerting(Path(folder), {service: beckon.ports.of(f"{service} metrics") for service in SERVICES})
        drill = Drill(alerting, began=time.monotonic())
        try:
            yield drill
        finally:
            alerting.close()
            print("\n" + drill.report())
