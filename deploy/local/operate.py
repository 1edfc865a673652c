"""``deploy/local/beckon``: the operator's command on one machine, with the environment of the Beckon that was started here."""

import asyncio
import os
import sys
from pathlib import Path

import click

from deploy.command.main import beckon, log_to_stderr
from deploy.local.backup import backup, restore
from deploy.local.errors import StartError
from deploy.local.folders import folders_at, state_folder
from deploy.local.ports import ports_from
from deploy.local.postgres import Postgres, make_database
from deploy.local.secrets import load_secrets
from deploy.local.services import SERVICES, WITH_DATABASE, Environment

SCRATCH = "beckon_scratch"


def environment_for(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return an operator's environment, who sees every service, or after ``--as SERVICE`` that one's; and the other arguments.

    Raises:
        StartError: nothing was started here yet.
    """
    state = state_folder(os.environ)
    if not (state / "secrets.json").is_file():
        raise StartError(f"there is no Beckon in {state}: make demo starts one")
    environment = Environment(ports_from(os.environ), load_secrets(state / "secrets.json"), folders_at(state), os.environ)
    if arguments[:1] != ["--as"]:
        rebuilt = next((each for each in arguments if each in WITH_DATABASE), "orders")
        return environment.operator(rebuilt, SCRATCH), arguments
    if arguments[1:2] == [] or arguments[1] not in SERVICES:
        raise StartError(f"--as names a service: {', '.join(SERVICES)}")
    return environment.of(arguments[1]), arguments[2:]


def make_scratch(state: Path) -> None:
    """Make the empty database in which ``beckon replay --compare`` rebuilds, where there is none yet."""
    secrets = load_secrets(state / "secrets.json")
    server = Postgres(folders_at(state).postgres, ports_from(os.environ).of("PostgreSQL"), secrets.superuser_password)
    asyncio.run(make_database(server.dsn, SCRATCH, secrets))


def main() -> None:
    """Run one command. Besides those of every Beckon there are ``backup`` and ``restore``."""
    log_to_stderr()
    if sys.argv[1:2] in (["backup"], ["restore"]):  # these are about the machine, whose keys may be gone as well
        click.Group(commands={"backup": backup, "restore": restore})(prog_name="beckon")
    try:
        environment, arguments = environment_for(sys.argv[1:])
        if "--compare" in arguments:
            make_scratch(state_folder(os.environ))
    except (StartError, OSError) as error:
        click.echo(f"beckon: {error}", err=True)
        sys.exit(2)
    for name in [name for name in os.environ if name.startswith("BECKON_")]:
        del os.environ[name]
    os.environ.update(environment)
    beckon(arguments, prog_name="beckon")


if __name__ == "__main__":
    main()
