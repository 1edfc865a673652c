"""The supervisor's own rules: ports, leftovers, locks, secrets, folders."""

import base64
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.errors import StartError
from deploy.local.folders import Folders, folders_at, runs_as_root
from deploy.local.lock import lock_state
from deploy.local.ports import Ports, owner_of, ports_from
from deploy.local.processes import Running, start_time, stop_leftovers
from deploy.local.reset import wipe
from deploy.local.secrets import Secrets, load_secrets
from deploy.local.services import Environment
from deploy.local.units import Unit
from shared.events.catalogue import SERVICES
from tests.support.processes.running import free_base_port
from tests.support.waiting import wait_for

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
    busy = f"Port {ports.of('ingest')}, which ingest needs.*BECKON_BASE_PORT"
    with socket.create_server(("127.0.0.1", ports.of("ingest"))), pytest.raises(StartError, match=busy):
        ports.check_free()


def test_a_second_supervisor_is_refused_in_one_line(folders: Folders) -> None:
    first = lock_state(folders, "its console is there")

    with pytest.raises(StartError, match=r"it runs already from .*: its console is there\. Ctrl-C"):
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


def left_behind(folders: Folders, name: str, when_asked: str, output: Path) -> "subprocess.Popen[bytes]":
    """A process of a killed run that does something of its own when it is asked to stop."""
    script = f"import signal, sys; signal.signal(15, {when_asked}); print('ready', flush=True); signal.pause()"
    with output.open("a") as out:
        left = subprocess.Popen([sys.executable, "-c", script], stdout=out, start_new_session=True)
    record = {"pid": left.pid, "started": start_time(left.pid), "signal": 15}
    (folders.pids / f"{name}.json").write_text(json.dumps(record))
    return left


def test_what_serves_is_stopped_after_what_is_served(folders: Folders, tmp_path: Path) -> None:
    output = tmp_path / "said"
    for name in ("kafka", "orders"):
        left_behind(folders, name, f"lambda *_: sys.exit(print('{name}', flush=True))", output)
    wait_for("both to run", lambda: output.read_text().count("ready\n") == 2)

    stop_leftovers(folders)

    assert output.read_text().splitlines()[2:] == ["orders", "kafka"]


def test_a_process_that_does_not_stop_is_killed(folders: Folders, tmp_path: Path) -> None:
    left = left_behind(folders, "deaf", "signal.SIG_IGN", tmp_path / "said")
    wait_for("it to run", lambda: (tmp_path / "said").read_text() == "ready\n")

    stop_leftovers(folders, seconds=0.2)

    assert left.wait(5) == -9


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "started": null, "signal": 15}'])
def test_an_empty_pid_file_is_passed(folders: Folders, text: str) -> None:
    (folders.pids / "orders.json").write_text(text)

    assert stop_leftovers(folders) == []
    assert not list(folders.pids.iterdir())


def test_a_secret_that_a_newer_version_needs_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    made = load_secrets(path)
    older = json.loads(path.read_text())
    del older["link_key"], older["role_passwords"]["notify"]
    path.write_text(json.dumps(older))

    newer = load_secrets(path)

    assert newer.superuser_password == made.superuser_password
    assert newer.link_key != made.link_key
    assert load_secrets(path) == newer


def test_a_cluster_id_is_sixteen_bytes_and_never_looks_like_an_option() -> None:
    made = [Secrets().kafka_cluster_id for _ in range(300)]

    assert all(len(base64.urlsafe_b64decode(one + "==")) == 16 for one in made)
    assert not [one for one in made if one.startswith("-")]


@pytest.mark.parametrize("given", ["eighty", "80", "65530", "-1", "8700.5"])
def test_a_base_port_without_room_is_refused(given: str) -> None:
    with pytest.raises(StartError, match=r"BECKON_BASE_PORT is .*: give a number from 1024 to 65513"):
        ports_from({"BECKON_BASE_PORT": given})


def test_the_owner_of_a_port_is_known(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert f"(process {os.getpid()})" in (owner_of(port) or "")
    assert owner_of(port) is None


def test_no_service_gets_what_is_another_ones(folders: Folders, tmp_path: Path) -> None:
    secrets = load_secrets(tmp_path / "secrets.json")
    outer = {"BECKON_POSTGRES": "elsewhere", "BECKON_READER_KEYS_FILE": "/keys", "BECKON_LOG_LEVEL": "debug", "AWS_KEY": "x"}
    environment = Environment(Ports(8700), secrets, folders, outer)
    environments = {name: environment.of(name) for name in SERVICES} | {"demo": environment.demo()}
    beckons = {"BECKON_KAFKA", "BECKON_PUBLIC_INGEST", "BECKON_DEMO_PASSWORD"}
    assert not beckons & environment.nexternal().keys(), "it knows no address of Beckon"

    for name, values in environments.items():
        passwords = {role for role, password in secrets.role_passwords.items() if password in str(values)}
        assert passwords == ({name} if name in secrets.role_passwords else set())
        assert (secrets.notify_key in str(values)) == (name == "notify")
        assert (secrets.ingest_key in str(values)) == (name in ("ingest", "sources"))
        assert (secrets.sources_key in str(values)) == (name == "sources")
        assert (secrets.console_key in str(values)) == (name == "onboarding")
        assert secrets.superuser_password not in str(values)
        assert values["BECKON_LOG_LEVEL"] == "debug"
        assert not {"AWS_KEY", "BECKON_READER_KEYS_FILE"} & values.keys()
        assert "elsewhere" not in values.values()


def test_a_folder_that_is_not_ours_is_never_wiped(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(StartError, match="was not made by Beckon"):
        wipe(tmp_path)

    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_secrets_are_made_once_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = load_secrets(tmp_path / "secrets.json")

    assert load_secrets(tmp_path / "secrets.json") == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert made.superuser_password not in repr(made)
    assert len(set(made.role_passwords.values())) == 4


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
