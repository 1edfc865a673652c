"""A service that starts before its servers is no incident: it says what it waits for, and nothing looks like an error."""

import json
from pathlib import Path

import pytest

from shared.events.catalogue import SERVICES, Service
from tests.support.processes.one_service import a_service
from tests.support.waiting import wait_for


@pytest.mark.parametrize("service", SERVICES)
def test_a_start_before_its_servers_logs_no_error_and_no_colour(service: Service, tmp_path: Path) -> None:
    log = tmp_path / f"{service}.log"
    with a_service(service, tmp_path) as waiting:
        wait_for(f"{service} waits for a server", lambda: "unreachable" in log.read_text())
        assert waiting.waits_for()
        waiting.seconds_to_end()

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["level"] for line in lines} == {"info", "warning"}
    assert "\\u001b" not in log.read_text()
    assert "\x1b" not in log.read_text()
