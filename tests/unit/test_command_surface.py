"""Every command is described, prints JSON, and shows what it would do before it does it."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from deploy.command.main import beckon

READ = {"list", "show", "status", "lag", "why"}
"""Commands that change nothing."""


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its whole name."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(leaves(beckon))


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_a_command_has_help_json_and_a_dry_run(name: tuple[str, ...]) -> None:
    command = COMMANDS[name]
    shown = CliRunner().invoke(beckon, [*name, "--help"])

    assert (shown.exit_code, command.help is None) == (0, False)
    assert "--json" in options_of(command)
    assert ("--dry-run" in options_of(command)) is (name[-1] not in READ)


def test_the_shell_completes_commands_and_topics() -> None:
    environment = {"_BECKON_COMPLETE": "bash_complete", "COMP_WORDS": "beckon replay orders store", "COMP_CWORD": "3"}
    completed = CliRunner().invoke(beckon, prog_name="beckon", env=environment)

    assert completed.stdout == "plain,storefront-events\n"
