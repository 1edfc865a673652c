"""Options that several commands have, spelled once."""

import click

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
reason_of = click.option("--reason", required=True, help="Why; it is kept.")
name_of = click.option("--by", required=True, envvar=["SUDO_USER", "USER"], help="Who; the name of your account without it.")
