"""The supervisor's own rules: ports, leftovers, locks, secrets, folders."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.folders import Folders, folders_at, runs_as_root
from deploy.local.lock import lock_state
from deploy.local.ports import Ports
from deploy.local.processes import Running, start_time, stop_leftovers
from deploy.local.secrets import load_secrets
from deploy.local.trouble import Trouble
from deploy.local.units import Unit
from tests.support.running import free_base_port, wait_for

SLEEPER = (sys.executable, "-c", "import signal; signal.pause()")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(tmp_path / "state", tmp_path / "state" / "postgres")
    made.make()
    return made


def a_unit(name: str = "sleeper") -> Unit:
    return Unit(name=name, command=SLEEPER, environment=dict(os.environ), ready=lambda: True)


def test_a_busy_port_is_named_with_the_remedy() -> None:
    ports = Ports(free_base_port())
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.of("ingest")))
        other.listen()

        with pytest.raises(Trouble, match=f"Port {ports.of('ingest')}, which ingest needs.*BECKON_BASE_PORT"):
            ports.check_free()


def test_a_second_supervisor_is_refused_in_one_line(folders: Folders) -> None:
    first = lock_state(folders, "its console is there")

    with pytest.raises(Trouble, match=r"it runs already from .*: its console is there\. Ctrl-C"):
        lock_state(folders, "its console is there")

    first.close()
    lock_state(folders, "").close()


def test_what_dies_is_started_again(folders: Folders) -> None:
    running = Running(a_unit(), folders)
    running.keep()
    record = json.loads((folders.pids / "sleeper.json").read_text())
    os.kill(record["pid"], 9)

    def restarted() -> bool:
        running.keep()
        return running.alive and running.starts == 2

    wait_for("a second start", restarted)
    running.stop()
    assert not running.alive


def test_what_is_held_stays_down_until_it_is_let_go(folders: Folders) -> None:
    running = Running(a_unit(), folders)
    running.keep()
    (folders.held / "sleeper").touch()

    running.keep()
    assert not running.alive

    (folders.held / "sleeper").unlink()

    def runs_again() -> bool:
        running.keep()
        return running.alive

    wait_for("it to run again", runs_again)
    running.stop()


def test_leftovers_of_a_killed_run_are_stopped(folders: Folders) -> None:
    left = subprocess.Popen(SLEEPER, start_new_session=True)
    record = {"pid": left.pid, "started": start_time(left.pid), "signal": 15}
    (folders.pids / "sleeper.json").write_text(json.dumps(record))

    stopped = stop_leftovers(folders)

    assert stopped == ["sleeper"]
    assert left.wait(5) == -15
    assert not list(folders.pids.iterdir())


def test_a_process_that_got_an_old_id_is_left_alone(folders: Folders) -> None:
    other = subprocess.Popen(SLEEPER, start_new_session=True)
    (folders.pids / "sleeper.json").write_text(json.dumps({"pid": other.pid, "started": "1", "signal": 15}))

    stopped = stop_leftovers(folders)

    assert stopped == []
    assert other.poll() is None
    other.kill()
    other.wait(5)


def test_secrets_are_made_once_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = load_secrets(tmp_path / "secrets.json")

    assert load_secrets(tmp_path / "secrets.json") == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert made.superuser_password not in repr(made)
    assert len(set(made.role_passwords.values())) == 3


def test_below_a_private_home_the_data_of_postgres_moves_where_its_user_can_walk(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)

    folders = folders_at(home / "checkout" / ".beckon")

    if runs_as_root():
        assert folders.postgres.parent == Path("/var/lib")
        assert folders.postgres == folders_at(home / "checkout" / ".beckon").postgres
    else:
        assert folders.postgres == folders.state / "postgres"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
