"""`make demo` as its user meets it: it starts, comes back from any kill, refuses in one line, stops and leaves nothing."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import Ports
from deploy.local.reset import wipe
from shared.events.catalogue import SERVICES
from tests.support.processes.running import CHECKOUT, Running, free_base_port
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def beckon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One Beckon for all tests of this file; each leaves it running."""
    running = Running(tmp_path_factory.mktemp("local") / "state", Ports(free_base_port()), timing={})
    try:
        running.start()
        yield running
    finally:
        running.stop()
        wipe(running.state)


def processes_of(beckon: Running) -> list[int]:
    """Every process that this state folder's Beckon started: each has the folder in its command or its environment."""
    needle = str(beckon.state).encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            own = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if needle in own and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def second_start(beckon: Running, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.supervisor"],
        cwd=CHECKOUT,
        env={**os.environ, "BECKON_STATE": str(beckon.state), "BECKON_BASE_PORT": str(beckon.ports.base), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_all_ready(beckon: Running) -> None:
    for name in SERVICES:
        beckon.wait_ready(name)


def test_its_secrets_and_logs_are_for_their_owner_alone(beckon: Running) -> None:
    assert stat.S_IMODE((beckon.state / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((beckon.state / "logs").stat().st_mode) == 0o700
    output = beckon.output.read_text()
    assert beckon.shop().removesuffix("/") in output
    assert beckon.secrets()["console_password"] in output


def test_what_it_logs_is_one_json_object_a_line(beckon: Running) -> None:
    logs = [beckon.state / "logs" / f"{name}.log" for name in (*SERVICES, "kafka")]
    lines = [line for log in logs for line in log.read_text().splitlines()]

    assert len(lines) > len(SERVICES)
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_a_second_start_is_refused_in_one_line_that_names_the_running_one(beckon: Running) -> None:
    refused = second_start(beckon, BECKON_BASE_PORT="9876")

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"runs already from {beckon.state}: its console is at {beckon.ports.address('onboarding')}" in refused.stderr


def test_a_busy_port_is_one_line_with_owner_and_remedy(beckon: Running, tmp_path: Path) -> None:
    base = free_base_port()
    with socket.create_server(("127.0.0.1", base + 20)):
        refused = second_start(beckon, BECKON_BASE_PORT=str(base), BECKON_STATE=str(tmp_path / "other"))
    wipe(tmp_path / "other")

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"Port {base + 20}, which Kafka needs, is taken by" in refused.stderr
    assert f"(process {os.getpid()})" in refused.stderr
    assert "BECKON_BASE_PORT" in refused.stderr


@pytest.mark.parametrize("names", [["postgres"], ["kafka"], ["demo", *SERVICES]], ids="+".join)
def test_what_is_killed_comes_back(beckon: Running, names: list[str]) -> None:
    before = {name: beckon.pid(name) for name in names}

    for name in names:
        beckon.kill(name)

    wait_for("others in their place", lambda: all(beckon.pid(name) != pid for name, pid in before.items()))
    wait_all_ready(beckon)
    assert all(f"started {name} again" in beckon.output.read_text() for name in names)


def test_what_is_held_stays_down_and_the_rest_goes_on(beckon: Running) -> None:
    with beckon.held("notify"):
        beckon.wait_ready("orders")
        assert not (beckon.state / "pids" / "notify.json").exists()

    beckon.wait_ready("notify")


def test_after_a_killed_supervisor_the_next_start_puts_things_right(beckon: Running) -> None:
    left = processes_of(beckon)
    assert beckon.supervisor is not None
    beckon.supervisor.kill()
    beckon.supervisor.wait(5)

    beckon.start()

    assert "stopped what an earlier run had left" in beckon.output.read_text()
    assert not set(left) & set(processes_of(beckon))
    wait_all_ready(beckon)


def test_an_orderly_stop_is_quick_and_leaves_no_process(beckon: Running) -> None:
    seconds = beckon.interrupt()

    assert seconds < 10
    assert beckon.supervisor is not None
    assert beckon.supervisor.returncode == 0
    assert processes_of(beckon) == []
    beckon.start()


@pytest.mark.parametrize(("step", "how"), [("waiting for postgres", signal.SIGTERM), ("waiting for ingest", signal.SIGHUP)])
def test_a_start_that_is_stopped_midway_leaves_no_process(beckon: Running, step: str, how: signal.Signals) -> None:
    beckon.interrupt()
    output = beckon.begin()
    wait_for(step, lambda: step in output())

    seconds = beckon.interrupt(how)

    assert seconds < 10
    assert processes_of(beckon) == []
    beckon.start()


def test_a_reset_is_refused_while_it_runs_and_wipes_afterwards(beckon: Running) -> None:
    def reset() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "deploy.local.reset"],
            cwd=CHECKOUT,
            env={**os.environ, "BECKON_STATE": str(beckon.state)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    refused = reset()
    beckon.interrupt()
    done = reset()

    assert "runs already" in refused.stderr
    assert done.stdout == "beckon: wiped\n"
    assert not beckon.state.exists()
