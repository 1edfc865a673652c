"""The commands, by what they are for; each reads the settings of the service whose environment it is given.

Exit codes: 0 done; 1 not done, with the reason; 2 a wrong argument or setting.
"""

import sys

import click
import structlog

from deploy.command.databases import migrate, replay, rewind
from deploy.command.dead_letters import dead_letters
from deploy.command.global_stop import pause_all, resume_all
from deploy.command.holds import holds
from deploy.command.keys import rotate_key
from deploy.command.merchants import user
from deploy.command.status import status
from deploy.command.topics import lag, topics
from deploy.command.why import why
from shared.runtime.build import VERSION, commit


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message=f"%(prog)s %(version)s ({commit()})")
def beckon() -> None:
    """Operate Beckon. Settings come from the environment, as for the services (docs/settings.md)."""


def main() -> None:
    """What ``beckon`` starts."""
    log_to_stderr()
    beckon(prog_name="beckon")


def log_to_stderr() -> None:
    """Keep what is logged apart from what commands print."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


for command in (
    topics,
    lag,
    migrate,
    holds,
    dead_letters,
    replay,
    rewind,
    status,
    why,
    pause_all,
    resume_all,
    rotate_key,
    user,
):
    beckon.add_command(command)
